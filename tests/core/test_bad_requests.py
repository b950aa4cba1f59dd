"""What no honest client sends: each is refused with a clear answer, and nothing crashes."""

import json
import unicodedata
from urllib.parse import urlencode, urlsplit

import pytest
from django.http import Http404, HttpRequest, HttpResponse
from django.test import Client, RequestFactory, override_settings
from django.urls import path

from apps.core.address import absolute_url
from apps.core.middleware import NoNulMiddleware
from apps.core.text import clean_line
from apps.sharing.viewers import SHARE_COOKIE
from videoshare import environment
from videoshare.urls import handler404, handler500, urlpatterns

pytestmark = pytest.mark.django_db

VIDEOS = "/api/v1/videos/"


def broken(_request: HttpRequest) -> HttpResponse:
    raise RuntimeError("a bug")


class Broken:
    """The URL map with one route that always fails."""

    urlpatterns = [path("api/v1/broken/", broken), *urlpatterns]
    handler404 = handler404
    handler500 = handler500


@pytest.fixture
def api(client_for, ana) -> Client:
    """Return Ana's browser, which gets the 500 that people would get."""
    made = client_for(ana)
    made.raise_request_exception = False
    return made


@pytest.mark.parametrize("body", ["[" * 100_000, '{"title":' * 100_000], ids=["lists", "objects"])
def test_json_that_nests_too_deep_is_refused(body, api) -> None:
    answer = api.post(VIDEOS, body, content_type="application/json")
    assert answer.status_code == 400
    assert answer.json()["code"] == "invalid"


@pytest.mark.parametrize("half", ["\\ud800", "a\\udfff b"])
def test_half_a_character_is_refused_before_anything_repeats_it(half, api) -> None:
    answer = api.post(VIDEOS, f'{{"source": {{"kind": "{half}"}}}}', content_type="application/json")
    assert answer.status_code == 400


def test_a_whole_character_in_two_halves_is_fine(api) -> None:
    body = '{"title": "\\ud83d\\udc4d", "source": {"kind": "recording"}}'
    assert api.post(VIDEOS, body, content_type="application/json").json()["title"] == "\U0001f44d"


def test_a_body_that_is_too_large_is_refused_in_the_one_shape(api, settings) -> None:
    body = json.dumps({"title": "a" * settings.DATA_UPLOAD_MAX_MEMORY_SIZE})
    answer = api.post(VIDEOS, body, content_type="application/json")
    assert (answer.status_code, answer.json()["code"]) == (413, "body_too_large")


@pytest.mark.parametrize("path", ["/accounts/login/", "/stop/nobody/", "/s/nobody/"])
@pytest.mark.parametrize("form", [b"a=" + b"b" * 3_000_000, b"&".join(b"a%d=1" % n for n in range(2000))])
def test_a_form_that_is_too_large_is_refused_with_a_page(form, path) -> None:
    browser = Client(raise_request_exception=False, enforce_csrf_checks=True)
    browser.get("/accounts/login/")  # leaves the cookie without which a form is refused unread
    answer = browser.post(path, form, content_type="application/x-www-form-urlencoded")
    # What asks for no token has not read the form before it knows that nothing is there.
    assert answer.status_code == (404 if path.startswith("/stop/") else 413)
    assert b"<h1>" in answer.content


@pytest.mark.parametrize("cursor", ["cD1hYmM=", "cD0yMDI2LTAyLTMxIDEyOjAw", "x", "cD0A"])
def test_a_cursor_that_is_not_ours_is_404(cursor, api) -> None:
    assert api.get(VIDEOS, {"cursor": cursor}).status_code == 404


def test_the_next_page_has_our_address_whatever_host_was_asked_for(api, settings) -> None:
    settings.ADDRESS = environment.Address("https://video.example.com", "video.example.com", True, True)
    settings.ALLOWED_HOSTS = settings.ADDRESS.allowed_hosts
    elsewhere = {"host": "localhost:1"}
    for _number in range(2):
        api.post(VIDEOS, {"source": {"kind": "recording"}}, content_type="application/json", headers=elsewhere)
    first = api.get(VIDEOS, {"page_size": 1}, headers=elsewhere).json()
    assert first["next"].startswith(absolute_url(None, VIDEOS))
    following = urlsplit(first["next"])
    second = api.get(f"{following.path}?{following.query}", headers=elsewhere).json()
    assert second["results"][0]["id"] != first["results"][0]["id"]


def test_a_nul_in_an_address_or_a_cookie_is_nothing(api) -> None:
    with pytest.raises(Http404):
        NoNulMiddleware(lambda _request: HttpResponse())(RequestFactory().get("/v/%00/"))
    assert api.get("/api/v1/videos/%00/").status_code == 404
    api.cookies[SHARE_COOKIE] = "a\0b"
    assert api.get(VIDEOS).status_code == 200


@pytest.mark.parametrize("content_type", ["video/mp4\r\nX-Other: 1", "video/mp\u00e4", "video/\0"])
def test_a_content_type_that_no_header_can_carry_is_refused(content_type, api) -> None:
    source = {"kind": "file", "size_bytes": 5, "content_type": content_type}
    assert api.post(VIDEOS, {"source": source}, content_type="application/json").status_code == 400


def test_a_text_never_grows_past_the_length_that_was_checked() -> None:
    grows = "\u0958" * 200
    assert len(unicodedata.normalize("NFC", grows)) == 400
    assert len(clean_line(grows)) == 200


def test_an_unknown_address_below_the_api_answers_in_its_shape(api) -> None:
    assert api.get("/api/v1/nothing/").json()["code"] == "not_found"
    assert api.get("/nothing/")["Content-Type"].startswith("text/html")


@pytest.mark.parametrize("header", ["Authorization", "Share-Token", "Guest-Token"])
def test_a_401_says_how_one_proves_who_one_is(header, api) -> None:
    refused = Client().get("/api/v1/videos/", headers={header: "Bearer nobody"})
    assert (refused.status_code, refused["WWW-Authenticate"]) == (401, "Bearer")


@override_settings(ROOT_URLCONF=Broken)
def test_a_bug_below_the_api_answers_in_its_shape(api) -> None:
    answer = api.get("/api/v1/broken/")
    assert (answer.status_code, answer.json()["code"]) == (500, "server_error")


def test_a_form_that_is_too_large_gets_a_page_that_leads_a_member_to_where_videos_go(client_for, ana, settings) -> None:
    for person in (ana, None):
        form = urlencode({"login": "x" * (settings.DATA_UPLOAD_MAX_MEMORY_SIZE + 1)})
        answer = client_for(person).post("/accounts/login/", form, content_type="application/x-www-form-urlencoded")
        assert answer.status_code == 413
        assert b"That was too large" in answer.content
        assert (b"Upload a video" in answer.content) == (person is ana)
