"""Who may keep an answer: nobody, unless its view says so; and what everybody may keep has nothing of anybody in it."""

from django.http import HttpRequest, HttpResponse

from apps.core.middleware import CacheControlMiddleware


def answered(cache_control: str | None) -> HttpResponse:
    """Return what a view answers that sets a cookie, once the middleware has seen it."""

    def view(_request: HttpRequest) -> HttpResponse:
        response = HttpResponse(headers={"Vary": "Cookie"})
        response.set_cookie("session", "secret")
        if cache_control is not None:
            response["Cache-Control"] = cache_control
        return response

    return CacheControlMiddleware(view)(HttpRequest())


def test_what_no_view_has_decided_is_kept_by_nobody() -> None:
    response = answered(None)
    assert response["Cache-Control"] == "private, no-store"
    assert "session" in response.cookies


def test_what_everybody_may_keep_carries_no_cookie_and_differs_by_none() -> None:
    response = answered("public, max-age=60")
    assert not response.cookies
    assert "Vary" not in response


def test_what_one_browser_may_keep_stays_as_its_view_made_it() -> None:
    response = answered("private, max-age=20")
    assert response["Cache-Control"] == "private, max-age=20"
    assert "session" in response.cookies
