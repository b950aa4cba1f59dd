"""What is done with a rendition that was made: it is stored, written down and shown, until all are there."""

import time
from collections.abc import Callable
from typing import Any

import structlog
from django.conf import settings
from django.db.models import QuerySet
from django.utils import timezone

from apps.core import jobs, ledger
from apps.core.claims import Claim
from apps.videos import keys, sound
from apps.videos.bench import FIRST_REVISION, Bench
from apps.videos.models import Publication, Rendition, Video
from apps.videos.services import SOUND, job_key
from media.cores import given_cores
from media.publish import MadeRendition

log = structlog.get_logger(__name__)

Report = Callable[[float], None]  # takes the progress of one step, 0 to 1

MOST_THREADS = 16  # each holds a frame of the picture, and x264 finds no work for more at 1080p

PROGRESS_STEP_S = 2.0  # the database hears of progress at most this often


def threads() -> int:
    """Return how many threads an encode may use: its share of the cores that the worker was given."""
    return min(max(given_cores() // settings.TRANSCODE_SLOTS, 1), MOST_THREADS)


def keep(bench: Bench, publication: Publication, made: MadeRendition) -> None:
    """Store a rendition, write it down and let it be seen."""
    key = keys.rendition_key(
        video_id=bench.video.public_id,
        publication_id=publication.public_id,
        name=made.plan.name,
        attempt=bench.claim.attempt_id,
    )
    ledger.put_file(made.path, key, video_id=bench.video.pk, content_type="video/mp4")
    with bench.writing():
        _write_down(publication, made, key)
        _show(publication)
    made.path.unlink()


def _write_down(publication: Publication, made: MadeRendition, key: str) -> None:
    init_offset, init_size_bytes = made.index.init
    Rendition.objects.create(
        publication=publication,
        name=made.plan.name,
        key=key,
        codecs=made.codecs,
        width=made.plan.width or None,
        height=made.plan.height or None,
        frame_rate=made.frame_rate or None,
        video_range=made.plan.video_range,
        size_bytes=made.size_bytes,
        peak_bits_per_s=made.peak_bandwidth,
        average_bits_per_s=made.average_bandwidth,
        plays_everywhere=made.plan.plays_everywhere,
        is_levelled=made.plan.is_levelled,
        holds_source=made.plan.holds_source,
        init_offset=init_offset,
        init_size_bytes=init_size_bytes,
        segments=[[part.offset, part.size_bytes, part.start_ms, part.duration_ms] for part in made.index.segments],
    )


def _shown(publication: Publication) -> QuerySet[Video]:
    """Return the publication's video while its source is the current one; empty after Start over."""
    return Video.objects.filter(pk=publication.source.video_id, current_source=publication.source)


def _show(publication: Publication) -> None:
    """Make this the publication that the video shows: from here on it plays."""
    _shown(publication).exclude(current_publication=publication).update(
        current_publication=publication, duration_ms=publication.duration_ms
    )


def settle(bench: Bench, publication: Publication) -> None:
    """Note that all was made, and ask for what may still be done about the sound."""
    if sound.is_unheard(bench, publication) or sound.missing_sibling(bench, publication) is not None:
        jobs.request(
            kind=SOUND,
            key=job_key(SOUND, bench.source),
            subject=bench.video.public_id,
            payload={"source": bench.source.public_id, "revision": bench.source.revision},
        )
    # Cleared before, perhaps: it had failed for a while.
    Publication.objects.filter(pk=publication.pk).update(verified_at=timezone.now(), cleared_at=None)
    shown = _shown(publication)
    shown.update(status=Video.Status.READY, failure_code="")
    for video in shown.select_related("current_publication", "current_source"):
        if video.length_gap_ms is not None and video.current_source is not None:
            log.warning(
                "length_differs",
                video=video.public_id,
                recorded_ms=video.current_source.recorded_ms,
                published_ms=publication.duration_ms,
                gap_ms=video.length_gap_ms,
            )


def give_up(subject: str, payload: dict[str, Any], code: str) -> None:
    """End a video whose job cannot be done: ready when something of it plays, else failed.

    The reason stays with it either way, for its author, who may try again: what plays may lack its poster, the sound
    that Safari needs, or the rest of a recording that was reopened.
    """
    shown = Video.objects.filter(
        public_id=subject,
        current_source__public_id=payload["source"],
        current_source__revision=payload.get("revision", FIRST_REVISION),
        status=Video.Status.PROCESSING,
    )
    playing = shown.filter(current_publication__isnull=False)
    if not playing.update(status=Video.Status.READY, failure_code=code):
        shown.update(status=Video.Status.FAILED, failure_code=code)


def reporter(claim: Claim, number: int, steps: int) -> Report:
    """Return what turns one step's progress into the job's, and stops the engine when the claim is lost."""
    last = 0.0

    def report(fraction: float) -> None:
        nonlocal last
        claim.check()
        if time.monotonic() - last >= PROGRESS_STEP_S:
            last = time.monotonic()
            claim.report((number + fraction) / steps)

    return report


def seconds_since(started: float) -> float:
    return round(time.monotonic() - started, 3)
