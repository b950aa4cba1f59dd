"""Pages and answers that belong to no feature: health, and what is said when a form's token is missing."""

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from apps.core import health


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
