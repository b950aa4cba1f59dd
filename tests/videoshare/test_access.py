"""Who may open which route: every route of the URL map has its row here, and a new one without a row fails.

The cast: nobody signed in, a stranger with an account in another team, a guest who came by the video's link, a
member of the author's team, and the author. `x` in a row's path stands for what the world below holds.
"""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse
from django.utils import timezone

from apps.accounts import services as accounts
from apps.comments import services as comments
from apps.core.store import get_store
from apps.sharing import grants
from apps.sharing import services as sharing
from apps.sharing.models import ShareLink
from apps.sharing.viewers import GUEST_COOKIE, SHARE_COOKIE
from apps.uploads import services as uploads
from apps.videos.models import Publication, Rendition, Video
from apps.videos.services import create_video

pytestmark = pytest.mark.django_db

WHO = ("anonymous", "stranger", "guest", "member", "author")


@dataclass(frozen=True)
class Row:
    """What one request on one route answers to each of WHO, in that order."""

    route: str
    statuses: tuple[int, int, int, int, int]
    method: str = "GET"
    body: dict[str, Any] | None = None
    names: tuple[str, ...] = ()  # keys of the world that fill the route's arguments


VIDEO_SOURCE = {"source": {"kind": "recording", "content_type": "video/webm"}}
PART = {"parts": [{"number": 1, "size_bytes": 3, "sha256": "a" * 64}]}

ROWS = (
    Row("healthz", (200, 200, 200, 200, 200)),
    Row("readyz", (503, 503, 503, 503, 503)),  # no worker runs in this test
    Row("schema", (200, 200, 200, 200, 200)),
    Row("api-docs", (200, 200, 200, 200, 200)),
    # Pages
    Row("library", (302, 200, 302, 200, 200)),
    Row("record", (302, 200, 302, 200, 200)),
    Row("upload", (302, 200, 302, 200, 200)),
    Row("watch", (302, 404, 200, 200, 200), names=("public_id",)),
    Row("share", (200, 200, 200, 200, 200), names=("token",)),
    Row("setup", (404, 404, 404, 404, 404), names=("setup_key",)),
    Row("account_login", (200, 302, 200, 302, 302)),
    Row("account_logout", (302, 200, 302, 200, 200)),
    Row("account_signup", (200, 302, 200, 302, 302)),
    Row("account_change_password", (302, 200, 302, 200, 200)),
    Row(
        "account_reset_password_from_key", (302, 302, 302, 200, 302), names=("uidb36", "key")
    ),  # the member's own: signing in used it up
    Row("account_reset_password_from_key_done", (200, 200, 200, 200, 200)),
    # Playing: the grant is the author's, whoever brings it
    Row("play", (200, 200, 200, 200, 200), names=("grant", "publication", "index")),
    Row("play-source", (404, 404, 404, 404, 404), names=("grant",)),
    Row("local-store", (404, 404, 404, 404, 404), names=("store_token",)),
    # API: videos
    Row("api-videos", (401, 200, 401, 200, 200)),
    Row("api-videos", (401, 201, 401, 201, 201), method="POST", body=VIDEO_SOURCE),
    Row("api-video", (404, 404, 200, 200, 200), names=("public_id",)),
    Row("api-video", (401, 404, 401, 404, 200), method="PATCH", body={"title": "New"}, names=("public_id",)),
    Row("api-video", (401, 404, 401, 404, 204), method="DELETE", names=("public_id",)),
    Row("api-video-uploads", (401, 404, 401, 404, 201), method="POST", body=VIDEO_SOURCE, names=("public_id",)),
    Row("api-retry", (401, 404, 401, 404, 409), method="POST", names=("public_id",)),
    Row("api-restore", (401, 404, 401, 404, 404), method="POST", names=("public_id",)),
    Row("api-playback", (404, 404, 200, 200, 200), names=("public_id",)),
    Row("api-source", (401, 404, 401, 404, 404), names=("public_id",)),
    # API: uploads
    Row("api-upload", (401, 404, 401, 404, 200), names=("upload",)),
    Row("api-upload", (401, 404, 401, 404, 204), method="DELETE", names=("upload",)),
    Row("api-upload-parts", (401, 404, 401, 404, 200), method="POST", body=PART, names=("upload",)),
    Row("api-upload-complete", (401, 404, 401, 404, 200), method="POST", body={"parts": []}, names=("upload",)),
    Row("api-upload-alive", (401, 404, 401, 404, 204), method="POST", names=("upload",)),
    Row("api-upload-reopen", (401, 404, 401, 404, 200), method="POST", names=("upload",)),
    # API: sharing
    Row("api-share-links", (401, 404, 401, 404, 200), names=("public_id",)),
    Row("api-share-links", (401, 404, 401, 404, 201), method="POST", body={}, names=("public_id",)),
    Row("api-share-link", (401, 404, 401, 404, 200), method="PATCH", body={"name": "New"}, names=("link",)),
    Row("api-share-link", (401, 404, 401, 404, 204), method="DELETE", names=("link",)),
    Row("api-share", (200, 200, 200, 200, 200), names=("token",)),
    Row("api-unlock", (200, 200, 200, 200, 200), method="POST", body={"password": "x"}, names=("token",)),
    Row("api-guests", (201, 201, 201, 201, 201), method="POST", body={"share_token": "{token}", "name": "Gus"}),
    # API: comments
    Row("api-comments", (404, 404, 200, 200, 200), names=("public_id",)),
    Row("api-comments", (404, 404, 201, 201, 201), method="POST", body={"body": "Why?"}, names=("public_id",)),
    Row("api-comment", (404, 404, 404, 404, 200), method="PATCH", body={"body": "New"}, names=("comment",)),
    Row("api-comment", (404, 404, 404, 404, 204), method="DELETE", names=("comment",)),
    Row("api-resolve", (404, 404, 404, 200, 200), method="POST", names=("comment",)),
    Row("api-reactions", (404, 404, 200, 200, 200), method="PUT", body={"emoji": "👍"}, names=("comment",)),
    Row("api-reaction", (404, 404, 404, 404, 204), method="DELETE", names=("comment", "reaction")),
    Row("api-reopen", (404, 404, 404, 200, 200), method="POST", names=("comment",)),
)


