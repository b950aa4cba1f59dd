"""Pictures of a video that nothing waits for: the storyboard over the timeline, and the preview on its card.

The job comes after publishing, in the slow queue, and may be killed and repeated at any point: what is written down is
passed over. What cannot be made is logged, and the video goes on without it. Videos from before there were such
pictures get theirs when nobody else has work (`request_for_older`, by the clock).
"""

import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import structlog
from django.db import transaction
from django.db.models import Exists, F, OuterRef, Value
from django.db.models.functions import Concat

from apps.core import jobs, ledger
from apps.core.claims import Claim
from apps.core.models import Job
from apps.videos import keys
from apps.videos.bench import Bench, attempt
from apps.videos.models import Publication, Storyboard, Video
from apps.videos.services import ILLUSTRATE
from media.errors import MediaError
from media.preview import PREVIEW_TYPE
from media.publish import make_preview, make_storyboard

log = structlog.get_logger(__name__)


OLDER_AT_ONCE = 20
"""Videos that are asked for in a round, when those of the round before are done: a minute of a core, by the clock."""

BEHIND_ALL_ELSE = timedelta(days=1)


def request(bench: Bench, publication: Publication) -> None:
    """Ask for the pictures that this publication lacks. Call it in a transaction."""
    has_all = publication.preview_key and Storyboard.objects.filter(publication=publication).exists()
    if bench.info.video is None or has_all:
        return
    _request(publication)


@transaction.atomic
def request_for_older() -> int:
    """Ask for the pictures of videos that were published before there were any. Return for how many.

    The newest come first, and all of them behind whatever else is to be done. Nothing is asked for twice: what cannot
    be made is not tried for ever.
    """
    if Job.objects.filter(kind=ILLUSTRATE, state__in=Job.UNFINISHED).exists():
        return 0
    asked_for = Job.objects.filter(
        subject=OuterRef("source__video__public_id"), key=Concat(Value(f"{ILLUSTRATE}:"), OuterRef("public_id"))
    )
    without = Publication.objects.filter(
        ~Exists(asked_for),
        ~Exists(Storyboard.objects.filter(publication=OuterRef("pk"))),
        packaged=True,
        has_video=True,
        preview_key="",
        revision=F("source__revision"),
        source__video__current_publication=F("pk"),
        source__video__current_source=F("source"),
        source__video__status=Video.Status.READY,
        source__video__deleted_at__isnull=True,
    )
    found = without.select_related("source__video").order_by("-pk")[:OLDER_AT_ONCE]
    for publication in found:
        _request(publication, turn=BEHIND_ALL_ELSE)
    return len(found)


def _request(publication: Publication, *, turn: timedelta = jobs.NO_DELAY) -> None:
    source = publication.source
    jobs.request(
        kind=ILLUSTRATE,
        key=f"{ILLUSTRATE}:{publication.public_id}",
        subject=source.video.public_id,
        payload={"source": source.public_id, "revision": source.revision, "publication": publication.public_id},
        turn=turn,
    )


def illustrate(claim: Claim) -> None:
    """Make the pictures of the job's publication. Raises TryAgain for what may pass."""
    attempt(claim, _make_pictures)


def _make_pictures(bench: Bench) -> None:
    publication = bench.source.publications.filter(public_id=bench.claim.payload["publication"]).first()
    if publication is None:
        return  # replaced and cleared meanwhile
    if not Storyboard.objects.filter(publication=publication).exists():
        _as_far_as_possible("storyboard", bench, lambda: _make_storyboard(bench, publication))
    if not publication.preview_key:
        _as_far_as_possible("preview", bench, lambda: _make_preview(bench, publication))


def _make_storyboard(bench: Bench, publication: Publication) -> bool:
    made = make_storyboard(
        bench.file,
        bench.info,
        folder=bench.empty_folder("storyboard"),
        ffmpeg_path=bench.ffmpeg_path,
        on_progress=lambda _fraction: bench.claim.check(),
    )
    if made is None:
        return False
    key = _store(bench, publication, made.path, keys.storyboard_key, content_type="image/jpeg")
    with bench.writing():
        Storyboard.objects.create(
            publication=publication,
            key=key,
            tile_width=made.tile_width,
            tile_height=made.tile_height,
            columns=made.columns,
            times_ms=made.times_ms,
        )
    return True


def _make_preview(bench: Bench, publication: Publication) -> bool:
    made = make_preview(
        bench.file,
        bench.info,
        folder=bench.empty_folder("preview"),
        ffmpeg_path=bench.ffmpeg_path,
        on_progress=lambda _fraction: bench.claim.check(),
    )
    if made is None:
        return False
    key = _store(bench, publication, made, keys.preview_key, content_type=PREVIEW_TYPE)
    with bench.writing():
        Publication.objects.filter(pk=publication.pk).update(preview_key=key)
    return True


def _store(bench: Bench, publication: Publication, made: Path, key_of: Callable[..., str], *, content_type: str) -> str:
    """Store a picture of this attempt and return its key; a former attempt's object, if any, is nobody's."""
    key = key_of(video_id=bench.video.public_id, publication_id=publication.public_id, attempt=bench.claim.attempt_id)
    ledger.put_file(made, key, video_id=bench.video.pk, content_type=content_type)
    return key


def _as_far_as_possible(what: str, bench: Bench, make: Callable[[], bool]) -> None:
    """Make one picture. One that cannot be made is logged; what says nothing about it, as a full disk, is raised."""
    started = time.monotonic()
    try:
        is_made = make()
    except MediaError as error:
        if not error.is_about_the_work:
            raise
        log.warning("picture_failed", what=what, video=bench.video.public_id, error=str(error))
        return
    if is_made:
        seconds = round(time.monotonic() - started, 3)
        log.info("picture_made", what=what, video=bench.video.public_id, seconds=seconds)


def register_jobs() -> None:
    """Make the kind of job known to apps/core/jobs.py. Pictures that cannot be made leave a video that plays."""
    jobs.register(jobs.Kind(ILLUSTRATE, queue="transcode", perform=illustrate, give_up=lambda *_args: None))
