"""A guest's way back: who gets it, where it leads, under whose name one then speaks, and how it ends."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from apps.comments.models import Comment
from apps.sharing import personal
from apps.sharing import services as sharing
from apps.sharing.models import Guest, PersonalLink, ShareLink
from apps.sharing.viewers import GUEST_COOKIE, SHARE_COOKIE
from apps.videos.models import Video
from apps.videos.services import move_to_trash
from tests.watchable import watchable_video

pytestmark = pytest.mark.django_db


@pytest.fixture
def video(ana, workspace) -> Video:
    return watchable_video(ana, workspace, "Secret plan")


@pytest.fixture
def link(video, ana) -> ShareLink:
    return sharing.create_share_link(video=video, created_by=ana)


@pytest.fixture
def guest_client(link, workspace) -> Callable[[str], Client]:
    """Return what makes the browser of a guest who came by the link and gave a name."""

    def make(name: str) -> Client:
        client = Client()
        token = sharing.guest_token_for(link=link, client_id=None)
        sharing.create_guest(workspace=workspace, name=name, token=token)
        client.cookies[GUEST_COOKIE], client.cookies[SHARE_COOKIE] = token, link.token
        return client

    return make


@pytest.fixture
def gus(guest_client) -> Client:
    return guest_client("Gus")


def path_of(video: Video) -> str:
    return reverse("api-personal-link", args=[video.public_id])


def way_back(client: Client, video: Video) -> str:
    """Return the path of the guest's own link."""
    url: str = client.post(path_of(video)).json()["url"]
    return url.removeprefix("http://localhost:8000")


def say(client: Client, video: Video, body: str) -> dict[str, Any]:
    answer = client.post(f"/api/v1/videos/{video.public_id}/comments/", {"body": body}, content_type="application/json")
    assert answer.status_code == 201, answer.content
    return dict(answer.json())


def test_it_is_the_same_one_each_time(gus, video) -> None:
    assert way_back(gus, video) == way_back(gus, video)
    assert PersonalLink.objects.count() == 1


def test_on_another_device_it_leads_to_the_video_and_speaks_as_the_same_guest(gus, video, link) -> None:
    say(gus, video, "Why this number?")
    phone = Client()
    opened = phone.get(way_back(gus, video))
    assert (opened.status_code, opened["Location"]) == (302, f"/s/{link.token}/")
    assert phone.get(opened["Location"]).status_code == 200
    say(phone, video, "And that one?")
    assert [comment.author_name for comment in Comment.objects.order_by("pk")] == ["Gus", "Gus"]
    assert Comment.objects.values_list("guest").distinct().count() == 1
    listed = phone.get(f"/api/v1/videos/{video.public_id}/comments/").json()["results"]
    assert [comment["mine"] for comment in listed] == [True, True]


def test_what_it_leaves_in_a_browser_no_script_reads_and_no_other_site_sends(gus, video) -> None:
    phone = Client()
    opened = phone.get(way_back(gus, video))
    for name in (GUEST_COOKIE, SHARE_COOKIE):
        assert (opened.cookies[name]["httponly"], opened.cookies[name]["samesite"]) == (True, "Lax")
    assert PersonalLink.objects.get().key not in str(opened.cookies)
    assert opened["Referrer-Policy"] == "same-origin"
    assert opened["Cache-Control"] == "private, no-store"


@pytest.mark.parametrize(("url", "is_secure"), [("https://video.example.com", True), ("http://video.lan", False)])
def test_its_cookies_are_secure_where_our_address_is_whatever_the_proxy_forgot_to_say(
    url: str, is_secure: bool, gus, video, settings
) -> None:
    path = way_back(gus, video)
    settings.ADDRESS = replace(settings.ADDRESS, url=url, is_https=is_secure, is_public=True)
    cookies = Client().get(path).cookies
    assert [bool(cookies[name]["secure"]) for name in (GUEST_COOKIE, SHARE_COOKIE)] == [is_secure, is_secure]


def test_it_leads_to_the_answer_where_one_is_named_and_nowhere_else(gus, video, link) -> None:
    comment = say(gus, video, "Why?")["id"]
    path = way_back(gus, video)
    assert Client().get(f"{path}?comment={comment}")["Location"] == f"/s/{link.token}/?comment={comment}"
    assert Client().get(f"{path}?comment=//evil.example")["Location"] == f"/s/{link.token}/"


def test_a_program_that_makes_previews_changes_nothing(gus, video) -> None:
    path = way_back(gus, video)
    for _ in range(3):
        Client().get(path)
        Client().head(path)
    assert Guest.objects.count() == 1
    assert Client().get(path).status_code == 302


def test_the_first_device_keeps_the_token_it_had(gus, video) -> None:
    before = gus.cookies[GUEST_COOKIE].value
    gus.get(way_back(gus, video))
    assert gus.cookies[GUEST_COOKIE].value == before


def test_taken_back_it_opens_nothing_and_ends_the_devices_it_had_opened_but_not_the_first_one(gus, video) -> None:
    path = way_back(gus, video)
    phone = Client()
    phone.get(path)
    assert gus.delete(path_of(video)).status_code == 204
    assert Client().get(path).status_code == 404
    refused = phone.post(f"/api/v1/videos/{video.public_id}/comments/", {"body": "x"}, content_type="application/json")
    assert (refused.status_code, refused.json()["code"]) == (401, "name_needed")
    say(gus, video, "Still here")
    assert way_back(gus, video) != path


