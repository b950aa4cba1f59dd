"""What goes wrong in ways a person or program must be told: one family, one handler, one shape.

    {"code": "part_conflict", "detail": "…", "fields": {…}?, "request_id": "…"}

`code` is stable and what clients branch on; `detail` is a sentence that may be shown to anybody.
"""

from typing import Any

import structlog
from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from rest_framework import exceptions, status
from rest_framework.response import Response
from rest_framework.views import set_rollback

log = structlog.get_logger(__name__)


class DomainError(Exception):
    """Something the caller asked for cannot be done; says why, with a stable code and an HTTP status.

    `extra` goes into the body beside code and detail, as the missing part numbers do.
    """

    code = "invalid"
    status_code = status.HTTP_400_BAD_REQUEST
    message: Any = _("This cannot be done.")

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


class TooMany(DomainError):
    """Too many requests for now; `wait_s` becomes Retry-After."""

    code = "too_many"
    status_code = status.HTTP_429_TOO_MANY_REQUESTS

    def __init__(self, *, wait_s: int) -> None:
        self.wait_s = max(1, wait_s)
        super().__init__(
            ngettext(
                "That was a lot at once. Please try again in %(wait_s)d second.",
                "That was a lot at once. Please try again in %(wait_s)d seconds.",
                self.wait_s,
            )
            % {"wait_s": self.wait_s}
        )


# Codes of DRF's own errors, by class; what is not here is "invalid".
DRF_CODES: tuple[tuple[type[exceptions.APIException], str], ...] = (
    (exceptions.NotAuthenticated, "not_authenticated"),
    (exceptions.AuthenticationFailed, "not_authenticated"),
    (exceptions.PermissionDenied, "permission_denied"),
    (exceptions.NotFound, "not_found"),
    (exceptions.MethodNotAllowed, "method_not_allowed"),
    (exceptions.NotAcceptable, "not_acceptable"),
    (exceptions.UnsupportedMediaType, "unsupported_media_type"),
    (exceptions.Throttled, "too_many"),
)


def handle_exception(error: Exception, context: dict[str, Any]) -> Response | None:
    """Return the one error shape for everything we know; None for what is a bug, which Django then reports."""
    request_id = request_id_of(context.get("request"))
    if isinstance(error, Http404):
        error = NotFound()
    if isinstance(error, PermissionDenied):
        error = exceptions.PermissionDenied()
    headers: dict[str, str] = {}
    if isinstance(error, exceptions.Throttled):
        error = TooMany(wait_s=int(error.wait or 1))
    if isinstance(error, DomainError):
        body = {"code": error.code, "detail": str(error.detail), **error.extra}
        status_code = error.status_code
        if isinstance(error, TooMany):
            headers["Retry-After"] = str(error.wait_s)
        if isinstance(error, NotSignedIn):
            headers["WWW-Authenticate"] = "Bearer"
    elif isinstance(error, exceptions.ValidationError):
        status_code = error.status_code
        fields = error.detail if isinstance(error.detail, dict) else {"non_field_errors": error.detail}
        body = {"code": "invalid", "detail": first_sentence(fields), "fields": fields}
    elif isinstance(error, exceptions.APIException):
        status_code = error.status_code
        code = next((code for kind, code in DRF_CODES if isinstance(error, kind)), "invalid")
        body = {"code": code, "detail": str(error.detail)}
        if getattr(error, "auth_header", None):
            headers["WWW-Authenticate"] = str(error.auth_header)
    else:
        return None
    set_rollback()
    if request_id:
        body["request_id"] = request_id
    return Response(body, status=status_code, headers=headers)


def request_id_of(request: Any) -> str:
    """Return the id that this request's log lines carry, "" outside of a request."""
    bound: dict[str, Any] = structlog.contextvars.get_contextvars()
    return str(bound.get("request_id", "")) if request is not None else ""


def first_sentence(fields: Any) -> str:
    """Return the first message found in DRF's nested error detail, with the field's name before it."""
    if isinstance(fields, dict):
        for name, inner in fields.items():
            sentence = first_sentence(inner)
            if sentence:
                return sentence if name == "non_field_errors" else f"{name}: {sentence}"
        return ""
    if isinstance(fields, list):
        return next((sentence for sentence in map(first_sentence, fields) if sentence), "")
    return str(fields)
