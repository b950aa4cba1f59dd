"""Reading back what a store holds, to see whether it is what was promised."""

import hashlib
from dataclasses import dataclass

from media.store.protocol import ObjectStore


@dataclass(frozen=True)
class Fingerprint:
    """Size and SHA-256 (lower-case hex) of some bytes."""

    size_bytes: int
    sha256: str


def fingerprint(store: ObjectStore, key: str) -> Fingerprint:
    """Return size and SHA-256 of the object as the store gives it back, in constant memory.

    Raises ObjectMissing.
    """
    return fingerprint_and_head(store, key, head_bytes=0)[0]


def fingerprint_and_head(store: ObjectStore, key: str, *, head_bytes: int) -> tuple[Fingerprint, bytes]:
    """Return fingerprint and first bytes of the object by one reading. Raises ObjectMissing."""
    digest, head = hashlib.sha256(), bytearray()
    size_bytes = 0
    for piece in store.iter_bytes(key):
        digest.update(piece)
        size_bytes += len(piece)
        head += piece[: head_bytes - len(head)]
    return Fingerprint(size_bytes, digest.hexdigest()), bytes(head)
