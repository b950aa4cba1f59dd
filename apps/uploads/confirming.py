"""Seeing that promised bytes have arrived. A part counts only after that, since not every store checks a body.

A recording's part is read back whole: size, SHA-256, and what it is as a segment (media/recorded.py). A file's part is
compared with the store's own list: its size, its SHA-256 where the store keeps one, and once confirmed the store's name
for its bytes.
"""

from collections.abc import Iterable, Sequence
from typing import Any

import structlog
from django.conf import settings
from django.utils import timezone

from apps.core.store import get_store
from apps.core.store_errors import UploadClosed, told_to_people
from apps.uploads.models import Part, Upload
from apps.videos.models import Source
from media.recorded import HEAD_BYTES, Recorded, index_part, segments_of
from media.recorded import Part as RecordedPart
from media.store import Fingerprint, StoredPart, fingerprint_and_head
from media.store.errors import MultipartMissing, ObjectMissing

log = structlog.get_logger(__name__)

# Part 1 goes up first; what overtakes it is what was sent beside it.
MOST_READ_AT_THE_END = 20
_LOOKED_UP_AT_ONCE = 500


def confirm_parts(*, upload: Upload, numbers: Sequence[int]) -> dict[int, Part.State]:
    """Look in the store for these parts and return the state of each promised one; others are left out.

    A part whose bytes are missing or are not the promised ones stays promised, and can be sent again. Whoever asks
    is alive. Raises UploadClosed when one is awaited no more.
    """
    is_open = Upload.objects.filter(pk=upload.pk, status=Upload.Status.OPEN).update(alive_at=timezone.now())
    if not is_open and upload.parts.filter(number__in=numbers, state=Part.State.PROMISED).exists():
        raise UploadClosed
    with told_to_people():
        return look_for(upload=upload, numbers=numbers)


def look_for(*, upload: Upload, numbers: Sequence[int]) -> dict[int, Part.State]:
    """Do what confirm_parts does for whoever is no sign of life: the server itself. Raises StoreError."""
    parts = list(upload.parts.filter(number__in=numbers))
    awaited = [part for part in parts if not part.is_confirmed]
    if upload.kind == Source.Kind.RECORDING:
        init = _init_of(upload)
        arrived = []
        for part in awaited:
            if _has_arrived(upload, part, init):
                arrived.append(part)
                init = part.index if part.number == 1 else init
    else:
        listed = stored_parts(upload, numbers=[part.number for part in awaited])
        arrived = [part for part in awaited if _is_listed(part, listed.get(part.number))]
        for part in arrived:
            part.etag = listed[part.number].etag
    for part in arrived:
        if _mark_confirmed(part):
            part.state = Part.State.CONFIRMED
    return {part.number: Part.State(part.state) for part in parts}


def _init_of(upload: Upload) -> dict[str, Any] | None:
    """Return the index of a recording's first part; None until it is confirmed."""
    first = upload.parts.filter(number=1, state=Part.State.CONFIRMED).values_list("index", flat=True).first()
    return first or None


def _has_arrived(upload: Upload, part: Part, init: dict[str, Any] | None) -> bool:
    """Compare what the store has with what was promised, and read what it is, once the first part is known."""
    try:
        key = upload.part_key(part.number, part.sha256)
        found, head = fingerprint_and_head(get_store(), key, head_bytes=HEAD_BYTES)
    except ObjectMissing:
        return False
    if found == Fingerprint(part.size_bytes, part.sha256):
        part.index = index_part(head, part.size_bytes, init) if part.number == 1 or init is not None else None
        return True
    log.warning("part_mismatch", upload=upload.public_id, number=part.number, size_bytes=found.size_bytes)
    return False


def _is_listed(part: Part, listed: StoredPart | None) -> bool:
    return (
        listed is not None
        and listed.size_bytes == part.size_bytes
        and listed.sha256 in {None, part.sha256}
        and part.etag in {"", listed.etag}
    )


def _mark_confirmed(part: Part) -> bool:
    """Note the arrival, unless something else was promised for the number while we looked."""
    as_promised = Part.objects.filter(
        pk=part.pk, state=Part.State.PROMISED, size_bytes=part.size_bytes, sha256=part.sha256
    )
    return bool(as_promised.update(state=Part.State.CONFIRMED, etag=part.etag, index=part.index))


def stored_parts(upload: Upload, *, numbers: Iterable[int] | None = None) -> dict[int, StoredPart]:
    """Return what the store lists of a file's parts, at least those of `numbers`; all of them for None.

    Nothing when no multipart upload was begun, or the store has forgotten it.
    """
    wanted = None if numbers is None else sorted(numbers)
    if not upload.store_upload_id or wanted == []:
        return {}
    first, last = (1, None) if wanted is None else (wanted[0], wanted[-1])
    try:
        return get_store().list_parts(upload.file_key, upload.store_upload_id, first=first, last=last)
    except MultipartMissing:
        return {}


def withdraw_unlike(upload: Upload, parts: Iterable[Part], listed: dict[int, StoredPart]) -> list[int]:
    """Take the confirmation from parts that the store no longer lists as they were; return their numbers.

    A late PUT of an older promise can write over a part in a store that has one place a number.
    """
    unlike = [part for part in parts if not _is_listed(part, listed.get(part.number))]
    Part.objects.filter(pk__in=[part.pk for part in unlike]).update(state=Part.State.PROMISED, etag="")
    for part in unlike:
        log.warning("part_lost", upload=upload.public_id, number=part.number)
    return [part.number for part in unlike]


def recorded_of(upload: Upload, parts: Sequence[Part]) -> Recorded | None:
    """Return what a recording of these confirmed parts is to a player, None where it is not sure to play as it is.

    Parts that arrived before the first one are looked at now, if they are few. What claims to be longer than a video
    may be is left to the publisher, who counts. Raises StoreError.
    """
    if upload.kind != Source.Kind.RECORDING or not parts:
        return None
    unread = [part for part in parts if part.index is None]
    for start in range(0, len(unread), _LOOKED_UP_AT_ONCE):
        some = {part.number: part for part in unread[start : start + _LOOKED_UP_AT_ONCE]}
        for number, index in upload.parts.filter(number__in=some).values_list("number", "index"):
            some[number].index = index
    unread = [part for part in unread if part.index is None]
    if len(unread) > MOST_READ_AT_THE_END:
        return None
    for part in unread:
        key = upload.part_key(part.number, part.sha256)
        head = b"".join(get_store().iter_bytes(key, size_bytes=HEAD_BYTES))
        part.index = index_part(head, part.size_bytes, parts[0].index)
    recorded = segments_of([RecordedPart(part.size_bytes, part.index or {}) for part in parts])
    return recorded if recorded is not None and recorded.duration_ms <= settings.MAX_DURATION_MS else None
