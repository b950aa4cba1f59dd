"""What changes about an upload: opened, parts promised, signs of life, dropped.

Seeing that promised bytes have arrived stands in confirming.py, the end in completing.py, the deleting of what
nobody needs any more in clearing.py. Transactions here are short; the store is asked before or after them.
"""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass

import structlog
from django.conf import settings
from django.db import transaction
from django.db.models import Sum
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from apps.core import ledger
from apps.core.store import get_store
from apps.core.store_errors import PartConflict, UploadClosed, told_to_people
from apps.uploads.clearing import request_clearing
from apps.uploads.errors import PartInvalid, PartTooLarge, QuotaReached
from apps.uploads.models import Part, Upload
from apps.videos import services as videos
from apps.videos.models import Source, Video
from media.store import SignedRequest, part_size_for, size_of_part
from media.store.errors import MultipartMissing

log = structlog.get_logger(__name__)

# A part of a recording holds a few seconds; 16 MiB is 60 s of the heaviest stream our recorder makes, and what
# a web process can stream to a slow client without harm.
LARGEST_RECORDING_PART_BYTES = 16 * 1024 * 1024
# A day in parts of one second, and room. It bounds what one upload can make the server keep and list.
MOST_RECORDING_PARTS = 100_000
# Long enough for one part on a line of 40 kbit/s, and for a program that promises a hundred and sends them in turn.
ADDRESS_LIVES_S = 3600


@dataclass(frozen=True)
class Promise:
    """What is promised of one part: `sha256` in lower-case hex."""

    number: int
    size_bytes: int
    sha256: str


@dataclass(frozen=True)
class PartAnswer:
    """What the server knows of one part, and where its bytes go while they are awaited."""

    number: int
    state: Part.State
    request: SignedRequest | None = None


def open_upload(*, video: Video, source: Source, kind: str, size_bytes: int | None, content_type: str) -> Upload:
    """Return the open upload of a new source. Call it in the transaction that makes the source.

    `size_bytes` is the whole size of a file, None for a recording. The store hears nothing of it yet.
    """
    is_file = kind == Source.Kind.FILE
    upload = Upload.objects.create(
        source=source,
        kind=kind,
        content_type=content_type,
        size_bytes=size_bytes if is_file else None,
        part_size_bytes=part_size_for(size_bytes or 0) if is_file else LARGEST_RECORDING_PART_BYTES,
        alive_at=timezone.now(),
    )
    log.info("upload_opened", video=video.public_id, upload=upload.public_id, kind=kind)
    return upload


def promise_parts(*, upload: Upload, promises: Sequence[Promise]) -> list[PartAnswer]:
    """Write the promises down and return, by number, where the bytes go; a confirmed part needs none.

    The same promise again gives a fresh address. Another promise replaces one that is not confirmed. Raises
    PartConflict for a confirmed number with other bytes, PartInvalid, PartTooLarge, QuotaReached, UploadClosed;
    then none of the promises counts.
    """
    for promise in promises:
        _refuse_impossible(upload, promise)
    if upload.kind == Source.Kind.FILE:
        _begin_multipart(upload)
    states = _write_down(upload, promises)
    with told_to_people():
        _make_way(upload, [promise for promise in promises if states[promise.number] == Part.State.PROMISED])
        return [
            PartAnswer(promise.number, states[promise.number], _address_for(upload, promise, states[promise.number]))
            for promise in sorted(promises, key=lambda promise: promise.number)
        ]


def _refuse_impossible(upload: Upload, promise: Promise) -> None:
    if promise.size_bytes > upload.part_size_bytes:
        raise PartTooLarge(promise.number, largest_bytes=upload.part_size_bytes)
    if upload.kind == Source.Kind.RECORDING:
        if promise.number > MOST_RECORDING_PARTS:
            raise PartInvalid(promise.number, _("A recording has at most 100,000 parts."))
        return
    size_bytes = upload.size_bytes or 0
    if promise.number > upload.parts_needed:
        raise PartInvalid(promise.number, _("The file has fewer parts."))
    if promise.size_bytes != size_of_part(promise.number, size_bytes, upload.part_size_bytes):
        raise PartInvalid(promise.number, _("Every part but the last has the upload's part size."))


def _begin_multipart(upload: Upload) -> None:
    """Begin the store's multipart upload of a file, once: of two at the same time, one is dropped again."""
    if upload.store_upload_id or not upload.is_open:
        return
    ledger.note(key=upload.file_key, video_id=upload.source.video_id, size_bytes=upload.size_bytes or 0)
    store = get_store()
    with told_to_people():
        begun = store.create_multipart(
            upload.file_key,
            content_type=upload.content_type or "application/octet-stream",
            part_size_bytes=upload.part_size_bytes,
        )
        is_ours = Upload.objects.filter(pk=upload.pk, status=Upload.Status.OPEN, store_upload_id="").update(
            store_upload_id=begun
        )
        if not is_ours:
            store.abort_multipart(upload.file_key, begun)
    upload.refresh_from_db(fields=["store_upload_id", "status"])


