"""Caption tracks: their author's to change, everybody's to read who may watch, and gone when the right is gone."""

import json
import uuid
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from apps.sharing import services as sharing
from apps.sharing.models import ShareLink
from apps.videos import captions, clearing
from apps.videos import services as videos
from apps.videos.models import CaptionTrack, Video

pytestmark = pytest.mark.django_db

VTT = "WEBVTT\n\n00:00:01.000 --> 00:00:02.000\nHello\n"
SRT = "1\n00:00:01,000 --> 00:00:02,000\nHello\n"


@pytest.fixture
def video(ana, workspace) -> Video:
    """Return a stopped video of Ana's, open to her team."""
    made = videos.create_video(author=ana, workspace=workspace, source={"kind": "file", "size_bytes": 1})
    videos.accept_source(source=made.sources.get(), stored=[{"key": "a/b", "size_bytes": 1}])
    made.refresh_from_db()
    return made


@pytest.fixture
def link(video, ana) -> ShareLink:
    return sharing.create_share_link(video=video, created_by=ana)


@pytest.fixture
def add(ana, client_for, video) -> Callable[..., Any]:
    """Return what adds captions to the video as Ana."""
    client = client_for(ana)

    def post(vtt: str = VTT, **fields: Any) -> Any:
        path = f"/api/v1/videos/{video.public_id}/captions/"
        return client.post(path, {"vtt": vtt, **fields}, content_type="application/json")

    return post


def listed(client: Client, video: Video, **headers: Any) -> list[dict[str, Any]]:
    response = client.get(f"/api/v1/videos/{video.public_id}/captions/", **headers)
    assert response.status_code == 200, response.content
    assert (response.json()["next"], response.json()["previous"]) == (None, None)
    results: list[dict[str, Any]] = response.json()["results"]
    return results


def played(client: Client, video: Video, **headers: Any) -> list[dict[str, Any]]:
    response = client.get(f"/api/v1/videos/{video.public_id}/playback/", **headers)
    tracks: list[dict[str, Any]] = response.json()["captions"]
    return tracks


def test_captions_of_a_file_are_played_in_the_order_in_which_they_came(add, ana, client_for, video) -> None:
    first = add(language="de-at", label="Deutsch")
    assert first.status_code == 201
    assert (first.json()["language"], first.json()["label"]) == ("de-AT", "Deutsch")
    assert add(SRT, language="en").status_code == 201
    tracks = played(client_for(ana), video)
    assert [track["language"] for track in tracks] == ["de-AT", "en"]
    assert tracks == listed(client_for(ana), video)
    for track in tracks:
        response = Client().get(track["url"])  # the grant in the address is what a browser's <track> brings
        assert (response.status_code, response.content.decode()) == (200, VTT)
        assert response["Content-Type"] == "text/vtt; charset=utf-8"
        assert response["Cache-Control"] == "private, no-cache"
        assert response["X-Content-Type-Options"] == "nosniff"


def test_a_language_nobody_said_is_und(add) -> None:
    assert add().json()["language"] == "und"
    assert add(language="", label="again").json()["language"] == "und"


@pytest.mark.parametrize("language", ["german", "d", "de_AT", "de-", "../x", "<b>", "de AT", "x" * 36])
def test_what_is_no_language_is_refused(add, language: str) -> None:
    response = add(language=language)
    assert (response.status_code, response.json()["code"]) == (400, "invalid")


@pytest.mark.parametrize(
    ("written", "kept"), [("ZH-hant-TW", "zh-Hant-TW"), ("EN", "en"), ("sr-Latn", "sr-Latn"), ("ast", "ast")]
)
def test_a_language_is_kept_as_standards_write_it(add, written: str, kept: str) -> None:
    assert add(language=written).json()["language"] == kept


@pytest.mark.parametrize(
    "text", ["", "hello", "WEBVTT", "<svg onload=alert(1)>", "WEBVTT\n\n00:02.000 --> 00:01.000\nx"]
)
def test_a_file_without_captions_is_refused_with_a_sentence(add, text: str) -> None:
    response = add(text)
    assert (response.status_code, response.json()["code"]) == (400, "invalid")
    assert response.json()["detail"]
    assert not CaptionTrack.objects.exists()


def test_a_file_above_the_limit_is_refused(add) -> None:
    response = add(VTT + " " * 2_000_000)
    assert (response.status_code, response.json()["code"]) == (400, "invalid")
    assert "2 MB" in response.json()["detail"]
    assert add(VTT + " " * 2_600_000).status_code == 413


def test_hostile_markup_is_not_served(add) -> None:
    cue = '00:01.000 --> 00:02.000\n<script>alert(1)</script><img src=x onerror="y">\u202e<b>bold</b>'
    url = add(f"WEBVTT\n\nSTYLE\n::cue {{ background: url(//x) }}\n\n{cue}\n").json()["url"]
    served = Client().get(url).content.decode()
    assert "alert(1)" in served
    for gone in ("<script", "<img", "STYLE", "url("):
        assert gone not in served