def routes() -> Iterator[str]:
    """Yield the name of every route but the admin's, which has a test of its own."""

    def walk(patterns: list[Any]) -> Iterator[str]:
        for pattern in patterns:
            if isinstance(pattern, URLResolver):
                if pattern.namespace != "admin":
                    yield from walk(pattern.url_patterns)
            else:
                assert isinstance(pattern, URLPattern)
                yield str(pattern.name)

    return walk(get_resolver().url_patterns)


@pytest.fixture
def world(ana, ben, stranger, workspace) -> dict[str, Any]:
    """One video of Ana's that is ready and shared, with a comment, and everything that rows name."""
    video = create_video(author=ana, workspace=workspace, title="Plan", source={"kind": "recording"})
    upload = uploads.open_upload(
        video=video, source=video.sources.get(), kind="recording", size_bytes=None, content_type="video/webm"
    )
    published = Publication.objects.create(
        source=video.sources.get(), source_bytes=5, duration_ms=1000, has_video=True, has_audio=True
    )
    get_store().put_bytes(b"movie", "videos/x/y/copy.1.mp4", content_type="video/mp4")
    Rendition.objects.create(
        publication=published,
        name="copy",
        key="videos/x/y/copy.1.mp4",
        codecs="avc1.640028,mp4a.40.2",
        size_bytes=5,
        peak_bits_per_s=1,
        average_bits_per_s=1,
        plays_everywhere=True,
        holds_source=True,
        init_offset=0,
        init_size_bytes=1,
        segments=[[1, 4, 0, 1000]],
    )
    Video.objects.filter(pk=video.pk).update(
        status=Video.Status.READY, stopped_at=timezone.now(), current_publication=published
    )
    video.refresh_from_db()
    link = sharing.create_share_link(video=video, created_by=ana)
    comment = comments.add_comment(video=video, member=ana, guest=None, body="Why this number?", timestamp_ms=42_000)
    setup_key = "owner:wrong"
    password_path = accounts.password_link(person=ben).rstrip("/").rpartition("/")[2]
    return {
        "public_id": video.public_id,
        "token": link.token,
        "link": link.public_id,
        "upload": upload.public_id,
        "comment": comment.public_id,
        "reaction": comments.react(comment=comment, member=ana, guest=None, emoji="👏").public_id,
        "grant": grants.member_grant(person_id=ana.pk, video_id=video.pk),
        "publication": published.public_id,
        "index": "index.m3u8",
        "setup_key": setup_key,
        "uidb36": password_path.partition("-")[0],
        "key": password_path.partition("-")[2],
        "store_token": "nonsense",
        "people": {"stranger": stranger, "member": ben, "author": ana},
        "workspace": workspace,
    }


