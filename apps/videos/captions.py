"""The caption tracks of a video: what is taken from a file, and what changes about them."""

import structlog
from django.db import IntegrityError, transaction

from apps.videos.errors import (
    CaptionsAboveLimits,
    CaptionsWithoutCues,
    CaptionTrackExists,
    NoCaptionFile,
    TooManyCaptionTracks,
)
from apps.videos.models import CaptionTrack, Video
from media.captions import Captions, read_captions
from media.errors import CaptionsTooLarge, NoCues, NotCaptions

log = structlog.get_logger(__name__)

UNKNOWN_LANGUAGE = "und"  # BCP 47 for "nobody said"
MOST_TRACKS = 40  # of one video: more than any film has, and a list that a page can still show


def add_track(*, video: Video, language: str, label: str, text: str) -> CaptionTrack:
    """Return a new caption track from the text of a WebVTT or SubRip file.

    Raises CaptionTrackExists for a second one of the same language and label, TooManyCaptionTracks, and what
    _read raises for a file that cannot be used.
    """
    captions = _read(text)
    if video.caption_tracks.count() >= MOST_TRACKS:
        raise TooManyCaptionTracks
    try:
        with transaction.atomic():
            track = CaptionTrack.objects.create(video=video, language=language, label=label, vtt=captions.vtt)
    except IntegrityError as error:
        raise CaptionTrackExists from error
    log.info("captions_added", video=video.public_id, language=language, cues=captions.cues)
    return track


def edit_track(*, track: CaptionTrack, text: str | None = None, **fields: str) -> CaptionTrack:
    """Return the track with another language, label or text; what is not named is left alone. Raises as add_track."""
    if text is not None:
        fields["vtt"] = _read(text).vtt
    for name, value in fields.items():
        setattr(track, name, value)
    try:
        with transaction.atomic():
            track.save(update_fields=list(fields))
    except IntegrityError as error:
        raise CaptionTrackExists from error
    return track


def delete_track(*, track: CaptionTrack) -> None:
    """Delete the track for good; twice is harmless."""
    CaptionTrack.objects.filter(pk=track.pk).delete()
    log.info("captions_deleted", video=track.video.public_id, language=track.language)


def _read(text: str) -> Captions:
    """Return the captions of a file's text. Raises NoCaptionFile, CaptionsWithoutCues or CaptionsAboveLimits."""
    try:
        return read_captions(text)
    except NotCaptions as error:
        raise NoCaptionFile from error
    except NoCues as error:
        raise CaptionsWithoutCues from error
    except CaptionsTooLarge as error:
        raise CaptionsAboveLimits from error
