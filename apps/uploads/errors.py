"""What can go wrong about uploads. BytesMismatch, PartConflict and UploadClosed are core's: the store says them too."""

from collections.abc import Sequence
from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework import status

from apps.core.errors import DomainError

MISSING_TOLD = 100  # the contract names the first hundred missing parts and counts the rest


class PartInvalid(DomainError):
    """A part that this upload cannot have: a number outside it, another size than its place in the file needs."""

    code = "invalid"
    message = _("This upload has no such part.")

    def __init__(self, number: int, reason: Any) -> None:
        super().__init__(reason, fields={"parts": [f"{number}: {reason}"]})


class PartTooLarge(DomainError):
    """A part with more bytes than this upload's parts may have."""

    code = "part_too_large"
    status_code = status.HTTP_413_REQUEST_ENTITY_TOO_LARGE

    def __init__(self, number: int, *, largest_bytes: int) -> None:
        super().__init__(
            _("Part %(number)d is too large: a part has at most %(bytes)d bytes.")
            % {"number": number, "bytes": largest_bytes},
            number=number,
            part_size_bytes=largest_bytes,
        )


class QuotaReached(DomainError):
    """With these parts the source would be larger than this installation allows."""

    code = "quota_reached"
    status_code = status.HTTP_413_REQUEST_ENTITY_TOO_LARGE
    message = _("This recording is as large as this installation allows. What was stored is kept; stop to publish it.")


class FileTooLarge(DomainError):
    """A file that is larger than this installation takes; it is refused before its first byte is sent."""

    code = "quota_reached"
    status_code = status.HTTP_413_REQUEST_ENTITY_TOO_LARGE

    def __init__(self, *, largest_bytes: int) -> None:
        super().__init__(
            _("This file is larger than this installation takes: %(gigabytes)d GB are the most.")
            % {"gigabytes": largest_bytes // 1_000_000_000}
        )


class PartsMissing(DomainError):
    """Completion names parts that are not there, or whose bytes are not what was promised."""

    code = "parts_missing"
    status_code = status.HTTP_409_CONFLICT
    message = _("Some parts have not arrived yet.")

    def __init__(self, missing: Sequence[int]) -> None:
        super().__init__(missing=list(missing[:MISSING_TOLD]), missing_count=len(missing))
