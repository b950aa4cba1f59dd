"""The end of an upload: its parts become the video's source.

The store is asked first, outside of any transaction, and can be asked again: reading parts back, and for a file
putting its parts together. Then one conditional UPDATE settles who completes; in its transaction the source gets
its keys and the publication is asked for. Killed at any point, the same call does the rest; of two at once, one
completes and both answer alike. Where an author does not come back, the server ends the upload: abandoned.py.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import structlog
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from apps.core.models import StoredObject
from apps.core.store import get_store
from apps.core.store_errors import UploadClosed, told_to_people
from apps.uploads.clearing import request_clearing
from apps.uploads.confirming import confirm_parts, recorded_of, stored_parts, withdraw_unlike
from apps.uploads.errors import PartInvalid, PartsMissing
from apps.uploads.models import Part, Upload
from apps.uploads.services import MOST_RECORDING_PARTS, reopen
from apps.videos import services as videos
from apps.videos.models import Source
from media.recorded import Recorded
from media.store import StoredPart
from media.store.errors import MultipartIncomplete, MultipartMissing

log = structlog.get_logger(__name__)

CONFIRMED_AT_ONCE = 500  # part numbers in one statement


@dataclass(frozen=True)
class Named:
    """A part as completion names it."""

    number: int
    size_bytes: int


def complete_upload(*, upload: Upload, named: Sequence[Named], recorded_ms: int | None = None) -> None:
    """Complete the upload from its parts, 1 to the last one named. Nothing happens when its author has completed it.

    What the server has ended is reopened for it, and stays open when parts are missing. A recording without parts
    fails its video as empty, and so does an empty file. Raises PartsMissing, also when a part's bytes are not as
    promised; PartInvalid when stored parts of a recording are left unnamed, because they would be lost;
    UploadClosed for a dropped upload.
    """
    if not _begin(upload, named):
        return
    if recorded_ms is not None:
        videos.note_recorded(source=upload.source, recorded_ms=recorded_ms)
    parts = _arrived(upload, named)
    with told_to_people():
        recorded = recorded_of(upload, parts)
    settle(upload=upload, stored=put_together(upload=upload, parts=parts), recorded=recorded)


def _begin(upload: Upload, named: Sequence[Named]) -> bool:
    """Note that its author calls the upload whole, and reopen what the server has ended.

    False when its author has completed it before. Raises UploadClosed. The sign of life keeps the server from ending
    it while we are at it.
    """
    said: dict[str, Any] = {"alive_at": timezone.now()}
    if upload.kind == Source.Kind.RECORDING:
        said["last_named"] = max((part.number for part in named), default=0)
    still_open = Upload.objects.filter(pk=upload.pk, status=Upload.Status.OPEN)
    if not still_open.update(**said):
        upload.refresh_from_db()
        if upload.status == Upload.Status.COMPLETE and not upload.source.ends_early:
            return False
        reopen(upload=upload)
        still_open.update(**said)
    if upload.kind == Source.Kind.RECORDING:
        videos.mark_stopped(video=upload.source.video)
    return True


def put_together(*, upload: Upload, parts: Sequence[Part]) -> list[dict[str, Any]]:
    """Return what the upload becomes, as its source names it; the store puts a file together. Raises PartsMissing."""
    if upload.kind == Source.Kind.RECORDING:
        return [_stored(upload.part_key(part.number, part.sha256), [part]) for part in parts]
    if not parts:
        return []
    _put_together(upload, parts)
    return [_stored(upload.file_key, parts)]


def _stored(key: str, parts: Sequence[Part]) -> dict[str, Any]:
    """Return an object as a source names it, with what was promised of its bytes for the publisher to compare."""
    return {
        "key": key,
        "size_bytes": sum(part.size_bytes for part in parts),
        "promised": [[part.size_bytes, part.sha256] for part in parts],
    }


def _arrived(upload: Upload, named: Sequence[Named]) -> list[Part]:
    """Return the confirmed parts from 1 to the last one, in order, or raise PartsMissing."""
    sizes = {part.number: part.size_bytes for part in named}
    known = {part.number: part for part in upload.parts.all()}
    last = _last_number(upload, sizes, known)
    awaited = [part.number for part in known.values() if part.number <= last and not part.is_confirmed]
    for start in range(0, len(awaited), CONFIRMED_AT_ONCE):
        for number, state in confirm_parts(upload=upload, numbers=awaited[start : start + CONFIRMED_AT_ONCE]).items():
            known[number].state = state
    missing = [
        number
        for number in range(1, last + 1)
        if number not in known
        or not known[number].is_confirmed
        or sizes.get(number, known[number].size_bytes) != known[number].size_bytes
    ]
    if missing:
        raise PartsMissing(missing)
    return [known[number] for number in range(1, last + 1)]


def _last_number(upload: Upload, sizes: dict[int, int], known: dict[int, Part]) -> int:
    """Return the number of the last part: a file's follows from its size, a recording's is the last one named.

    Raises PartInvalid for numbers that cannot be, and for parts of a recording that are stored and not named.
    """
    named_last = max(sizes, default=0)
    if upload.kind == Source.Kind.FILE:
        last = upload.parts_needed
        if named_last > last:
            raise PartInvalid(named_last, _("The file has fewer parts."))
        return last
    if named_last > MOST_RECORDING_PARTS:
        raise PartInvalid(named_last, _("A recording has at most 100,000 parts."))
    for part in known.values():
        if part.is_confirmed and part.number not in sizes:
            raise PartInvalid(part.number, _("This part is stored and would be lost: name it, or begin anew."))
    return named_last


def _put_together(upload: Upload, parts: Sequence[Part]) -> None:
    """Make the one object of a file, or find that a former call has made it. Raises PartsMissing."""
    store = get_store()
    total = sum(part.size_bytes for part in parts)
    with told_to_people():
        listed = stored_parts(upload)
        if not listed and store.size_bytes(upload.file_key) == total:
            return  # killed after the store was done and before the rows were
        missing = withdraw_unlike(upload, parts, listed)
        if missing:
            _forget_lost_multipart(upload, listed)
            raise PartsMissing(missing)
        # With the checksum as promised: some stores keep it, leave it out of their list and yet ask for it here.
        wanted: dict[int, StoredPart] = {
            part.number: replace(listed[part.number], sha256=part.sha256) for part in parts
        }
        try:
            store.complete_multipart(upload.file_key, upload.store_upload_id, wanted)
        except (MultipartIncomplete, MultipartMissing) as error:
            # Something was sent, or the upload was dropped, between the list and now: look again.
            missing = withdraw_unlike(upload, parts, stored_parts(upload))
            if missing:
                raise PartsMissing(missing) from error
            raise


def _forget_lost_multipart(upload: Upload, listed: dict[int, StoredPart]) -> None:
    """Let the next promise begin a new multipart upload when the store has none any more, as a bucket's rule may do."""
    if not listed:
        Upload.objects.filter(pk=upload.pk, store_upload_id=upload.store_upload_id).update(store_upload_id="")


def settle(*, upload: Upload, stored: list[dict[str, Any]], recorded: Recorded | None = None) -> None:
    """Settle by one UPDATE who completes, hand the keys to the source and ask for its publication.

    A recording whose parts play as they are, `recorded`, plays from here on.
    Raises UploadClosed for an upload that was dropped meanwhile.
    """
    with transaction.atomic():
        moved = Upload.objects.filter(pk=upload.pk, status=Upload.Status.OPEN).update(status=Upload.Status.COMPLETE)
        if moved:
            videos.accept_source(source=upload.source, stored=stored, recorded=recorded)
            # Of a file's multipart uploads the store may know one that we do not.
            is_file = upload.kind == Source.Kind.FILE
            if is_file or StoredObject.objects.filter(key__startswith=upload.key_prefix).count() > len(stored):
                request_clearing(upload=upload)
            log.info("upload_complete", video=upload.source.video.public_id, upload=upload.public_id, keys=len(stored))
            return
        upload.refresh_from_db(fields=["status"])
        if upload.status == Upload.Status.ABORTED:
            request_clearing(upload=upload)  # the object may have been made after the first clearing
    if upload.status == Upload.Status.ABORTED:
        raise UploadClosed
