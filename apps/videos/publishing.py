"""From a complete source to something that plays: what a worker does, step by step.

The publish job (queue `publish`, in front of everything else) fetches the source, probes it, and makes what is
cheap: a copy wherever the codec allows, the poster, the AAC sibling. From the first rendition on the video plays.
What must be encoded is left to the transcode job (queue `transcode`). Every finished rendition appears at once.
Before the first sound is encoded, it is listened to, for how loud it is to be (sound.py); where none is, the sound job
does so afterwards (queue `transcode`), and makes the sibling that a copy needs whose sound is too quiet or too loud.
More pictures come from a job of their own (illustrating.py), which nothing waits for.

All may be killed and repeated at any point: renditions that a former attempt has written down are passed
over, and a rendition's key carries job and attempt, so that no object is written twice. What the rows say
changes only in `Bench.writing()` (bench.py), which a worker that was thought dead does not get through, and neither
does one whose source has grown meanwhile: a recording that was reopened is published anew, by a job of its own.
"""

import time
from collections.abc import Callable
from typing import Any

import structlog
from django.conf import settings
from django.db.models import QuerySet
from django.utils import timezone

from apps.core import jobs, ledger
from apps.core.jobs import Claim
from apps.videos import illustrating, keys, sound
from apps.videos.bench import FIRST_REVISION, Bench, attempt
from apps.videos.clearing import look_again
from apps.videos.models import Publication, Rendition, Video
from apps.videos.services import POSTER, PUBLISH, SOUND, TRANSCODE, job_key
from media.cores import given_cores
from media.errors import EngineFailed, LimitExceeded, MediaError
from media.publish import (
    MadeRendition,
    RenditionPlan,
    find_ffmpeg,
    levelled,
    make_ladder,
    make_poster,
    make_rendition,
)

log = structlog.get_logger(__name__)

Report = Callable[[float], None]  # takes the progress of one step, 0 to 1
Step = Callable[[Report], None]

MOST_THREADS = 16  # each holds a frame of the picture, and x264 finds no work for more at 1080p

PROGRESS_STEP_S = 2.0  # the database hears of progress at most this often


def publish(claim: Claim) -> None:
    """Make everything cheap of the source, and ask for the rest. Raises TryAgain for what may pass."""
    attempt(claim, _make_what_is_cheap)


def transcode(claim: Claim) -> None:
    """Make the renditions that must be encoded. Raises TryAgain for what may pass."""
    attempt(claim, _make_what_is_encoded)


def choose_poster(claim: Claim) -> None:
    """Make the poster anew, at the time that the author has chosen. Raises TryAgain for what may pass."""
    attempt(claim, _make_chosen_poster)


def level_sound(claim: Claim) -> None:
    """Listen to a source of which no sound was encoded, and make the sibling it needs. Raises TryAgain as above."""
    attempt(claim, _make_what_sounds_right)


def _make_chosen_poster(bench: Bench) -> None:
    shown = bench.video.current_publication
    if shown is not None and shown.source_id == bench.source.pk:
        _make_poster(bench, shown)


def _make_what_is_cheap(bench: Bench) -> None:
    publication = _publication_for(bench)
    steps: list[Step] = [_rendition_step(bench, publication, item) for item in bench.plan.fast]
    # The poster comes right after the first rendition: that one makes the video play.
    if not publication.poster_key:
        steps.insert(1, lambda _report: _make_poster(bench, publication))
    failed: EngineFailed | None = None
    for number, step in enumerate(steps):
        try:
            step(_reporter(bench.claim, number, len(steps)))
        except EngineFailed as error:
            # A limit may be a busy machine's fault, and encoding would only add to that: it is tried again first.
            if isinstance(error, LimitExceeded) and bench.claim.attempts < jobs.MAX_ATTEMPTS:
                raise
            # A source may look right and still not copy right. Encoding what it shows is the way out, if slow.
            log.warning("copy_failed", video=bench.video.public_id, error=str(error), stderr=error.stderr_tail)
            failed = error
    if failed is not None and bench.info.video is None:
        raise failed
    with bench.writing():
        plays = publication.renditions.exists()
        if plays:
            illustrating.request(bench, publication)  # in front of what takes far longer
        if bench.plan.slow or bench.plan.rungs or failed is not None:
            jobs.request(
                kind=TRANSCODE,
                key=job_key(TRANSCODE, bench.source),
                subject=bench.video.public_id,
                payload={
                    "source": bench.source.public_id,
                    "revision": bench.source.revision,
                    "without_copies": failed is not None,
                },
            )
        else:
            _settle(bench, publication)
        if not plays:
            illustrating.request(bench, publication)


def _make_what_is_encoded(bench: Bench) -> None:
    publication = _publication_for(bench)
    steps = [_rendition_step(bench, publication, item) for item in bench.plan.slow]
    if bench.plan.rungs:
        steps.append(lambda report: _make_ladder(bench, publication, report))
    for number, step in enumerate(steps):
        step(_reporter(bench.claim, number, len(steps)))
    with bench.writing():
        _settle(bench, publication)


def _make_what_sounds_right(bench: Bench) -> None:
    publication = bench.video.current_publication
    if publication is None or (publication.source_id, publication.revision) != (bench.source.pk, bench.source.revision):
        return
    sound.levelling_of(bench, publication)
    sibling = sound.missing_sibling(bench, publication)
    if sibling is not None:
        _rendition_step(bench, publication, sibling)(_reporter(bench.claim, 0, 1))


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


