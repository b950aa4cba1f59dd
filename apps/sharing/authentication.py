"""How the API knows who asks."""

from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.http import HttpResponse
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework.authentication import BaseAuthentication, CSRFCheck
from rest_framework.exceptions import PermissionDenied
from rest_framework.request import Request

from apps.core.viewer import Viewer
from apps.sharing.viewers import identify


def _no_view(*_args: Any, **_kwargs: Any) -> HttpResponse:
    """Stand in for the view and the next middleware, which the CSRF check takes and never calls."""
    return HttpResponse(status=500)


class ViewerAuthentication(BaseAuthentication):
    """Fills `request.viewer`, from headers, session or cookies alike.

    Whenever a cookie took part, an unsafe request must prove that our page sent it: DRF's own session
    authentication checks CSRF for signed-in people only, and a guest's forged post would pass.
    """

    def authenticate(self, request: Request) -> tuple[Any, Viewer]:
        identity = identify(request._request)
        request._request.viewer = identity.viewer  # type: ignore[attr-defined]  # ours
        request._request.guest = identity.guest  # type: ignore[attr-defined]  # ours
        if identity.by_cookie:
            self._enforce_csrf(request)
        return identity.person or AnonymousUser(), identity.viewer

    def authenticate_header(self, request: Request) -> str:
        """Return what stands in WWW-Authenticate, so that a missing sign-in is 401 and not 403."""
        return "Bearer"

    @staticmethod
    def _enforce_csrf(request: Request) -> None:
        check = CSRFCheck(_no_view)
        check.process_request(request._request)
        reason = check.process_view(request._request, _no_view, (), {})
        if reason:
            raise PermissionDenied(f"CSRF: {reason}")


class ViewerScheme(OpenApiAuthenticationExtension):
    """What the OpenAPI document says of it."""

    target_class = "apps.sharing.authentication.ViewerAuthentication"
    name = ["bearer", "session", "shareToken", "guestToken"]

    def get_security_definition(self, auto_schema: Any) -> list[dict[str, str]]:
        return [
            {"type": "http", "scheme": "bearer"},
            {"type": "apiKey", "in": "cookie", "name": "videoshare_session"},
            {"type": "apiKey", "in": "header", "name": "Share-Token"},
            {"type": "apiKey", "in": "header", "name": "Guest-Token"},
        ]

    def get_security_requirement(self, auto_schema: Any) -> list[dict[str, list[str]]]:
        return [{"bearer": []}, {"session": []}, {"shareToken": []}, {"shareToken": [], "guestToken": []}]
