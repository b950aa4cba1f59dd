"""Pages and answers that belong to no feature: health, and what is said when nothing else answers."""

import sys

from django.core.exceptions import RequestDataTooBig, TooManyFieldsSent, TooManyFilesSent
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils.translation import gettext as _
from django.views import defaults
from django.views.decorators.http import require_safe

from apps.core import health
from apps.core.errors import BodyTooLarge, DomainError, NotFound, TooMany
from apps.core.exception_handler import request_id_of
from apps.core.outages import outage_behind


@require_safe
def healthz(request: HttpRequest) -> HttpResponse:
    """200 while this process answers at all."""
    return JsonResponse({"status": "ok"})


@require_safe
def readyz(request: HttpRequest) -> HttpResponse:
    """200 while database, broker, store and a worker all answer, else 503; the body says which do not."""
    parts = health.readiness()
    ready = all(parts.values())
    response = JsonResponse({"status": "ready" if ready else "not_ready", "parts": parts}, status=200 if ready else 503)
    if not ready:
        response["Retry-After"] = "15"
    return response


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """403 for a form that was sent without its token, as after signing in in another tab."""
    if request.path.startswith("/api/"):
        return JsonResponse(
            {"code": "permission_denied", "detail": _("The CSRF token is missing or wrong.")}, status=403
        )
    return render(request, "403.html", {"is_stale_form": True}, status=403)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """413 for a form that is larger than any here, else Django's own 400, for what no browser sends.

    It must not read the form, as Django's own pages do for the sake of their CSRF token: that fails a second time.
    """
    if isinstance(exception, RequestDataTooBig | TooManyFieldsSent | TooManyFilesSent):
        return render(request, "core/too-large.html", status=BodyTooLarge.status_code)
    return defaults.bad_request(request, exception)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """404 for an address that no route knows, in the API's own shape below /api/."""
    if not request.path.startswith("/api/"):
        return render(request, "404.html", status=404)  # reads no form, as bad_request does not
    return _api_error(request, code=NotFound.code, detail=str(NotFound.message), status=404)


def too_many(request: HttpRequest) -> HttpResponse:
    """429 for what allauth refuses, whose limits that answer so are all by the minute."""
    return too_many_page(request, TooMany(wait_s=60))


def too_many_page(request: HttpRequest, error: TooMany) -> HttpResponse:
    """Return the page for what was too much."""
    response = render(request, "core/too-many.html", {"sentence": error.detail}, status=error.status_code)
    response["Retry-After"] = str(error.wait_s)
    return response


def server_error(request: HttpRequest) -> HttpResponse:
    """500 for what is a bug, 503 or 507 for what an outage is behind; in the API's own shape below /api/."""
    outage = outage_behind(sys.exc_info()[1])  # Django calls this while it handles the exception
    if outage is not None:
        return _away(request, outage)
    if not request.path.startswith("/api/"):
        return defaults.server_error(request)
    return _api_error(request, code="server_error", detail=_("Something broke on our side."), status=500)


def _away(request: HttpRequest, outage: DomainError) -> HttpResponse:
    response: HttpResponse
    if request.path.startswith("/api/"):
        response = _api_error(request, code=outage.code, detail=str(outage.detail), status=outage.status_code)
    else:
        text = render_to_string("core/away.html", {"sentence": outage.detail})  # asks no session and no database
        response = HttpResponse(text, status=outage.status_code)
    if outage.wait_s is not None:
        response["Retry-After"] = str(outage.wait_s)
    return response


def _api_error(request: HttpRequest, *, code: str, detail: str, status: int) -> JsonResponse:
    body = {"code": code, "detail": detail}
    request_id = request_id_of(request)
    return JsonResponse({**body, "request_id": request_id} if request_id else body, status=status)
