"""Seeing that promised bytes have arrived. A part counts only after that, since not every store checks a body.

A recording's part is read back whole: size and SHA-256. A file's part is compared with the store's own list:
its size, its SHA-256 where the store keeps one, and once confirmed the store's name for its bytes.
"""

from collections.abc import Iterable, Sequence

import structlog
from django.utils import timezone

from apps.core.store import get_store
from apps.core.store_errors import UploadClosed, told_to_people
from apps.uploads.models import Part, Upload
from apps.videos.models import Source
from media.store import Fingerprint, StoredPart, fingerprint
from media.store.errors import MultipartMissing, ObjectMissing

log = structlog.get_logger(__name__)


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
        arrived = [part for part in awaited if _has_arrived(upload, part)]
    else:
        listed = stored_parts(upload, numbers=[part.number for part in awaited])
        arrived = [part for part in awaited if _is_listed(part, listed.get(part.number))]
        for part in arrived:
            part.etag = listed[part.number].etag
    for part in arrived:
        if _mark_confirmed(part):
            part.state = Part.State.CONFIRMED
    return {part.number: Part.State(part.state) for part in parts}


def _has_arrived(upload: Upload, part: Part) -> bool:
    try:
        found = fingerprint(get_store(), upload.part_key(part.number, part.sha256))
    except ObjectMissing:
        return False
    if found == Fingerprint(part.size_bytes, part.sha256):
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
    return bool(as_promised.update(state=Part.State.CONFIRMED, etag=part.etag))


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
