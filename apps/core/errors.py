"""What goes wrong in ways a person or program must be told: one family, one shape (made in exception_handler.py).

    {"code": "part_conflict", "detail": "…", "fields": {…}?, "request_id": "…"}

`code` is stable and what clients branch on; `detail` is a sentence that may be shown to anybody.
"""

from typing import Any

from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from rest_framework import status


class DomainError(Exception):
    """Something the caller asked for cannot be done; says why, with a stable code and an HTTP status.

    `extra` goes into the body beside code and detail, as the missing part numbers do. `wait_s`, where there is
    one, becomes Retry-After.
    """

    code = "invalid"
    status_code: int = status.HTTP_400_BAD_REQUEST
    message: Any = _("This cannot be done.")
    wait_s: int | None = None

    def __init__(self, message: Any = None, **extra: Any) -> None:
        self.detail = message or self.message
        self.extra = extra
        super().__init__(str(self.detail))


class NotFound(DomainError):
    """It does not exist, or this viewer may not know that it does: both look alike."""

    code = "not_found"
    status_code = status.HTTP_404_NOT_FOUND
    message = _("There is nothing here, or it is not shared with you.")


class Expired(DomainError):
    """It existed, was shared with whoever asks, and has ended."""

    code = "expired"
    status_code = status.HTTP_410_GONE
    message = _("This link has expired. Ask the person who sent it for a new one.")


class NotSignedIn(DomainError):
    """Only a person who has signed in, or a program with a token, may do this."""

    code = "not_authenticated"
    status_code = status.HTTP_401_UNAUTHORIZED
    message = _("Please sign in.")


class ClientIdReused(DomainError):
    """The same client_id came with another request than the first time."""

    code = "client_id_reused"
    status_code = status.HTTP_409_CONFLICT
    message = _("This client_id has been used for a different request.")


class BodyTooLarge(DomainError):
    """A body that is longer than any request here needs; parts go elsewhere."""

    code = "body_too_large"
    status_code = status.HTTP_413_REQUEST_ENTITY_TOO_LARGE
    message = _("This request is too large.")


class TooMany(DomainError):
    """Too many requests for now; `wait_s` becomes Retry-After. `what` is a sentence that says what was too much."""

    code = "too_many"
    status_code = status.HTTP_429_TOO_MANY_REQUESTS

    def __init__(self, *, wait_s: int, what: Any = "") -> None:
        self.wait_s = max(1, wait_s)
        super().__init__(f"{what or _('That was a lot at once.')} {try_again_in(self.wait_s)}")


def try_again_in(wait_s: int) -> str:
    """Return the sentence that says when, in seconds up to two minutes and in minutes above."""
    if wait_s <= 120:
        return ngettext("Please try again in %(count)d second.", "Please try again in %(count)d seconds.", wait_s) % {
            "count": wait_s
        }
    minutes = -(-wait_s // 60)
    return ngettext("Please try again in %(count)d minute.", "Please try again in %(count)d minutes.", minutes) % {
        "count": minutes
    }
