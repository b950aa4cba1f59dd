"""What can go wrong about a video, and the words for why one failed."""

from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework import status

from apps.core.errors import DomainError

# The sentence for each failure_code of the contract, as its author and its viewers read it.
FAILURES: dict[str, Any] = {
    "empty_source": _("Nothing was recorded: the source is empty."),
    "not_media": _("This file is neither a video nor a sound recording."),
    "no_media": _("The recording was stopped before its first picture or sound arrived."),
    "truncated_source": _("The file is cut off or damaged, and nothing of it can be played. Please send it again."),
    "unsupported_format": _("We cannot read this format yet. MP4, MOV, WebM, MKV, MP3 and WAV work."),
    "too_long": _("This video is longer than this installation allows."),
    "engine_failed": _("Something went wrong while we prepared this video. The source is kept; please retry."),
}


def failure_sentence(code: str) -> str:
    """Return the sentence for a failure_code, "" for none; a code we do not know reads like engine_failed."""
    return str(FAILURES.get(code, FAILURES["engine_failed"])) if code else ""


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
