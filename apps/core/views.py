"""Pages and answers that belong to no feature: health, and what is said when nothing else answers."""

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views import defaults
from django.views.decorators.http import require_safe

from apps.core import health
from apps.core.errors import NotFound
from apps.core.exception_handler import request_id_of


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


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """404 for an address that no route knows, in the API's own shape below /api/."""
    if not request.path.startswith("/api/"):
        return defaults.page_not_found(request, exception)
    return _api_error(request, code=NotFound.code, detail=str(NotFound.message), status=404)


def server_error(request: HttpRequest) -> HttpResponse:
    """500 for what is a bug, in the API's own shape below /api/."""
    if not request.path.startswith("/api/"):
        return defaults.server_error(request)
    return _api_error(request, code="server_error", detail=_("Something broke on our side."), status=500)


def _api_error(request: HttpRequest, *, code: str, detail: str, status: int) -> JsonResponse:
    body = {"code": code, "detail": detail}
    request_id = request_id_of(request)
    return JsonResponse({**body, "request_id": request_id} if request_id else body, status=status)
