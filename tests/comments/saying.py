"""How the suites of the conversation speak: one post, one list."""

from typing import Any

from django.test import Client


def say(client: Client, video: Any, body: str = "Why this number?", **fields: Any) -> Any:
    """Return the answer to a new comment."""
    return client.post(
        f"/api/v1/videos/{video.public_id}/comments/", {"body": body, **fields}, content_type="application/json"
    )


def listed(client: Client, video: Any, after: str = "") -> Any:
    """Return what the list answers, or with a cursor what a poll does."""
    return client.get(f"/api/v1/videos/{video.public_id}/comments/", {"after": after} if after else {}).json()


def bodies(client: Client, video: Any) -> list[str]:
    """Return the texts this browser reads, in the order of the list."""
    return [comment["body"] for comment in listed(client, video)["results"]]
