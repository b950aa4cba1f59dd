"""Share links: the only way in for people without an account, each with its own rules."""

import uuid
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.utils import timezone

from apps.core.store import get_store
from apps.sharing import grants
from apps.sharing import services as sharing
from apps.sharing.errors import LinkRevoked
from apps.sharing.models import ShareLink
from apps.sharing.viewers import GUEST_COOKIE, SHARE_COOKIE
from apps.videos import services as videos
from apps.videos.models import Publication, Storyboard, Video
from tests.watchable import copy_of, watchable_video

pytestmark = pytest.mark.django_db


@pytest.fixture
def video(ana, workspace) -> Video:
    """Return a ready video of Ana's with a poster, open to nobody but her."""
    made = videos.create_video(author=ana, workspace=workspace, title="Secret plan", source={"kind": "recording"})
    get_store().put_bytes(b"picture", "videos/test/poster.jpg", content_type="image/jpeg")
    published = Publication.objects.create(
        source=made.sources.get(),
        source_bytes=5,
        duration_ms=1000,
        has_video=True,
        has_audio=True,
        poster_key="videos/test/poster.jpg",
    )
    Video.objects.filter(pk=made.pk).update(
        status=Video.Status.READY,
        stopped_at=timezone.now(),
        current_publication=published,
        visibility=Video.Visibility.ONLY_ME,
    )
    made.refresh_from_db()
    return made


@pytest.fixture
def link(video, ana) -> ShareLink:
    return sharing.create_share_link(video=video, created_by=ana)


def shared(token: str) -> Any:
    return Client().get(f"/api/v1/share/{token}/")


def poster_url(token: str) -> str:
    body = shared(token).json()
    playback = Client().get(f"/api/v1/videos/{body['video']['id']}/playback/", HTTP_SHARE_TOKEN=token).json()
    return str(playback["poster_url"])


def test_a_link_opens_a_video_that_no_colleague_sees(link, video, client_for, ben) -> None:
    assert shared(link.token).json()["video"]["title"] == "Secret plan"
    assert client_for(ben).get(f"/v/{video.public_id}/").status_code == 404


def test_the_share_address_is_told_to_the_author_alone(link, client_for, ana, video) -> None:
    assert shared(link.token).json()["video"]["share_url"] is None
    own = client_for(ana).get(f"/api/v1/videos/{video.public_id}/").json()
    assert own["share_url"] == f"http://localhost:8000/s/{link.token}/"


def test_a_revoked_link_a_wrong_one_and_a_missing_one_look_alike(link) -> None:
    sharing.revoke_share_link(link=link)
    answers = {(shared(token).status_code, shared(token).json()["code"]) for token in (link.token, "nonsense")}
    assert answers == {(404, "not_found")}
    assert Client().get(f"/s/{link.token}/").status_code == 404


def test_a_revoke_ends_the_bytes_that_were_already_granted(link) -> None:
    poster = poster_url(link.token)
    assert Client().get(poster).status_code == 302
    sharing.revoke_share_link(link=link)
    assert Client().get(poster).status_code == 404


def test_the_redirect_and_what_it_leads_to_end_within_a_minute(link) -> None:
    response = Client().get(poster_url(link.token))
    kept_s = int(response["Cache-Control"].partition("max-age=")[2])
    assert Client().get(response["Location"]).getvalue() == b"picture"
    with time_machine.travel(timezone.now() + timedelta(seconds=60 - kept_s)):
        assert Client().get(response["Location"]).status_code in {403, 404, 410}


def test_an_expired_link_says_so(link) -> None:
    poster = poster_url(link.token)
    ShareLink.objects.filter(pk=link.pk).update(expires_at=timezone.now() - timedelta(seconds=1))
    assert (shared(link.token).status_code, shared(link.token).json()["code"]) == (410, "expired")
    assert Client().get(f"/s/{link.token}/").status_code == 410
    assert Client().get(poster).status_code == 410