def _publication_for(bench: Bench) -> Publication:
    """Return the publication of the source as it is that a former attempt began, else a new one."""
    begun = (
        bench.source.publications.filter(
            packaged=True, verified_at__isnull=True, revision=bench.source.revision, source_bytes=bench.info.size_bytes
        )
        .order_by("pk")
        .last()
    )
    if begun is not None:
        return begun
    video = bench.info.video
    width, height = video.display_size if video is not None else (None, None)
    with bench.writing() as source:
        return Publication.objects.create(
            source=source,
            revision=source.revision,
            ends_early=source.ends_early,
            source_bytes=bench.info.size_bytes,
            duration_ms=bench.info.duration_ms,
            has_video=video is not None,
            has_audio=bench.info.audio is not None,
            width=width,
            height=height,
            wants=[item.name for item in bench.plan.all],
        )


def _rendition_step(bench: Bench, publication: Publication, item: RenditionPlan) -> Step:
    def step(report: Report) -> None:
        if publication.renditions.filter(name=item.name).exists():
            return
        started = time.monotonic()
        made = make_rendition(
            bench.file,
            bench.info,
            levelled(item, sound.levelling_of(bench, publication)) if item.encodes else item,
            folder=bench.empty_folder(item.name),
            ffmpeg_path=find_ffmpeg(settings.FFMPEG or None),
            on_progress=report,
            threads=_threads(),
        )
        _keep(bench, publication, made)
        log.info("rendition_made", video=bench.video.public_id, name=item.name, seconds=_since(started))

    return step


def _make_ladder(bench: Bench, publication: Publication, report: Report) -> None:
    """Make the rungs that are not there yet. What cannot be made is logged: the video plays without."""
    there = set(publication.renditions.values_list("name", flat=True))
    rungs = [item for item in bench.plan.rungs if item.name not in there]
    if not rungs:
        return
    started = time.monotonic()
    levelling = sound.levelling_of(bench, publication)
    try:
        ladder = make_ladder(
            bench.file,
            bench.info,
            [levelled(item, levelling) for item in rungs],
            folder=bench.empty_folder("ladder"),
            ffmpeg_path=find_ffmpeg(settings.FFMPEG or None),
            on_progress=report,
            threads=_threads(),
        )
    except EngineFailed as error:
        log.warning("ladder_failed", video=bench.video.public_id, error=str(error), stderr=error.stderr_tail)
        return
    for made in ladder:
        _keep(bench, publication, made)
    log.info("ladder_made", video=bench.video.public_id, rungs=len(ladder), seconds=_since(started))


def _threads() -> int:
    """Return how many threads an encode may use: its share of the cores that the worker was given."""
    return min(max(given_cores() // settings.TRANSCODE_SLOTS, 1), MOST_THREADS)


def _keep(bench: Bench, publication: Publication, made: MadeRendition) -> None:
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


def _make_poster(bench: Bench, publication: Publication) -> None:
    """Make the poster of a video that has a picture. One that cannot be made is logged: the video plays without.

    What says nothing about the picture, as a full disk, is raised.
    """
    if bench.info.video is None:
        return
    try:
        picture = make_poster(
            bench.file,
            bench.info,
            folder=bench.empty_folder("poster"),
            ffmpeg_path=find_ffmpeg(settings.FFMPEG or None),
            chosen_ms=bench.video.poster_ms,
        )
    except MediaError as error:
        if not error.is_about_the_work:
            raise
        log.warning("poster_failed", video=bench.video.public_id, error=str(error))
        return
    if picture is None:
        return
    key = keys.poster_key(
        video_id=bench.video.public_id, publication_id=publication.public_id, attempt=bench.claim.attempt_id
    )
    ledger.put_file(picture, key, video_id=bench.video.pk, content_type="image/jpeg")
    with bench.writing():
        Publication.objects.filter(pk=publication.pk).update(poster_key=key)
        look_again(bench.video)
        publication.poster_key = key


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


def _settle(bench: Bench, publication: Publication) -> None:
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


def _reporter(claim: Claim, number: int, steps: int) -> Report:
    """Return what turns one step's progress into the job's, and stops the engine when the claim is lost."""
    last = 0.0

    def report(fraction: float) -> None:
        nonlocal last
        claim.check()
        if time.monotonic() - last >= PROGRESS_STEP_S:
            last = time.monotonic()
            claim.report((number + fraction) / steps)

    return report


def _since(started: float) -> float:
    return round(time.monotonic() - started, 3)


def register_jobs() -> None:
    """Make the kinds of job known to apps/core/jobs.py.

    A poster that cannot be made leaves the one there is; sound that cannot be levelled stays as it was recorded.
    """
    jobs.register(jobs.Kind(PUBLISH, queue="publish", perform=publish, give_up=give_up))
    jobs.register(jobs.Kind(TRANSCODE, queue="transcode", perform=transcode, give_up=give_up))
    jobs.register(jobs.Kind(POSTER, queue="publish", perform=choose_poster, give_up=lambda *_args: None))
    jobs.register(jobs.Kind(SOUND, queue="transcode", perform=level_sound, give_up=lambda *_args: None))
