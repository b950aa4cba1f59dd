"""Keeps out of the logs what opens something to whoever has it: the tokens that stand in our addresses."""

import re
from collections.abc import MutableMapping
from typing import Any

# Behind each of these the next piece of an address is a token or key; the log keeps only its beginning. The folder
# `store` of a file's path is no address.
SECRET_PLACES = re.compile(
    r"((?:^|[\s\"'=(]|://[^/\s]+)"
    r"/(?:accounts/password/reset/key|api/v1/share|confirm|embed|g|invite|play|s|setup|stop|store)/"
    r"[^/\s\"'?]{4})[^/\s\"'?]+"
)


def without_secrets(text: str) -> str:
    """Return `text`, an address or a sentence with addresses in it, with their tokens cut to four characters."""
    return SECRET_PLACES.sub(r"\1…", text)


def redact(logger: Any, method: str, line: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Take the tokens out of a log line; a structlog processor, for our own lines and those of libraries."""
    for name, value in line.items():
        if isinstance(value, str):
            line[name] = without_secrets(value)
    return line