def test_a_workspace_that_switches_links_off_closes_them_all_and_opens_them_again(link, workspace) -> None:
    workspace.links_enabled = False
    workspace.save()
    assert shared(link.token).status_code == 404
    workspace.links_enabled = True
    workspace.save()
    assert shared(link.token).status_code == 200


def test_a_video_in_the_trash_is_behind_no_link(link, video) -> None:
    poster = poster_url(link.token)
    videos.move_to_trash(video=video)
    assert shared(link.token).status_code == 404
    assert Client().get(poster).status_code == 404


def test_a_link_with_a_password_tells_nothing_before_it(link, video) -> None:
    sharing.edit_share_link(link=link, password="open sesame")
    body = shared(link.token).json()
    assert (body["video"], body["needs_password"]) == (None, True)
    page = Client().get(f"/s/{link.token}/")
    assert page.status_code == 403
    assert b"Secret plan" not in page.content
    for name in ("", "playback/", "comments/"):
        response = Client().get(f"/api/v1/videos/{video.public_id}/{name}", HTTP_SHARE_TOKEN=link.token)
        assert (response.status_code, response.json()["code"]) == (403, "password_needed")


def test_the_password_opens_it_for_programs_and_for_the_browser_that_gave_it(link, video) -> None:
    sharing.edit_share_link(link=link, password="open sesame")
    client = Client()
    path = f"/api/v1/share/{link.token}/unlock/"
    assert client.post(path, {"password": "wrong"}, content_type="application/json").status_code == 403
    opened = client.post(path, {"password": "open sesame"}, content_type="application/json").json()["share_token"]
    playback = f"/api/v1/videos/{video.public_id}/playback/"
    assert Client().get(playback, HTTP_SHARE_TOKEN=opened).status_code == 200
    assert client.get(playback, HTTP_SHARE_TOKEN=link.token).status_code == 200
    assert client.get(f"/s/{link.token}/").status_code == 200


def test_a_new_password_ends_what_the_old_one_opened(link, video) -> None:
    sharing.edit_share_link(link=link, password="open sesame")
    link.refresh_from_db()
    opened = sharing.unlock(link=link, password="open sesame", address="")
    poster = Client().get(f"/api/v1/videos/{video.public_id}/playback/", HTTP_SHARE_TOKEN=opened).json()["poster_url"]
    sharing.edit_share_link(link=link, password="another")
    assert Client().get(f"/api/v1/videos/{video.public_id}/", HTTP_SHARE_TOKEN=opened).status_code == 403
    assert Client().get(poster).status_code == 404


def test_a_wrong_share_token_in_a_header_is_401(video) -> None:
    assert Client().get(f"/api/v1/videos/{video.public_id}/", HTTP_SHARE_TOKEN="nonsense").status_code == 401


def test_a_link_opens_its_own_video_and_no_other(link, ana, workspace) -> None:
    other = videos.create_video(author=ana, workspace=workspace, source={"kind": "recording"})
    assert Client().get(f"/api/v1/videos/{other.public_id}/", HTTP_SHARE_TOKEN=link.token).status_code == 404


def test_a_stranger_changes_no_link(link, client_for, stranger, ben) -> None:
    for person in (stranger, ben):
        assert client_for(person).delete(f"/api/v1/share-links/{link.public_id}/").status_code == 404
    link.refresh_from_db()
    assert link.revoked_at is None


def test_a_colleague_who_sees_the_video_changes_no_link(client_for, ana, ben, workspace) -> None:
    link = sharing.create_share_link(video=watchable_video(ana, workspace), created_by=ana)
    path, colleague = f"/api/v1/share-links/{link.public_id}/", client_for(ben)
    assert colleague.get(f"/api/v1/videos/{link.video.public_id}/").status_code == 200
    assert colleague.get(f"/api/v1/videos/{link.video.public_id}/share-links/").status_code == 404
    assert colleague.patch(path, {"can_download": True}, content_type="application/json").status_code == 404
    assert colleague.delete(path).status_code == 404


