"""The rules of a link as its author sets them, and what whoever has the link meets."""

import uuid
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.utils import timezone

from apps.core import throttles
from apps.core.store import get_store
from apps.core.text import file_name
from apps.core.throttles import Limit
from apps.sharing import services as sharing
from apps.sharing.models import Guest, ShareLink
from apps.videos.models import Publication, Video
from apps.videos.services import create_video
from tests.watchable import copy_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def video(ana, workspace) -> Video:
    """Return a ready video of Ana's with a poster and a file to save."""
    made = create_video(author=ana, workspace=workspace, title="Secret plan", source={"kind": "recording"})
    get_store().put_bytes(b"picture", "videos/test/poster.jpg", content_type="image/jpeg")
    get_store().put_bytes(b"movie", "videos/test/copy.mp4", content_type="video/mp4")
    published = Publication.objects.create(
        source=made.sources.get(),
        source_bytes=5,
        duration_ms=1000,
        has_video=True,
        has_audio=True,
        poster_key="videos/test/poster.jpg",
    )
    copy_of(published, key="videos/test/copy.mp4")
    Video.objects.filter(pk=made.pk).update(
        status=Video.Status.READY, stopped_at=timezone.now(), current_publication=published
    )
    made.refresh_from_db()
    return made


@pytest.fixture
def link(video, ana) -> ShareLink:
    return sharing.create_share_link(video=video, created_by=ana)


@pytest.fixture
def patch(link, client_for, ana):
    """Return what changes the link's rules as Ana."""

    def send(**rules: Any) -> Any:
        return client_for(ana).patch(f"/api/v1/share-links/{link.public_id}/", rules, content_type="application/json")

    return send


def playback(video: Video, **headers: Any) -> Any:
    return Client().get(f"/api/v1/videos/{video.public_id}/playback/", **headers)


# --- asks for a name -------------------------------------------------------------------------------


@pytest.fixture
def naming(video, ana) -> ShareLink:
    """Return a link that asks for a name."""
    return sharing.create_share_link(video=video, created_by=ana, needs_name=True)


def test_a_link_that_asks_for_a_name_opens_nothing_before_it_has_one(naming, video) -> None:
    for path in ("", "playback/", "comments/"):
        answer = Client().get(f"/api/v1/videos/{video.public_id}/{path}", HTTP_SHARE_TOKEN=naming.token)
        assert (answer.status_code, answer.json()["code"]) == (403, "name_needed"), path
    written = Client().post(
        f"/api/v1/videos/{video.public_id}/comments/",
        {"body": "Why?"},
        content_type="application/json",
        HTTP_SHARE_TOKEN=naming.token,
    )
    assert (written.status_code, written.json()["code"]) == (403, "name_needed")
    told = Client().get(f"/api/v1/share/{naming.token}/").json()
    assert (told["needs_name"], told["video"]) == (True, None)


def test_a_program_gives_a_name_and_then_watches_and_writes(naming, video) -> None:
    given = Client().post(
        "/api/v1/guests/", {"share_token": naming.token, "name": "Gale"}, content_type="application/json"
    )
    headers = {"HTTP_SHARE_TOKEN": naming.token, "HTTP_GUEST_TOKEN": given.json()["guest_token"]}
    told = Client().get(f"/api/v1/share/{naming.token}/", **headers).json()
    assert (told["needs_name"], told["video"]["title"]) == (False, "Secret plan")
    assert playback(video, **headers).json()["playlist_url"]
    path = f"/api/v1/videos/{video.public_id}/comments/"
    assert Client().post(path, {"body": "Why?"}, content_type="application/json", **headers).status_code == 201


def test_a_browser_meets_a_form_that_leads_to_the_moment_it_came_for(naming) -> None:
    client, path = Client(), f"/s/{naming.token}/?t=80"
    asked = client.get(path)
    assert asked.status_code == 403
    assert b"What is your name?" in asked.content
    assert b"Secret plan" not in asked.content
    given = client.post(path, {"name": "  Gale \u202e "})
    assert (given.status_code, given["Location"]) == (302, path)
    assert Guest.objects.get().name == "Gale"
    assert b"Secret plan" in client.get(path).content


@pytest.mark.parametrize("name", ["", "   ", "\u200b\u202e", "x" * 81])
def test_a_name_that_cannot_be_read_is_asked_for_again(naming, name: str) -> None:
    answer = Client().post(f"/s/{naming.token}/", {"name": name})
    assert answer.status_code == 403
    assert b'aria-invalid="true"' in answer.content
    assert not Guest.objects.exists()


def test_a_password_comes_first_and_a_name_after_it(naming) -> None:
    sharing.edit_share_link(link=naming, password="open sesame")
    client, path = Client(), f"/s/{naming.token}/"
    assert b"has a password" in client.get(path).content
    assert b"has a password" in client.post(path, {"name": "Gale"}).content
    assert b"What is your name?" in client.post(path, {"password": "open sesame"}, follow=True).content
    assert b"Secret plan" in client.post(path, {"name": "Gale"}, follow=True).content


