"""The server finishes alone: what becomes of an upload whose author gives no sign of life any more.

A recorder tells that it is there each minute. A recording that has been silent for a while (VIDEOSHARE_SILENT_MINUTES)
is completed from the parts that there are, from the first one on without a gap, so that what was said can be watched.
It is marked as ending early. All its parts are kept, also those after a gap, and for 30 days its author may reopen it
and bring the rest. Where the author had said which part is the last one, and all have arrived, nothing is missing and
nothing is marked.

A file is whole or worthless: its upload waits for days (VIDEOSHARE_UPLOAD_DAYS) to be gone on with. Then it is dropped,
or completed where all of it had arrived and only the last word was missing.

Whoever comes back in the same moment is not overrun: an upload is ended only while it is still as silent as it was when
we looked, which its locked row says. Two rounds at once, or a kill at any point, change nothing: what was not ended is
found again a minute later. What lies in the trash is left alone.
"""

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta

import structlog
from django.conf import settings
from django.db import transaction
from django.db.models import Count, Q, QuerySet
from django.utils import timezone

from apps.core.errors import DomainError
from apps.uploads import completing, services
from apps.uploads.confirming import look_for, recorded_of
from apps.uploads.models import Part, Upload
from apps.videos import services as videos
from apps.videos.models import Source
from media.store.errors import StoreError

log = structlog.get_logger(__name__)

REST_MAY_COME = timedelta(days=30)  # as long as the trash: a browser on holiday may come back
LOOKED_FOR_AT_ONCE = 20  # promised parts; where one of them has not arrived, those behind it are of no use


def end_silent_recordings() -> int:
    """Complete the recordings that nobody gives a sign of life for. Return how many."""
    before = timezone.now() - settings.SILENT_AFTER
    return _end_each(_silent(Source.Kind.RECORDING, before), lambda upload: _end_recording(upload, before))


def end_silent_files() -> int:
    """Complete or drop the uploads of files that nobody goes on with. Return how many."""
    now = timezone.now()
    forgotten = now - settings.UPLOADS_KEPT
    whole = now - settings.SILENT_AFTER
    confirmed = Count("parts", filter=Q(parts__state=Part.State.CONFIRMED))
    # What has all its parts waits for one word only, and not for days.
    due = [
        upload
        for upload in _silent(Source.Kind.FILE, whole).annotate(confirmed=confirmed)
        if upload.alive_at < forgotten or upload.confirmed == upload.parts_needed
    ]
    return _end_each(due, lambda upload: _end_file(upload, forgotten))


def close_what_waited() -> int:
    """Give up the rest of recordings that has not come in 30 days, and its parts. Return how many."""
    over = Upload.objects.filter(status=Upload.Status.COMPLETE, source__rest_until__lt=timezone.now())
    closed = 0
    for upload in over.select_related("source__video"):
        services.abort_upload(upload=upload)
        closed += 1
    return closed


def _silent(kind: str, before: datetime) -> QuerySet[Upload]:
    return (
        Upload.objects.filter(
            kind=kind, status=Upload.Status.OPEN, alive_at__lt=before, source__video__deleted_at__isnull=True
        )
        .select_related("source__video")
        .order_by("alive_at")
    )


def _end_each(silent: Iterable[Upload], end: Callable[[Upload], bool]) -> int:
    """End one after the other and return how many were. A store that is away ends the round."""
    ended = 0
    for upload in silent:
        try:
            ended += end(upload)
        except (StoreError, DomainError) as error:
            # Of completing, DomainError says that the store is away or full, or that somebody was quicker.
            log.warning("upload_not_ended", upload=upload.public_id, error=str(error))
            if isinstance(error, StoreError) and not error.permanent:
                break
    return ended


def _end_recording(upload: Upload, silent_since: datetime) -> bool:
    """Complete the recording from the parts that are there. False when somebody has come back meanwhile."""
    parts = _without_gap(upload)
    recorded = recorded_of(upload, parts)
    stored = completing.put_together(upload=upload, parts=parts)
    with transaction.atomic():
        locked = _still_silent(upload, silent_since)
        if locked is None:
            return False
        is_whole = locked.last_named is not None and locked.last_named == len(parts)
        if is_whole:
            completing.settle(upload=upload, stored=stored, recorded=recorded)
        else:
            Upload.objects.filter(pk=upload.pk).update(status=Upload.Status.COMPLETE)
            videos.accept_source(
                source=upload.source,
                stored=stored,
                recorded=recorded,
                ends_early=True,
                rest_until=timezone.now() + REST_MAY_COME,
            )
        log.info(
            "recording_ended_by_server",
            video=upload.source.video.public_id,
            upload=upload.public_id,
            parts=len(parts),
            is_whole=is_whole,
        )
    return True


def _without_gap(upload: Upload) -> list[Part]:
    """Return the parts from 1 to before the first one that has not arrived; promised ones are looked for first."""
    promised: list[Part] = []
    for part in upload.parts.order_by("number"):
        if part.number != len(promised) + 1:
            break
        promised.append(part)
    for start in range(0, len(promised), LOOKED_FOR_AT_ONCE):
        batch = promised[start : start + LOOKED_FOR_AT_ONCE]
        awaited = [part.number for part in batch if not part.is_confirmed]
        states = look_for(upload=upload, numbers=awaited) if awaited else {}
        for number, part in enumerate(batch, start=start):
            if not part.is_confirmed and states[part.number] != Part.State.CONFIRMED:
                return promised[:number]
    return promised


def _end_file(upload: Upload, forgotten_since: datetime) -> bool:
    """Complete the file if all of it is there, else drop it once it has waited long enough."""
    parts = list(upload.parts.order_by("number"))
    awaited = [part.number for part in parts if not part.is_confirmed]
    if parts and len(parts) == upload.parts_needed:
        states = look_for(upload=upload, numbers=awaited)
        if all(states[number] == Part.State.CONFIRMED for number in awaited):
            completing.settle(upload=upload, stored=completing.put_together(upload=upload, parts=parts))
            log.info("file_completed_by_server", video=upload.source.video.public_id, upload=upload.public_id)
            return True
    with transaction.atomic():
        if _still_silent(upload, forgotten_since) is None:
            return False
        services.abort_upload(upload=upload, failure_code="upload_abandoned")
    return True


def _still_silent(upload: Upload, silent_since: datetime) -> Upload | None:
    """Return the upload's row, locked, while nobody has given a sign of life; else None. Call it in a transaction."""
    return (
        Upload.objects.select_for_update()
        .filter(pk=upload.pk, status=Upload.Status.OPEN, alive_at__lt=silent_since)
        .first()
    )
