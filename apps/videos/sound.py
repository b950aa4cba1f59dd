"""How loud a publication is to be: its source is listened to once, and what was found stays in a row.

A sound that cannot be listened to is published as it was recorded: the row says so, and nobody tries again.
"""

import structlog

from apps.videos.bench import Bench
from apps.videos.models import Publication, Sound
from media.errors import MediaError
from media.publish import Heard, Levelling, RenditionPlan, levelled_sibling, listen

log = structlog.get_logger(__name__)


def levelling_of(bench: Bench, publication: Publication) -> Levelling:
    """Return what is done to the publication's sound where it is encoded; listens first if nobody has yet.

    What says nothing of the sound, as a full disk, is raised.
    """
    if bench.info.audio is None:
        return Levelling()
    known = Sound.objects.filter(publication=publication).first()
    if known is None:
        heard = _listen(bench)
        with bench.writing():
            known, _is_new = Sound.objects.get_or_create(publication=publication, defaults=_fields(heard))
    return Levelling(known.gain_db, known.both_ears)


def is_unheard(bench: Bench, publication: Publication) -> bool:
    """Return whether the publication has a sound that nobody has listened to."""
    return bench.info.audio is not None and not Sound.objects.filter(publication=publication).exists()


def missing_sibling(bench: Bench, publication: Publication) -> RenditionPlan | None:
    """Return the sibling with levelled sound that the publication needs and lacks; None while nobody has listened."""
    known = Sound.objects.filter(publication=publication).first()
    if known is None:
        return None
    made = dict(publication.renditions.values_list("name", "is_levelled"))
    items = [item for item in (*bench.plan.fast, *bench.plan.slow) if item.name in made]
    sibling = levelled_sibling(items, Levelling(known.gain_db, known.both_ears))
    return None if sibling is None or sibling.name in made else sibling


def waveform_of(publication: Publication) -> dict[str, object] | None:
    """Return the peaks and silences of a publication, None where it has no sound or nobody has listened yet."""
    known = Sound.objects.filter(publication=publication, interval_ms__isnull=False).first()
    if known is None:
        return None
    return {"peaks": known.peaks, "interval_ms": known.interval_ms, "silences": known.silences}


def has_waveform(publication: Publication) -> bool:
    """Return whether `waveform_of` has something to return, without reading it."""
    return Sound.objects.filter(publication=publication, interval_ms__isnull=False).exists()


def _listen(bench: Bench) -> Heard | None:
    try:
        return listen(
            bench.file,
            bench.info,
            folder=bench.empty_folder("listening"),
            ffmpeg_path=bench.ffmpeg_path,
            on_progress=lambda _fraction: bench.claim.check(),
        )
    except MediaError as error:
        if not error.is_about_the_work:
            raise
        stderr = getattr(error, "stderr_tail", "")
        log.warning("sound_failed", video=bench.video.public_id, error=str(error), stderr=stderr)
        return None


def _fields(heard: Heard | None) -> dict[str, object]:
    if heard is None:
        return {}
    return {
        "loudness_lufs": heard.loudness_lufs,
        "true_peak_dbtp": heard.true_peak_dbtp,
        "gain_db": heard.levelling.gain_db,
        "both_ears": heard.levelling.both_ears,
        "interval_ms": heard.interval_ms,
        "peaks": heard.peaks,
        "silences": heard.silences,
    }
