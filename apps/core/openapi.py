"""What the description of the API says of every operation beyond what its view tells: the one shape of errors."""

from typing import Any

ERROR = {
    "type": "object",
    "description": "Every answer from 400 up. Programs branch on `code`; `detail` is a sentence for people.",
    "properties": {
        "code": {"type": "string", "example": "part_conflict"},
        "detail": {"type": "string"},
        "fields": {"type": "object", "additionalProperties": True, "description": "messages by field, with `invalid`"},
        "request_id": {"type": "string"},
    },
    "required": ["code", "detail"],
    "additionalProperties": True,
}
ANSWER = {
    "description": "An error; 429 and 503 carry `Retry-After` in seconds.",
    "headers": {"Retry-After": {"schema": {"type": "integer"}}},
    "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Error"}}},
}


def describe_errors(result: dict[str, Any], **_: Any) -> dict[str, Any]:
    """Return the description with the error shape as every operation's default answer; a drf-spectacular hook."""
    result["components"]["schemas"]["Error"] = ERROR
    for operations in result["paths"].values():
        for operation in operations.values():
            operation["responses"]["default"] = ANSWER
    return result
