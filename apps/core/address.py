"""Addresses that programs and pages are given."""

from django.conf import settings
from django.http import HttpRequest


def absolute_url(request: HttpRequest | None, path: str) -> str:
    """Return `path`, which begins with "/", on this installation's address; another store's URL stays as it is.

    With VIDEOSHARE_URL set it alone decides, never a request's Host. Without it only this machine's own names
    are answered at all, and localhost and 127.0.0.1 are different origins to a browser: then the request decides.
    """
    if not path.startswith("/"):
        return path
    if settings.ADDRESS.is_public or request is None:
        return f"{settings.ADDRESS.url}{path}"
    return request.build_absolute_uri(path)