def test_a_guest_is_made_by_a_link_that_is_open_to_them_and_each_link_gives_tokens_of_its_own(link, video, ana) -> None:
    def guest(share_token: str) -> Any:
        body = {"share_token": share_token, "name": "Gus", "client_id": "7e57d004-2b97-4e7a-b45f-5387367791cd"}
        return Client().post("/api/v1/guests/", body, content_type="application/json")

    other = sharing.create_share_link(video=video, created_by=ana)
    tokens = [guest(token).json()["guest_token"] for token in (link.token, link.token, other.token)]
    assert tokens[0] == tokens[1] != tokens[2]
    locked = sharing.create_share_link(video=video, created_by=ana, password="open sesame")
    assert (guest(locked.token).status_code, guest(locked.token).json()["code"]) == (403, "password_needed")
    assert guest(sharing.unlocked_token(locked)).status_code == 201


@pytest.mark.parametrize("cookies", ["both", "share", "guest"])
def test_whatever_cookie_of_ours_a_browser_brings_another_site_cannot_write_by_it(cookies, link, workspace) -> None:
    token = sharing.guest_token_for(link=link, client_id=None)
    sharing.create_guest(workspace=workspace, name="Gus", token=token)
    browser = Client(enforce_csrf_checks=True)
    headers = {}
    if cookies != "share":
        browser.cookies[GUEST_COOKIE] = token
    if cookies != "guest":
        browser.cookies[SHARE_COOKIE] = link.token
    else:
        headers["Share-Token"] = link.token
    path, body = f"/api/v1/videos/{link.video.public_id}/comments/", {"body": "Forged"}
    forged = browser.post(path, body, content_type="application/json", headers=headers)
    assert (forged.status_code, forged.json()["code"]) == (403, "permission_denied")
    browser.cookies["csrftoken"] = "a" * 32
    headers["X-CSRFToken"] = "a" * 32
    ours = browser.post(path, body, content_type="application/json", headers=headers)
    assert ours.status_code == (401 if cookies == "share" else 201)  # who has given no name is asked for one


def test_the_author_makes_edits_and_revokes_links(video, client_for, ana) -> None:
    client, path = client_for(ana), f"/api/v1/videos/{video.public_id}/share-links/"
    body = {"name": "For the board", "password": "x", "can_comment": False, "client_id": str(uuid.uuid4())}
    first, again = (client.post(path, body, content_type="application/json") for _ in range(2))
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json()["id"] == again.json()["id"]
    assert "password" not in first.json()
    assert first.json()["has_password"] is True
    one = f"/api/v1/share-links/{first.json()['id']}/"
    assert client.patch(one, {"password": ""}, content_type="application/json").json()["has_password"] is False
    assert client.delete(one).status_code == 204
    assert client.get(path).json()["results"][0]["revoked_at"] is not None


def test_a_grant_is_for_one_video_and_dies_of_age(video, ana) -> None:
    grant = grants.member_grant(person_id=ana.pk, video_id=video.pk)
    assert grants.video_of(grants.read_grant(grant)).pk == video.pk
    path = f"/play/{grant}/{video.current_publication.public_id}/poster.jpg"
    assert Client().get(path).status_code == 302
    assert Client().get(path.replace(grant[:3], "9" + grant[:2], 1)).status_code == 404
    with time_machine.travel(timezone.now() + timedelta(hours=37)):
        assert Client().get(path).status_code == 404


@pytest.mark.parametrize("name", ["storyboard.vtt", "storyboard.jpg", "preview.webp"])
def test_pictures_end_with_the_link_as_playlists_do(link, video, name: str) -> None:
    Publication.objects.update(preview_key="videos/test/preview.webp")
    Storyboard.objects.create(
        publication=video.current_publication,
        key="videos/test/storyboard.jpg",
        tile_width=160,
        tile_height=90,
        columns=10,
        times_ms=[0, 2000],
    )
    told = Client().get(f"/api/v1/videos/{video.public_id}/playback/", HTTP_SHARE_TOKEN=link.token).json()
    path = told["storyboard_url"].replace("storyboard.vtt", name)
    assert Client().get(path).status_code == (200 if name.endswith("vtt") else 302)
    link.expires_at = timezone.now()
    link.save()
    assert Client().get(path).status_code == 410
    sharing.revoke_share_link(link=link)
    assert Client().get(path).status_code == 404


