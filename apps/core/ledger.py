"""The ledger of stored objects: a row before the bytes, so that no object is ever unknown to us."""

from collections.abc import Iterable
from pathlib import Path

from apps.core.models import StoredObject
from apps.core.store import get_store


def note(*, key: str, video_id: int | None, size_bytes: int = 0) -> None:
    """Write an object down before its bytes are stored. The same key again changes its size only."""
    StoredObject.objects.update_or_create(key=key, defaults={"video_id": video_id, "size_bytes": size_bytes})


def put_file(path: Path, key: str, *, video_id: int, content_type: str) -> None:
    """Write the object down, then store it. A crash in between leaves a row without an object."""
    note(key=key, video_id=video_id, size_bytes=path.stat().st_size)
    get_store().put_file(path, key, content_type=content_type)


def knows(key: str) -> bool:
    """Return whether the object is written down: bytes for any other key would belong to nobody."""
    return StoredObject.objects.filter(key=key).exists()


def put_bytes(data: bytes, key: str, *, video_id: int | None, content_type: str) -> None:
    """Write an object down, then store it; like put_file, for what fits in memory. None where it is of no video."""
    note(key=key, video_id=video_id, size_bytes=len(data))
    get_store().put_bytes(data, key, content_type=content_type)


def delete(keys: Iterable[str]) -> None:
    """Delete objects first and their rows after, so that a crash in between can be repeated.

    Then the objects once more: bytes for an address that was signed before may have arrived between the two.
    """
    wanted = list(keys)
    if wanted:
        get_store().delete(wanted)
        StoredObject.objects.filter(key__in=wanted).delete()
        get_store().delete(wanted)
