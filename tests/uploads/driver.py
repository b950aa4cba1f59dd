"""An upload's other end: speaks the HTTP contract and sends bytes to signed addresses, as a browser would."""

import hashlib
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from django.test import Client

from tests.media.store.requests_to_store import send


def plan(number: int, data: bytes) -> dict[str, Any]:
    """Return what is promised of a part."""
    return {"number": number, "size_bytes": len(data), "sha256": hashlib.sha256(data).hexdigest()}


@dataclass
class Uploader:
    """One browser and one upload."""

    client: Client
    upload: dict[str, Any]

    def post(self, action: str, body: dict[str, Any] | None = None) -> Any:
        path = f"/api/v1/uploads/{self.upload['id']}/{action}/"
        return self.client.post(path, body or {}, content_type="application/json")

    def get(self) -> dict[str, Any]:
        return self.client.get(f"/api/v1/uploads/{self.upload['id']}/").json()

    def delete(self) -> Any:
        return self.client.delete(f"/api/v1/uploads/{self.upload['id']}/")

    def exchange(self, parts: list[dict[str, Any]] | None = None, stored: list[int] | None = None) -> Any:
        return self.post("parts", {"parts": parts or [], "stored": stored or []})

    def promise(self, number: int, data: bytes) -> dict[str, Any]:
        """Return the server's answer to one promise."""
        response = self.exchange([plan(number, data)])
        assert response.status_code == 200, response.content
        (answer,) = response.json()["parts"]
        return answer

    def put(self, answer: dict[str, Any], data: bytes) -> int:
        """Send `data` to the signed address and return the status."""
        parts = urlsplit(answer["url"])
        if parts.hostname == "testserver":
            path = parts.path + (f"?{parts.query}" if parts.query else "")
            # The address is the whole authority: another browser, without a session, may send.
            response = Client(enforce_csrf_checks=True).generic(
                answer["method"], path, data, content_type="application/octet-stream", headers=answer["headers"]
            )
            return response.status_code
        return send(answer["url"], answer["method"], data, answer["headers"]).status

    def state_of(self, number: int) -> str:
        """Report the part as stored and return its state."""
        response = self.exchange(stored=[number])
        assert response.status_code == 200, response.content
        (answer,) = response.json()["parts"]
        return answer["state"]

    def send(self, number: int, data: bytes) -> None:
        """Bring one part all the way."""
        assert self.put(self.promise(number, data), data) in {200, 204}
        assert self.state_of(number) == "confirmed"

    def complete(self, *sizes: int, **more: Any) -> Any:
        named = [{"number": number, "size_bytes": size} for number, size in enumerate(sizes, start=1)]
        return self.post("complete", {"parts": named, **more})
