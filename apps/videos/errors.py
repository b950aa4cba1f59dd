"""What can go wrong about a video, and the words for why one failed."""

from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework import status

from apps.core.errors import DomainError

# The sentence for each failure_code of the contract, as its author and its viewers read it.
FAILURES: dict[str, Any] = {
    "empty_source": _("Nothing was recorded: the source is empty."),
    "upload_abandoned": _("This upload was never finished, and what had arrived was removed. Please upload it again."),
    "not_media": _("This file is neither a video nor a sound recording."),
    "no_media": _("The recording was stopped before its first picture or sound arrived."),
    "truncated_source": _("The file is cut off or damaged, and nothing of it can be played. Please send it again."),
    "unsupported_format": _(
        "We cannot read this format yet. MP4, MOV, WebM, MKV, AVI and MPEG-TS work, and for sound MP3, M4A, AAC, WAV, "
        "FLAC and Ogg."
    ),
    "too_long": _("This video is longer than this installation allows."),
    "source_missing": _(
        "Part of what was recorded or uploaded is missing in the storage. If you still have it, please bring it again."
    ),
    "store_unavailable": _("The storage did not answer for a long time. Please retry once it does."),
    "store_refused": _(
        "The storage refused to serve us. Whoever runs this server has to look at it; then please retry."
    ),
    "storage_full": _("There was no space left in the storage. The source is kept; please retry once there is."),
    "disk_full": _("There was no space left to work on this video. The source is kept; please retry once there is."),
    "engine_failed": _("Something went wrong while we prepared this video. The source is kept; please retry."),
}


def failure_sentence(code: str) -> str:
    """Return the sentence for a failure_code, "" for none; a code we do not know reads like engine_failed."""
    return str(FAILURES.get(code, FAILURES["engine_failed"])) if code else ""


class EditConflict(DomainError):
    """Title or description were changed since the editor read them; `video` in the body is as it is now."""

    code = "edit_conflict"
    status_code = status.HTTP_409_CONFLICT
    message = _("This was changed meanwhile. Your text is kept; look at the newer one first.")


class NotFailed(DomainError):
    """Only a video that failed can be tried again."""

    code = "not_failed"
    status_code = status.HTTP_409_CONFLICT
    message = _("This video has not failed, so there is nothing to retry.")


class NoSource(DomainError):
    """The video has no stored source from which anything could be made."""

    code = "no_source"
    status_code = status.HTTP_409_CONFLICT
    message = _("There is no source to try again with. Please record or upload it again.")


class StillRecording(DomainError):
    """What is still being recorded or uploaded cannot be sent yet."""

    code = "still_recording"
    status_code = status.HTTP_409_CONFLICT
    message = _("This video is still being recorded or uploaded. It can be sent when it has ended.")


class NoCaptionFile(DomainError):
    """What was sent as captions is neither WebVTT nor SubRip."""

    code = "invalid"
    message = _("This is not a caption file that we can read. WebVTT (.vtt) and SubRip (.srt) work.")


class CaptionsWithoutCues(DomainError):
    """A caption file in which nothing would ever be shown."""

    code = "invalid"
    message = _("There are no captions in this file.")


class CaptionsAboveLimits(DomainError):
    """A caption file with too many bytes or cues, or with a cue that would cover the picture."""

    code = "invalid"
    message = _("This caption file is too large: 2 MB and 20,000 captions are the most, 2,000 characters in each.")


class CaptionTrackExists(DomainError):
    """The video has a caption track of this language and label already."""

    code = "caption_track_exists"
    status_code = status.HTTP_409_CONFLICT
    message = _("This video has captions of that language and name already. Delete them first, or choose another name.")


class TooManyCaptionTracks(DomainError):
    """The video has as many caption tracks as one may have."""

    code = "invalid"
    message = _("This video has as many captions as one may have. Delete some first.")
