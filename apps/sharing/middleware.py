"""Puts `viewer` on every request, so that pages and API read the same value."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.utils.functional import SimpleLazyObject

from apps.core.errors import DomainError
from apps.core.viewer import NOBODY, Viewer
from apps.sharing.viewers import identify


class ViewerMiddleware:
    """`request.viewer`, made when first read: a static file costs no look-up.

    A wrong token in a header is answered by the API's authentication; for pages it is nobody.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request.viewer = SimpleLazyObject(lambda: self._viewer(request))  # type: ignore[attr-defined]  # ours
        return self.get_response(request)

    @staticmethod
    def _viewer(request: HttpRequest) -> Viewer:
        try:
            return identify(request).viewer
        except DomainError:
            return NOBODY