def test_a_name_given_in_another_workspace_does_not_count(naming, other_workspace) -> None:
    sharing.create_guest(workspace=other_workspace, name="Gale", token="a token from elsewhere")
    headers = {"HTTP_SHARE_TOKEN": naming.token, "HTTP_GUEST_TOKEN": "a token from elsewhere"}
    assert playback(naming.video, **headers).status_code == 403


def test_who_is_signed_in_has_a_name(naming, video, client_for, stranger) -> None:
    client = client_for(stranger)
    assert client.get(f"/s/{naming.token}/").status_code == 200
    path = f"/api/v1/videos/{video.public_id}/playback/"
    assert client.get(path, HTTP_SHARE_TOKEN=naming.token).status_code == 200


def test_asking_for_a_name_later_ends_what_was_granted_without_one(link, video, patch) -> None:
    poster = playback(video, HTTP_SHARE_TOKEN=link.token).json()["poster_url"]
    assert Client().get(poster).status_code == 302
    patch(needs_name=True)
    assert Client().get(poster).status_code == 404


def test_the_form_for_a_name_has_its_limit_too(naming, monkeypatch) -> None:
    monkeypatch.setitem(throttles.LIMITS, "guests", Limit(1, 60))
    assert Client().post(f"/s/{naming.token}/", {"name": "Gale"}).status_code == 302
    refused = Client().post(f"/s/{naming.token}/", {"name": "Gale"})
    assert (refused.status_code, int(refused["Retry-After"]) > 0) == (429, True)


# --- may download ----------------------------------------------------------------------------------


def test_where_downloads_are_not_allowed_no_answer_has_an_address_of_the_file(link, video) -> None:
    told = playback(video, HTTP_SHARE_TOKEN=link.token)
    assert told.json()["download_url"] is None
    page = Client().get(f"/s/{link.token}/")
    for answer in (told, page, Client().get(f"/api/v1/share/{link.token}/")):
        assert b"download=1" not in answer.content


def test_a_download_is_named_after_the_title_and_ends_with_the_link(link, video, patch) -> None:
    Video.objects.filter(pk=video.pk).update(title="Zahlen/November \u202e4pm \U0001f600")
    patch(can_download=True)
    address = playback(video, HTTP_SHARE_TOKEN=link.token).json()["download_url"]
    assert "/play/" in address
    answer = Client().get(Client().get(address)["Location"])
    assert answer.getvalue() == b"movie"
    assert answer["Content-Disposition"].startswith(
        "attachment; filename*=utf-8''Zahlen%20November%204pm%20%F0%9F%98%80.mp4"
    )
    patch(can_download=False)
    unnamed = Client().get(Client().get(address)["Location"])
    assert "attachment" not in unnamed.get("Content-Disposition", "")
    sharing.revoke_share_link(link=link)
    assert Client().get(address).status_code == 404


@pytest.mark.parametrize(
    ("title", "name"),
    [
        ("Plan", "Plan.mp4"),
        ("a/b\\c:d*e", "a b c d e.mp4"),
        ('say "hi"\r\nX: y', "say hi X y.mp4"),
        ("CON", "CON-.mp4"),
        ("...", "video.mp4"),
        ("invoice\u202egpj.exe", "invoicegpj.exe.mp4"),
        ("\u0645\u0631\u062d\u0628\u0627 \U0001f44b", "\u0645\u0631\u062d\u0628\u0627 \U0001f44b.mp4"),
        ("x" * 200, "x" * 120 + ".mp4"),
    ],
)
def test_a_file_name_is_one_that_every_system_takes(title: str, name: str) -> None:
    assert file_name(title, ending="mp4") == name


# --- expiry ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "moment", ["2020-01-01T00:00:00Z", "9999-12-31T23:59:59-12:00", "0001-01-01T00:00:00+14:00", "soon"]
)
def test_an_expiry_that_makes_no_sense_is_refused_with_a_sentence(patch, moment: str) -> None:
    answer = patch(expires_at=moment)
    assert answer.status_code == 400
    assert answer.json()["fields"]["expires_at"]


def test_an_expiry_may_be_moved_and_taken_away_also_after_it_has_passed(patch, link) -> None:
    soon = timezone.now() + timedelta(hours=1)
    assert patch(expires_at=soon.isoformat()).status_code == 200
    with time_machine.travel(soon + timedelta(seconds=1)):
        assert Client().get(f"/s/{link.token}/").status_code == 410
        assert patch(expires_at=None).status_code == 200
        assert Client().get(f"/s/{link.token}/").status_code == 200


def test_an_expiry_is_a_moment_whatever_the_clocks_do_that_night(patch, link) -> None:
    with time_machine.travel("2027-10-30T12:00:00Z"):
        # In Berlin 02:30 comes twice that night; the offset says which of the two is meant.
        first = patch(expires_at="2027-10-31T02:30:00+02:00").json()["expires_at"]
        second = patch(expires_at="2027-10-31T02:30:00+01:00").json()["expires_at"]
    assert (first, second) == ("2027-10-31T00:30:00.000000Z", "2027-10-31T01:30:00.000000Z")