@pytest.fixture
def visitor(world, client_for) -> Callable[..., Client]:
    """Return what makes a browser of one of WHO."""

    def make(who: str, *, checks_csrf: bool = False) -> Client:
        client = client_for(world["people"].get(who))
        client.handler.enforce_csrf_checks = checks_csrf
        if who == "guest":
            token = sharing.guest_token_for(link=ShareLink.objects.get(token=world["token"]), client_id=None)
            sharing.create_guest(workspace=world["workspace"], name="Gus", token=token)
            client.cookies[GUEST_COOKIE] = token
            client.cookies[SHARE_COOKIE] = world["token"]
        return client

    return make


def send(client: Client, row: Row, world: dict[str, Any], **headers: Any) -> Any:
    path = reverse(row.route, args=[world[name] for name in row.names])
    body = None
    if row.body is not None:
        body = json.dumps(row.body).replace("{token}", world["token"])
    return client.generic(row.method, path, body or "", content_type="application/json", **headers)


def test_every_route_has_its_row() -> None:
    assert sorted(set(routes())) == sorted({row.route for row in ROWS})


@pytest.mark.parametrize("who", WHO)
@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row.method}-{row.route}")
def test_each_route_answers_each_viewer_as_its_row_says(row: Row, who: str, world, visitor) -> None:
    response = send(visitor(who), row, world)
    assert response.status_code == row.statuses[WHO.index(who)], response.content[:500]


@pytest.mark.parametrize("row", [row for row in ROWS if row.method == "GET"], ids=lambda row: row.route)
def test_each_answer_carries_its_headers(row: Row, world, visitor) -> None:
    for who in WHO:
        response = send(visitor(who), row, world)
        policy = response["Content-Security-Policy"]
        assert "default-src 'self'" in policy
        assert "object-src 'none'" in policy
        assert "frame-ancestors 'none'" in policy
        assert "unsafe-eval" not in policy
        assert "script-src 'self'" in policy
        assert response["X-Content-Type-Options"] == "nosniff"
        assert response["Referrer-Policy"] == "same-origin"
        kept = response["Cache-Control"]
        assert "private" in kept or "no-store" in kept or "public" in kept
        if "public" in kept:
            assert not response.cookies


@pytest.mark.parametrize("who", ["guest", "member", "author"])
@pytest.mark.parametrize(
    "row", [row for row in ROWS if row.method != "GET"], ids=lambda row: f"{row.method}-{row.route}"
)
def test_a_forged_request_is_refused_whoever_s_browser_sends_it(row: Row, who: str, world, visitor) -> None:
    response = send(visitor(who, checks_csrf=True), row, world)
    assert response.status_code == 403, response.content[:300]
    assert response.json()["code"] == "permission_denied"


def test_our_own_page_s_request_passes_the_same_check(world, visitor) -> None:
    client = visitor("guest", checks_csrf=True)
    client.get(reverse("share", args=[world["token"]]))
    row = next(row for row in ROWS if row.route == "api-comments" and row.method == "POST")
    response = send(client, row, world, HTTP_X_CSRFTOKEN=client.cookies["csrftoken"].value)
    assert response.status_code == 201


@pytest.mark.parametrize("who", WHO)
def test_the_admin_is_for_staff_alone(who: str, visitor) -> None:
    response = visitor(who).get("/admin/accounts/person/")
    assert response.status_code == 302
    assert "/admin/login/" in response["Location"]


def test_a_wrong_bearer_token_is_refused_even_beside_a_session(world, visitor) -> None:
    response = visitor("author").get(reverse("api-videos"), HTTP_AUTHORIZATION="Bearer nonsense")
    assert response.status_code == 401
    assert response.json()["code"] == "not_authenticated"


def test_a_right_bearer_token_needs_no_csrf(world, visitor) -> None:
    token = accounts.create_token(person=world["people"]["author"])
    client = visitor("anonymous", checks_csrf=True)
    response = client.post(
        reverse("api-videos"), VIDEO_SOURCE, content_type="application/json", HTTP_AUTHORIZATION=f"Bearer {token}"
    )
    assert response.status_code == 201


def test_the_tests_never_write_into_the_developer_s_data() -> None:
    assert Path(settings.DATA_DIR).name != "var"