def test_the_same_request_again_answers_with_the_first_track(add) -> None:
    client_id = str(uuid.uuid4())
    first, again = add(client_id=client_id), add(client_id=client_id)
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json()["id"] == again.json()["id"]
    assert add(SRT, client_id=client_id).json()["code"] == "client_id_reused"


def test_a_second_track_of_a_language_needs_another_name(add) -> None:
    add(language="de")
    response = add(language="de")
    assert (response.status_code, response.json()["code"]) == (409, "caption_track_exists")
    assert add(language="de", label="Kurz").status_code == 201


def test_a_video_has_only_so_many_tracks(add, monkeypatch) -> None:
    monkeypatch.setattr(captions, "MOST_TRACKS", 2)
    assert [add(language=language).status_code for language in ("de", "en", "fr")] == [201, 201, 400]


def test_a_track_is_changed_and_deleted_by_its_author_alone(add, ana, ben, stranger, client_for, video) -> None:
    track = add(language="de").json()
    path = f"/api/v1/captions/{track['id']}/"
    for person in (ben, stranger):
        assert client_for(person).patch(path, "{}", content_type="application/json").status_code == 404
        assert client_for(person).delete(path).status_code == 404
    client = client_for(ana)
    changed = client.patch(
        path, {"label": "Deutsch", "vtt": SRT.replace("Hello", "Hallo")}, content_type="application/json"
    )
    assert (changed.status_code, changed.json()["label"], changed.json()["language"]) == (200, "Deutsch", "de")
    assert b"Hallo" in Client().get(changed.json()["url"]).content
    assert client.patch(path, {"vtt": "no"}, content_type="application/json").status_code == 400
    assert client.delete(path).status_code == 204
    assert client.delete(path).status_code == 404
    assert Client().get(track["url"]).status_code == 404
    assert played(client, video) == []


def test_a_change_into_another_track_s_language_is_refused(add, ana, client_for) -> None:
    add(language="de")
    path = f"/api/v1/captions/{add(language='en').json()['id']}/"
    response = client_for(ana).patch(path, {"language": "de"}, content_type="application/json")
    assert (response.status_code, response.json()["code"]) == (409, "caption_track_exists")


def test_whoever_came_by_a_link_reads_captions_until_it_is_revoked(add, link, video) -> None:
    add()
    Video.objects.filter(pk=video.pk).update(visibility=Video.Visibility.ONLY_ME)
    guest = Client()
    (track,) = listed(guest, video, HTTP_SHARE_TOKEN=link.token)
    assert played(guest, video, HTTP_SHARE_TOKEN=link.token) == [track]
    assert guest.get(track["url"]).status_code == 200
    sharing.revoke_share_link(link=link)
    assert guest.get(track["url"]).status_code == 404


def test_a_link_that_waits_for_its_password_shows_no_captions(add, link, video) -> None:
    add()
    (track,) = listed(Client(), video, HTTP_SHARE_TOKEN=link.token)
    sharing.edit_share_link(link=link, password="open sesame")
    response = Client().get(f"/api/v1/videos/{video.public_id}/captions/", HTTP_SHARE_TOKEN=link.token)
    assert (response.status_code, response.json()["code"]) == (403, "password_needed")
    assert Client().get(track["url"]).status_code == 404  # a grant from before the password


def test_a_colleague_s_address_ends_when_the_video_becomes_private(add, ben, client_for, video) -> None:
    add()
    (track,) = listed(client_for(ben), video)
    Video.objects.filter(pk=video.pk).update(visibility=Video.Visibility.ONLY_ME)
    assert Client().get(track["url"]).status_code == 404


def test_a_grant_for_one_video_opens_no_other_s_captions(add, ana, workspace, client_for) -> None:
    url = add().json()["url"]
    other = videos.create_video(author=ana, workspace=workspace, source={"kind": "file", "size_bytes": 1})
    foreign = captions.add_track(video=other, language="en", label="", text=VTT)
    mine = url.rpartition("/")[2]
    assert Client().get(url.replace(mine, f"{foreign.public_id}.vtt")).status_code == 404


def test_captions_go_with_their_video(add, video) -> None:
    url = add().json()["url"]
    videos.move_to_trash(video=video)
    assert Client().get(url).status_code == 404
    clearing.purge(video)
    assert not CaptionTrack.objects.exists()


def test_a_label_is_one_line_of_something_to_read(add) -> None:
    assert add(label=" Two\nlines\u202e ").json()["label"] == "Two lines"
    assert add(label="\u200b").status_code == 400
    assert add(label="x" * 81).status_code == 400
    assert json.loads(add(label="🎉" * 80).content)["label"] == "🎉" * 80
