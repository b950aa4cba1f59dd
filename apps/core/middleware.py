"""What every response gets, whichever view made it."""

from collections.abc import Callable

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.cache import has_vary_header
from rest_framework.status import HTTP_405_METHOD_NOT_ALLOWED

from apps.core.errors import TooMany
from apps.core.views import too_many_page


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


class TooManyMiddleware:
    """A page for what apps/core/throttles.py refuses, where a view has no place of its own to say it.

    The API's views never let it pass: their exception handler answers in the one shape.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """Return 429 with a sentence and Retry-After for TooMany, None for everything else."""
        return too_many_page(request, exception) if isinstance(exception, TooMany) else None


class FormsAloneMiddleware:
    """A page where the address of a form is opened as if it were a page, in place of an empty answer.

    That happens to whoever sends a form after their session has ended: signing in leads to the form's address.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if request.method != "GET" or response.status_code != HTTP_405_METHOD_NOT_ALLOWED or response.content:
            return response
        page = render(request, "core/form-alone.html", status=response.status_code)
        page["Allow"] = response["Allow"]
        return page
