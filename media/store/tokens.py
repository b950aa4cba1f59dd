"""The signed addresses of the local store: what a token lets its holder do, and until when.

A token is `<grant>.<signature>`, both base64url without padding: the grant as a compact JSON list,
signed with HMAC-SHA-256. Whoever holds the token may do this one thing until it expires; nothing
about it is kept on the server.
"""

import base64
import binascii
import hashlib
import hmac
import json
from dataclasses import astuple, dataclass
from datetime import datetime

from media.store.errors import BadToken, TokenExpired

# 16 bytes of the HMAC: far beyond guessing, and it keeps addresses short.
_SIGNATURE_BYTES = 16


@dataclass(frozen=True)
class Grant:
    """One thing that may be done with one key.

    `method` is GET (and HEAD) or PUT. A PUT promises `size_bytes` and `sha256`; with `upload_id` and
    `number` it is a part of a multipart upload. A GET may name the type to answer with and the name
    to save under. `expires_at` is in whole seconds since the epoch.
    """

    method: str
    key: str
    expires_at: int
    size_bytes: int | None = None
    sha256: str | None = None
    upload_id: str | None = None
    number: int | None = None
    content_type: str | None = None
    download_name: str | None = None


class Signer:
    """Makes and reads tokens with one secret."""

    def __init__(self, secret: str) -> None:
        # A key of its own, so that the secret's other uses can never make a token by accident.
        self._key = hashlib.sha256(b"videoshare local store\0" + secret.encode()).digest()

    def token_for(self, grant: Grant) -> str:
        """Return the token for `grant`, made of URL-safe characters alone."""
        values = list(astuple(grant))
        while values[-1] is None:
            values.pop()
        payload = json.dumps(values, separators=(",", ":"), ensure_ascii=False).encode()
        return f"{_encode(payload)}.{_encode(self._signature(payload))}"

    def read(self, token: str, now: datetime) -> Grant:
        """Return the grant in `token`. Raises BadToken, or TokenExpired from its last second on."""
        payload_text, _, signature_text = token.partition(".")
        payload = _decode(payload_text)
        if not hmac.compare_digest(_decode(signature_text), self._signature(payload)):
            raise BadToken("the token is not one of ours")
        grant = Grant(*json.loads(payload))
        if now.timestamp() >= grant.expires_at:
            raise TokenExpired("the token has expired")
        return grant

    def _signature(self, payload: bytes) -> bytes:
        return hmac.digest(self._key, payload, "sha256")[:_SIGNATURE_BYTES]


def _encode(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _decode(text: str) -> bytes:
    try:
        return base64.b64decode(text.encode("ascii") + b"=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (UnicodeEncodeError, binascii.Error):
        raise BadToken("the token is not one of ours") from None