# --- the author's hand -----------------------------------------------------------------------------


def test_a_revoked_link_stays_as_it_was_and_revoking_it_again_changes_nothing(link, patch, client_for, ana) -> None:
    path = f"/api/v1/share-links/{link.public_id}/"
    assert [client_for(ana).delete(path).status_code for _ in range(2)] == [204, 204]
    link.refresh_from_db()
    revoked_at = link.revoked_at
    for rules in ({"name": "New"}, {"password": "x"}, {"expires_at": None}, {}):
        answer = patch(**rules)
        assert (answer.status_code, answer.json()["code"]) == (409, "link_revoked")
    link.refresh_from_db()
    assert (link.name, link.revoked_at) == ("", revoked_at)


def test_a_change_names_what_it_changes_and_leaves_the_rest(link, patch) -> None:
    patch(name="For the board \U0001f4c8", can_download=True, password="open sesame")
    told = patch(can_comment=False).json()
    assert (told["name"], told["can_download"], told["has_password"]) == ("For the board \U0001f4c8", True, True)
    assert patch().status_code == 200


def test_a_video_has_fifty_links_at_most_and_revoking_one_makes_room(video, link, client_for, ana) -> None:
    for _ in range(sharing.MOST_LINKS - 1):
        sharing.create_share_link(video=video, created_by=ana)
    client, path = client_for(ana), f"/api/v1/videos/{video.public_id}/share-links/"
    refused = client.post(path, {"client_id": str(uuid.uuid4())}, content_type="application/json")
    assert (refused.status_code, refused.json()["code"]) == (409, "too_many_links")
    assert "50 links" in refused.json()["detail"]
    sharing.revoke_share_link(link=link)
    assert client.post(path, {}, content_type="application/json").status_code == 201


def test_the_list_never_loses_a_link_that_is_open_to_those_that_are_revoked(
    video, link, client_for, ana, monkeypatch
) -> None:
    monkeypatch.setattr(sharing, "MOST_REVOKED", 2)
    for _ in range(4):
        sharing.revoke_share_link(link=sharing.create_share_link(video=video, created_by=ana))
    listed = client_for(ana).get(f"/api/v1/videos/{video.public_id}/share-links/").json()["results"]
    assert [row["revoked_at"] is None for row in listed] == [False, False, True]


def test_the_last_use_is_noted_once_a_minute_and_not_for_a_look_whether_it_is_there(link) -> None:
    start = timezone.now()
    with time_machine.travel(start, tick=False):
        for path in (f"/s/{link.token}/", f"/api/v1/share/{link.token}/"):
            assert Client().head(path).status_code == 200
        link.refresh_from_db()
        assert link.last_used_at is None
        Client().get(f"/s/{link.token}/")
    with time_machine.travel(start + timedelta(seconds=50), tick=False):
        Client().get(f"/s/{link.token}/")
    link.refresh_from_db()
    assert link.last_used_at == start
    with time_machine.travel(start + timedelta(seconds=61), tick=False):
        Client().get(f"/api/v1/share/{link.token}/")
    link.refresh_from_db()
    assert link.last_used_at == start + timedelta(seconds=61)


def test_a_look_at_what_a_link_asks_for_is_no_use_of_it(link, naming) -> None:
    sharing.edit_share_link(link=link, password="open sesame")
    for closed in (link, naming):
        for path in (f"/api/v1/share/{closed.token}/", f"/s/{closed.token}/"):
            assert Client().get(path).status_code in {200, 403}
        closed.refresh_from_db()
        assert closed.last_used_at is None


# --- what a closed link says of the video ----------------------------------------------------------


@pytest.mark.parametrize("why", ["password", "name", "revoked", "expired", "links_off", "trash"])
def test_a_closed_link_names_neither_title_nor_author_nor_poster(why: str, link, video, workspace) -> None:
    if why == "password":
        sharing.edit_share_link(link=link, password="open sesame")
    elif why == "name":
        sharing.edit_share_link(link=link, needs_name=True)
    elif why == "revoked":
        sharing.revoke_share_link(link=link)
    elif why == "expired":
        ShareLink.objects.filter(pk=link.pk).update(expires_at=timezone.now() - timedelta(seconds=1))
    elif why == "trash":
        Video.objects.filter(pk=video.pk).update(deleted_at=timezone.now())
    else:
        workspace.links_enabled = False
        workspace.save()
    for path in (f"/s/{link.token}/", f"/api/v1/share/{link.token}/", f"/api/v1/videos/{video.public_id}/"):
        answer = Client().get(path, HTTP_SHARE_TOKEN=link.token)
        assert b"Secret plan" not in answer.content
        assert b"Ana" not in answer.content
        assert b"poster" not in answer.content.replace(b'"poster_url":null', b"")
        assert b"Northwind" not in answer.content
        assert answer.status_code in {200, 401, 403, 404, 410}