@transaction.atomic
def _write_down(upload: Upload, promises: Sequence[Promise]) -> dict[int, Part.State]:
    """Make or change the rows of the parts and return each one's state. One upload's calls go one after the other."""
    locked = Upload.objects.select_for_update().get(pk=upload.pk)
    if not locked.is_open:
        raise UploadClosed
    known = {part.number: part for part in locked.parts.filter(number__in=[promise.number for promise in promises])}
    new: list[Part] = []
    for promise in promises:
        part = known.get(promise.number)
        if part is None:
            new.append(Part(upload=locked, number=promise.number, size_bytes=promise.size_bytes, sha256=promise.sha256))
        elif (part.size_bytes, part.sha256) != (promise.size_bytes, promise.sha256):
            unconfirmed = locked.parts.filter(pk=part.pk, state=Part.State.PROMISED)
            if not unconfirmed.update(size_bytes=promise.size_bytes, sha256=promise.sha256):
                raise PartConflict(number=promise.number)
    Part.objects.bulk_create(new)
    if upload.kind == Source.Kind.RECORDING:
        total = locked.parts.aggregate(total=Sum("size_bytes"))["total"] or 0
        if total > settings.MAX_SOURCE_BYTES:
            raise QuotaReached
        for promise in promises:
            ledger.note(
                key=upload.part_key(promise.number, promise.sha256),
                video_id=upload.source.video_id,
                size_bytes=promise.size_bytes,
            )
    Upload.objects.filter(pk=upload.pk).update(alive_at=timezone.now())
    return {promise.number: _state_of(known.get(promise.number)) for promise in promises}


def _make_way(upload: Upload, promises: Sequence[Promise]) -> None:
    """Let each of a file's parts be taken, also where another one arrived that was promised before and never counted.

    Two promises of a number at the same time may cost a part that was confirmed meanwhile: completion misses it.
    """
    if upload.kind != Source.Kind.FILE:
        return
    for promise in promises:
        with suppress(MultipartMissing):  # then its PUT says so
            get_store().make_way(upload.file_key, upload.store_upload_id, number=promise.number, sha256=promise.sha256)


def _state_of(part: Part | None) -> Part.State:
    return Part.State.CONFIRMED if part is not None and part.is_confirmed else Part.State.PROMISED


def _address_for(upload: Upload, promise: Promise, state: Part.State) -> SignedRequest | None:
    if state == Part.State.CONFIRMED:
        return None
    store = get_store()
    if upload.kind == Source.Kind.RECORDING:
        return store.presigned_put(
            upload.part_key(promise.number, promise.sha256),
            size_bytes=promise.size_bytes,
            sha256=promise.sha256,
            expires_in_s=ADDRESS_LIVES_S,
        )
    return store.presigned_part(
        upload.file_key,
        upload.store_upload_id,
        number=promise.number,
        size_bytes=promise.size_bytes,
        sha256=promise.sha256,
        expires_in_s=ADDRESS_LIVES_S,
    )


def note_alive(*, upload: Upload) -> None:
    """Write a sign of life down. Raises UploadClosed when nobody waits for one any more."""
    if not Upload.objects.filter(pk=upload.pk, status=Upload.Status.OPEN).update(alive_at=timezone.now()):
        raise UploadClosed


@transaction.atomic
def reopen(*, upload: Upload) -> None:
    """Let more parts come, which is a sign of life. An open upload stays open.

    One that the server has ended is opened again until its source's rest_until; the video shows what it shows until
    it is completed anew. Raises UploadClosed for every other.
    """
    locked = Upload.objects.select_for_update().get(pk=upload.pk)
    if locked.status == Upload.Status.COMPLETE and videos.reopen_source(source=upload.source):
        locked.status, locked.last_named = Upload.Status.OPEN, None  # whatever was named before, more may come
        log.info("upload_reopened", video=upload.source.video.public_id, upload=upload.public_id)
    if not locked.is_open:
        raise UploadClosed
    locked.alive_at = timezone.now()
    locked.save(update_fields=["status", "last_named", "alive_at"])
    upload.refresh_from_db()


@transaction.atomic
def abort_upload(*, upload: Upload, failure_code: str = "empty_source") -> None:
    """Drop an open upload; its parts are deleted after the commit. Dropped before: nothing happens.

    Its video is again what it was before Start over; where that was nothing, it fails as `failure_code`, so that
    nobody waits for it. Of what the server has ended, reopened or not, the rest alone is given up. Raises UploadClosed
    for what its author has completed.
    """
    locked = Upload.objects.select_for_update().get(pk=upload.pk)
    upload.source.refresh_from_db()
    if locked.status != Upload.Status.ABORTED and upload.source.rest_until is not None:
        _give_up_the_rest(upload)
    elif locked.is_open:
        Upload.objects.filter(pk=upload.pk).update(status=Upload.Status.ABORTED)
        videos.drop_source(source=upload.source, failure_code=failure_code)
        request_clearing(upload=upload)
        log.info("upload_aborted", video=upload.source.video.public_id, upload=upload.public_id)
    elif locked.status == Upload.Status.COMPLETE:
        raise UploadClosed


def _give_up_the_rest(upload: Upload) -> None:
    """Take nothing more for a recording that the server has ended; the parts it did not need are deleted."""
    Upload.objects.filter(pk=upload.pk).update(status=Upload.Status.COMPLETE)
    videos.give_up_the_rest(source=upload.source)
    request_clearing(upload=upload)
    log.info("rest_given_up", video=upload.source.video.public_id, upload=upload.public_id)


def has_open_upload(*, video: Video) -> bool:
    """Return whether something is still being uploaded for this video."""
    return Upload.objects.filter(source__video=video, status=Upload.Status.OPEN).exists()


def abort_open_uploads(*, video: Video) -> None:
    """Drop whatever is being uploaded for this video. Call it in a transaction; the parts are deleted after it."""
    for upload in Upload.objects.filter(source__video=video, status=Upload.Status.OPEN).select_related("source__video"):
        abort_upload(upload=upload)
