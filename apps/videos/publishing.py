"""From a complete source to something that plays: what a worker does, step by step.

The publish job (queue `publish`, in front of everything else) fetches the source, probes it, and makes what is
cheap: a copy wherever the codec allows, the poster, the AAC sibling. From the first rendition on the video plays.
What must be encoded is left to the transcode job (queue `transcode`), of a long source in pieces (pieces.py). Every
finished rendition appears at once. Before the first sound is encoded, it is listened to, for how loud it is to be
(sound.py); where none is, the sound job does so afterwards (queue `transcode`), and makes the sibling that a copy needs
whose sound is too quiet or too loud.
More pictures come from a job of their own (illustrating.py), which nothing waits for.

All may be killed and repeated at any point: renditions that a former attempt has written down are passed
over, and a rendition's key carries job and attempt, so that no object is written twice. What the rows say
changes only in `Bench.writing()` (bench.py), which a worker that was thought dead does not get through, and neither
does one whose source has grown meanwhile: a recording that was reopened is published anew, by a job of its own.
"""

import time
from collections.abc import Callable

import structlog

from apps.core import jobs, ledger
from apps.core.claims import Claim
from apps.videos import illustrating, keys, pieces, sound
from apps.videos.bench import Bench, attempt
from apps.videos.clearing import look_again
from apps.videos.models import Publication
from apps.videos.renditions import Report, give_up, keep, reporter, seconds_since, settle, threads
from apps.videos.services import POSTER, PUBLISH, SOUND, TRANSCODE, job_key, takes_long
from media.errors import EngineFailed, LimitExceeded, MediaError
from media.publish import (
    RenditionPlan,
    levelled,
    make_ladder,
    make_poster,
    make_rendition,
)

log = structlog.get_logger(__name__)

Step = Callable[[Report], None]


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
            step(reporter(bench.claim, number, len(steps)))
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
                takes_long=takes_long(bench.source),
            )
        else:
            settle(bench, publication)
        if not plays:
            illustrating.request(bench, publication)


def _make_what_is_encoded(bench: Bench) -> None:
    publication = _publication_for(bench)
    if pieces.are_wanted(bench, publication):
        pieces.begin(bench, publication, reporter(bench.claim, 0, 1))
        return
    steps = [_rendition_step(bench, publication, item) for item in bench.plan.slow]
    if bench.plan.rungs:
        steps.append(lambda report: _make_ladder(bench, publication, report))
    for number, step in enumerate(steps):
        step(reporter(bench.claim, number, len(steps)))
    with bench.writing():
        settle(bench, publication)


def _make_what_sounds_right(bench: Bench) -> None:
    publication = bench.video.current_publication
    if publication is None or (publication.source_id, publication.revision) != (bench.source.pk, bench.source.revision):
        return
    sound.levelling_of(bench, publication)
    sibling = sound.missing_sibling(bench, publication)
    if sibling is not None:
        _rendition_step(bench, publication, sibling)(reporter(bench.claim, 0, 1))


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
            ffmpeg_path=bench.ffmpeg_path,
            on_progress=report,
            threads=threads(),
        )
        keep(bench, publication, made)
        log.info("rendition_made", video=bench.video.public_id, name=item.name, seconds=seconds_since(started))

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
            ffmpeg_path=bench.ffmpeg_path,
            on_progress=report,
            threads=threads(),
        )
    except EngineFailed as error:
        log.warning("ladder_failed", video=bench.video.public_id, error=str(error), stderr=error.stderr_tail)
        return
    for made in ladder:
        keep(bench, publication, made)
    log.info("ladder_made", video=bench.video.public_id, rungs=len(ladder), seconds=seconds_since(started))


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
            ffmpeg_path=bench.ffmpeg_path,
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


def register_jobs() -> None:
    """Make the kinds of job known to apps/core/jobs.py.

    A poster that cannot be made leaves the one there is; sound that cannot be levelled stays as it was recorded.
    """
    jobs.register(jobs.Kind(PUBLISH, queue="publish", perform=publish, give_up=give_up))
    jobs.register(jobs.Kind(TRANSCODE, queue="transcode", perform=transcode, give_up=give_up))
    jobs.register(jobs.Kind(POSTER, queue="publish", perform=choose_poster, give_up=lambda *_args: None))
    jobs.register(jobs.Kind(SOUND, queue="transcode", perform=level_sound, give_up=lambda *_args: None))