def test_pictures_that_there_are_none_of_are_not_found(link, video) -> None:
    told = Client().get(f"/api/v1/videos/{video.public_id}/playback/", HTTP_SHARE_TOKEN=link.token).json()
    assert told["storyboard_url"] is None
    for name in ("storyboard.vtt", "storyboard.jpg", "preview.webp"):
        path = told["playlist_url"].replace("index.m3u8", name)
        assert Client().get(path).status_code == 404


def test_a_grant_opens_no_publication_of_another_video_and_rests_on_no_other_video_s_link(
    link, video, ana, workspace
) -> None:
    other = watchable_video(ana, workspace)
    assert other.current_publication is not None
    own = Client().get(f"/api/v1/videos/{video.public_id}/playback/", HTTP_SHARE_TOKEN=link.token).json()["poster_url"]
    assert Client().get(own).status_code == 302
    theirs = own.replace(video.current_publication.public_id, other.current_publication.public_id)
    assert Client().get(theirs).status_code == 404
    stretched = grants._sign(f"l.{link.pk}.{grants._proof(link)}", other.pk)
    assert Client().get(f"/play/{stretched}/{other.current_publication.public_id}/poster.jpg").status_code == 404


def test_a_colleague_s_grant_plays_the_video_and_does_not_give_its_source_away(ana, ben, workspace) -> None:
    made = watchable_video(ana, workspace)
    assert made.current_source is not None
    get_store().put_bytes(b"source", "videos/test/source.webm", content_type="video/webm")
    made.current_source.stored = [{"key": "videos/test/source.webm", "size_bytes": 6}]
    made.current_source.save()
    statuses = {
        person: Client().get(f"/play/{grants.member_grant(person_id=person.pk, video_id=made.pk)}/source/").status_code
        for person in (ana, ben)
    }
    assert statuses == {ana: 200, ben: 404}


def test_a_member_s_grant_ends_with_their_account(video, ana) -> None:
    path = f"/play/{grants.member_grant(person_id=ana.pk, video_id=video.pk)}/"
    path += f"{video.current_publication.public_id}/poster.jpg"
    assert Client().get(path).status_code == 302
    ana.is_active = False
    ana.save()
    assert Client().get(path).status_code == 404


def test_while_it_is_recorded_colleagues_see_nothing_and_the_link_says_recording(video, link, client_for, ben) -> None:
    Video.objects.filter(pk=video.pk).update(
        status=Video.Status.RECORDING, stopped_at=None, current_publication=None, visibility=Video.Visibility.WORKSPACE
    )
    assert client_for(ben).get(f"/api/v1/videos/{video.public_id}/").status_code == 404
    assert shared(link.token).json()["video"]["status"] == "recording"


def test_a_link_revoked_while_its_rules_change_stays_as_it_was(link) -> None:
    seen_before = ShareLink.objects.get(pk=link.pk)
    sharing.revoke_share_link(link=link)
    with pytest.raises(LinkRevoked):
        sharing.edit_share_link(link=seen_before, name="For Sam", password="new")
    link.refresh_from_db()
    assert link.revoked_at is not None
    assert (link.name, link.has_password) == ("", False)


@pytest.mark.parametrize("can_download", [True, False])
def test_a_link_offers_a_file_to_save_only_where_it_allows_downloads(can_download, video, ana) -> None:
    link = sharing.create_share_link(video=video, created_by=ana, can_download=can_download)
    get_store().put_bytes(b"movie", "videos/test/copy.mp4", content_type="video/mp4")
    copy_of(video.current_publication, key="videos/test/copy.mp4")
    path = f"/api/v1/videos/{video.public_id}/playback/"
    told = Client().get(path, HTTP_SHARE_TOKEN=link.token).json()
    assert (told["download_url"] is not None) == can_download
    address = told["playlist_url"].replace("index.m3u8", "copy.mp4?download=1")
    answer = Client().get(Client().get(address)["Location"])
    assert ("attachment" in answer.get("Content-Disposition", "")) == can_download
