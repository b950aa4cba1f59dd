"""Turns every error we know into the one shape of apps/core/errors.py."""

from typing import Any

import structlog
from django.core.exceptions import PermissionDenied, RequestDataTooBig
from django.http import Http404
from rest_framework import exceptions, status
from rest_framework.response import Response
from rest_framework.views import set_rollback

from apps.core.errors import BodyTooLarge, DomainError, NotFound, TooMany

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
    status_code: int
    if isinstance(error, Http404):
        error = NotFound()
    if isinstance(error, PermissionDenied):
        error = exceptions.PermissionDenied()
    if isinstance(error, RequestDataTooBig):
        error = BodyTooLarge()
    headers: dict[str, str] = {}
    if isinstance(error, exceptions.Throttled):
        error = TooMany(wait_s=int(getattr(error, "wait", None) or 1))
    if isinstance(error, DomainError):
        body = {"code": error.code, "detail": str(error.detail), **error.extra}
        status_code = error.status_code
        if error.wait_s is not None:
            headers["Retry-After"] = str(error.wait_s)
        if status_code == status.HTTP_401_UNAUTHORIZED:
            headers["WWW-Authenticate"] = "Bearer"
    elif isinstance(error, exceptions.ValidationError):
        status_code = error.status_code
        fields = error.detail if isinstance(error.detail, dict) else {"non_field_errors": error.detail}
        body = {"code": "invalid", "detail": first_sentence(fields), "fields": fields}
    elif isinstance(error, exceptions.APIException):
        status_code = error.status_code
        code = next((code for kind, code in DRF_CODES if isinstance(error, kind)), "invalid")
        body = {"code": code, "detail": str(error.detail)}
        auth_header = getattr(error, "auth_header", None)
        if auth_header:
            headers["WWW-Authenticate"] = str(auth_header)
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