def test_who_takes_it_back_on_a_device_it_has_opened_goes_on_there(gus, video) -> None:
    path = way_back(gus, video)
    phone = Client()
    phone.get(path)
    assert phone.delete(path_of(video)).status_code == 204
    assert Client().get(path).status_code == 404
    assert say(phone, video, "Still me")["author"]["name"] == "Gus"


@pytest.mark.parametrize(
    ("end", "status"),
    [
        (lambda link: sharing.revoke_share_link(link=link), 404),
        (lambda link: move_to_trash(video=link.video), 404),
        (lambda link: type(link.video.workspace).objects.update(links_enabled=False), 404),
        (lambda link: ShareLink.objects.update(expires_at=timezone.now() - timedelta(seconds=1)), 410),
    ],
    ids=["revoked", "in the trash", "switched off", "expired"],
)
def test_it_answers_as_its_share_link_does(end, status, gus, video, link) -> None:
    path = way_back(gus, video)
    end(link)
    answers = [Client().get(address) for address in (path, f"/s/{link.token}/")]
    assert [answer.status_code for answer in answers] == [status, status]
    assert all(b"Secret plan" not in answer.content for answer in answers)
    assert GUEST_COOKIE not in answers[0].cookies


def test_a_password_is_asked_for_again_on_another_device(gus, video, link) -> None:
    sharing.edit_share_link(link=link, password="open sesame")
    unlock = {"password": "open sesame"}
    gus.post(f"/s/{link.token}/", unlock)
    phone = Client()
    locked = phone.get(way_back(gus, video), follow=True)
    assert locked.status_code == 403
    assert b"Secret plan" not in locked.content
    assert phone.post(f"/s/{link.token}/", unlock, follow=True).status_code == 200
    assert say(phone, video, "Me again")["author"]["name"] == "Gus"


def test_a_device_where_the_password_was_given_stays_open(gus, video, link) -> None:
    sharing.edit_share_link(link=link, password="open sesame")
    gus.post(f"/s/{link.token}/", {"password": "open sesame"})
    assert gus.get(way_back(gus, video), follow=True).status_code == 200


def test_a_browser_in_which_somebody_else_has_spoken_is_asked_first(gus, guest_client, video, link) -> None:
    kim = guest_client("Kim")
    path = way_back(gus, video)
    asked = kim.get(path)
    assert asked.status_code == 200
    assert b"Are you <bdi>Gus</bdi>?" in asked.content
    assert b"Secret plan" not in asked.content
    assert say(kim, video, "I am Kim")["author"]["name"] == "Kim"
    assert kim.post(path)["Location"] == f"/s/{link.token}/"
    assert say(kim, video, "I am Gus")["author"]["name"] == "Gus"


def test_a_forged_post_puts_nobody_under_another_name(gus, guest_client, video) -> None:
    kim = guest_client("Kim")
    kim.handler.enforce_csrf_checks = True
    assert kim.post(way_back(gus, video)).status_code == 403
    assert kim.cookies[GUEST_COOKIE].value.count(".") == 0


def test_who_is_signed_in_speaks_as_themselves(gus, video, client_for, stranger) -> None:
    client = client_for(stranger)
    client.get(way_back(gus, video), follow=True)
    assert say(client, video, "Hello")["author"]["name"] == "Sam"
    assert GUEST_COOKIE not in client.cookies


def test_no_member_and_no_page_of_anybody_else_is_told_of_it(gus, guest_client, video, link, client_for, ana) -> None:
    say(gus, video, "Why?")
    key = way_back(gus, video).split("/")[2]
    author, kim = client_for(ana), guest_client("Kim")
    token = gus.cookies[GUEST_COOKIE].value
    for client in (author, kim, Client()):
        for path in (
            f"/s/{link.token}/",
            f"/v/{video.public_id}/",
            f"/api/v1/videos/{video.public_id}/comments/",
            f"/api/v1/videos/{video.public_id}/share-links/",
            f"/api/v1/videos/{video.public_id}/",
        ):
            content = client.get(path, follow=True).content.decode()
            assert key not in content
            assert token not in content
    assert author.post(path_of(video)).status_code == 404
    assert way_back(kim, video).split("/")[2] != key


def test_who_gave_their_name_to_another_team_gets_none(video, link, other_workspace) -> None:
    token = sharing.guest_token_for(link=link, client_id=None)
    sharing.create_guest(workspace=other_workspace, name="Gus", token=token)
    browser = Client()
    browser.cookies[GUEST_COOKIE], browser.cookies[SHARE_COOKIE] = token, link.token
    assert browser.get(f"/api/v1/videos/{video.public_id}/").status_code == 200
    assert browser.post(path_of(video)).status_code == 404


@pytest.mark.parametrize(
    "token", ["", ".", "x" * 22, "x" * 22 + ".", "x" * 22 + ".y", "\0" * 22 + ".y", "ü" * 22 + ".y"]
)
def test_what_is_no_device_s_token_is_nobody_s(token: str) -> None:
    assert personal.link_of_device_token(token) is None


def test_a_device_s_token_is_for_its_own_link(gus, guest_client, video) -> None:
    way_back(gus, video)
    way_back(guest_client("Kim"), video)
    first, second = PersonalLink.objects.order_by("pk")
    mixed = f"{first.public_id}.{personal.device_token(second).partition('.')[2]}"
    assert personal.link_of_device_token(mixed) is None
    assert personal.link_of_device_token(personal.device_token(second)) == second


def test_a_key_with_a_nul_or_of_nobody_is_404() -> None:
    for key in ("nonsense", "%00", "x" * 500):
        assert Client().get(f"/g/{key}/").status_code == 404
