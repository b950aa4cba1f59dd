"""What every response gets, whichever view made it."""

from collections.abc import Callable

from django.http import Http404, HttpRequest, HttpResponse
from django.utils.cache import has_vary_header


class CacheControlMiddleware:
    """Nothing that depends on who asks is kept by a cache, unless its view has said otherwise.

    And the reverse: what a view lets shared caches keep carries no cookie.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if "Cache-Control" not in response:
            response["Cache-Control"] = "private, no-store"
        elif "public" in response["Cache-Control"]:
            response.cookies.clear()
            if has_vary_header(response, "Cookie"):
                del response["Vary"]
        return response


class NoNulMiddleware:
    """404 for an address with a NUL in it: no id has one, and PostgreSQL fails on such a text instead of missing it."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if "\0" in request.path:
            raise Http404
        return self.get_response(request)
