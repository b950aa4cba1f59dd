"""Sending what a store has signed, as a browser or a script would."""

import hashlib
import http.client
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from urllib.parse import urlsplit

from media.store import SignedRequest


@dataclass(frozen=True)
class Answer:
    """What came back; header names in lower case."""

    status: int
    headers: Mapping[str, str]
    content: bytes


def sha256_of(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def send(url: str, method: str = "GET", body: bytes | None = None, headers: Mapping[str, str] | None = None) -> Answer:
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=30)
    try:
        target = f"{parts.path}?{parts.query}".rstrip("?")
        # A body may be refused before it was read; the answer is there all the same.
        with suppress(BrokenPipeError, ConnectionResetError):
            connection.request(method, target, body=body, headers=dict(headers or {}))
        response = connection.getresponse()
        return Answer(
            response.status, {name.lower(): value for name, value in response.headers.items()}, response.read()
        )
    finally:
        connection.close()


def put(request: SignedRequest, body: bytes) -> int:
    """Send `body` as the signed request wants it and return the status of the answer."""
    return send(request.url, request.method, body, request.headers).status
