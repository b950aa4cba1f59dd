"""Who may open which route: every route of the URL map has its row here, and a new one without a row fails.

The cast: nobody signed in, a stranger with an account in another team, a guest who came by the video's link, a
member of the author's team, and the author. `x` in a row's path stands for what the world below holds.
"""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.db import transaction
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse
from django.utils import timezone

from apps.accounts import services as accounts
from apps.accounts.models import Person
from apps.attention.models import AnswerSubscription
from apps.comments import services as comments
from apps.core.store import get_store
from apps.core.viewer import Viewer
from apps.sharing import grants, personal
from apps.sharing import services as sharing
from apps.sharing.models import ShareLink
from apps.sharing.viewers import GUEST_COOKIE, SHARE_COOKIE, rights_of
from apps.uploads import services as uploads
from apps.videos.captions import add_track
from apps.videos.models import Publication, Rendition, Sound, Storyboard, Video
from apps.videos.services import create_video, edit_video
from apps.workspaces import invites
from apps.workspaces.models import Workspace

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
CAPTIONS = {"language": "de", "vtt": "WEBVTT\n\n00:01.000 --> 00:02.000\nHallo\n"}
ANSWER_MAIL = {"email": "gus@example.org", "time_zone": "Europe/Berlin"}
PICTURES = ("poster", "sprite", "preview")
PART = {"parts": [{"number": 1, "size_bytes": 3, "sha256": "a" * 64}]}

ROWS = (
    Row("healthz", (200, 200, 200, 200, 200)),
    Row("readyz", (503, 503, 503, 503, 503)),  # no worker runs in this test
    Row("schema", (200, 200, 200, 200, 200)),
    Row("api-docs", (200, 200, 200, 200, 200)),
    # Pages
    Row("library", (302, 200, 302, 200, 200)),
    Row("set-aside", (302, 302, 302, 302, 302), method="POST"),
    Row("trash", (302, 200, 302, 200, 200)),
    Row("record", (302, 200, 302, 200, 200)),
    Row("upload", (302, 200, 302, 200, 200)),
    Row("watch", (302, 404, 200, 200, 200), names=("public_id",)),
    Row("share", (200, 200, 200, 200, 200), names=("token",)),
    Row("personal-link", (302, 302, 200, 302, 302), names=("personal_key",)),  # the guest here is another one: asked
    Row("confirm-mail", (200, 200, 200, 200, 200), names=("mail_key",)),
    Row("stop-mail", (200, 200, 200, 200, 200), names=("mail_key",)),
    Row("setup", (404, 404, 404, 404, 404), names=("setup_key",)),
    # Settings: the stranger owns a workspace of their own, the member only belongs to the author's
    Row("settings", (302, 200, 302, 200, 200)),
    Row("set-picture", (302, 422, 302, 422, 422), method="POST"),
    Row("remove-picture", (302, 302, 302, 302, 302), method="POST"),
    Row("person-picture", (404, 404, 404, 200, 200), names=("author_id", "picture")),
    Row("api-tokens", (302, 200, 302, 200, 200)),
    Row("revoke-token", (302, 404, 302, 404, 302), method="POST", names=("api_token",)),
    Row("name-workspace", (302, 200, 302, 404, 200)),
    Row("workspace-settings", (302, 200, 302, 200, 200)),
    Row("workspace-settings", (302, 422, 302, 404, 422), method="POST"),
    Row("leave-workspace", (302, 200, 302, 200, 200)),
    Row("invite", (200, 200, 200, 302, 302), names=("invite_key",)),
    Row("invite-people", (302, 200, 302, 200, 200)),
    Row("make-invite-link", (302, 422, 302, 404, 422), method="POST"),
    Row("send-invites", (302, 422, 302, 404, 422), method="POST"),
    Row("revoke-invite", (302, 404, 302, 404, 302), method="POST", names=("invite",)),
    Row("change-role", (302, 404, 302, 404, 302), method="POST", names=("member_id",)),
    Row("remove-member", (302, 404, 302, 404, 200), names=("member_id",)),
    Row("make-password-link", (302, 404, 302, 404, 404), method="POST", names=("member_id",)),  # mail is configured
    Row("left-videos", (302, 200, 302, 404, 200)),
    Row("pass-on-videos", (302, 404, 302, 404, 404), method="POST", names=("leaver_id",)),  # to nobody
    Row("delete-left-videos", (302, 404, 302, 404, 302), method="POST", names=("leaver_id",)),
    Row("account_login", (200, 302, 200, 302, 302)),
    Row("account_logout", (302, 200, 302, 200, 200)),
    Row("account_signup", (200, 302, 200, 302, 302)),
    Row("account_reset_password", (200, 200, 200, 200, 200)),
    Row("account_reset_password_done", (200, 200, 200, 200, 200)),
    Row("account_change_password", (302, 200, 302, 200, 200)),
    Row(
        "account_reset_password_from_key", (302, 302, 302, 200, 302), names=("uidb36", "key")
    ),  # the member's own: signing in used it up
    Row("account_reset_password_from_key_done", (200, 200, 200, 200, 200)),
    # Playing: the grant is the author's, whoever brings it
    Row("play", (200, 200, 200, 200, 200), names=("grant", "publication", "index")),
    Row("play", (200, 200, 200, 200, 200), names=("grant", "publication", "waveform")),
    Row("play", (200, 200, 200, 200, 200), names=("grant", "publication", "storyboard")),
    *(Row("play", (302, 302, 302, 302, 302), names=("grant", "publication", name)) for name in PICTURES),
    Row("play-captions", (200, 200, 200, 200, 200), names=("grant", "captions")),
    Row("play-source", (404, 404, 404, 404, 404), names=("grant",)),
    Row("local-store", (404, 404, 404, 404, 404), names=("store_token",)),
    # API: videos
    Row("api-videos", (401, 200, 401, 200, 200)),
    Row("api-videos", (401, 201, 401, 201, 201), method="POST", body=VIDEO_SOURCE),
    Row("api-video", (404, 404, 200, 200, 200), names=("public_id",)),
    Row("api-video", (401, 404, 401, 404, 200), method="PATCH", body={"title": "New"}, names=("public_id",)),
    Row("api-video", (401, 404, 401, 404, 204), method="DELETE", names=("public_id",)),
    Row("api-poster", (401, 404, 401, 404, 422), method="PUT", body={}, names=("public_id",)),  # no picture
    Row("api-poster", (401, 404, 401, 404, 204), method="DELETE", names=("public_id",)),
    Row("api-video-uploads", (401, 404, 401, 404, 201), method="POST", body=VIDEO_SOURCE, names=("public_id",)),
    Row("api-send", (401, 404, 401, 404, 200), method="POST", names=("public_id",)),
    Row("api-retry", (401, 404, 401, 404, 409), method="POST", names=("public_id",)),
    Row("api-restore", (401, 404, 401, 404, 404), method="POST", names=("public_id",)),  # it is not in the trash
    Row("api-trash", (401, 200, 401, 200, 200)),
    Row("api-trash", (401, 204, 401, 204, 204), method="DELETE"),
    Row("api-trashed-video", (401, 404, 401, 404, 404), method="DELETE", names=("public_id",)),
    Row("api-playback", (404, 404, 200, 200, 200), names=("public_id",)),
    Row("api-source", (401, 404, 401, 404, 404), names=("public_id",)),
    Row("api-captions", (404, 404, 200, 200, 200), names=("public_id",)),
    Row("api-captions", (401, 404, 401, 404, 201), method="POST", body=CAPTIONS, names=("public_id",)),
    Row("api-caption", (401, 404, 401, 404, 200), method="PATCH", body={"label": "New"}, names=("captions",)),
    Row("api-caption", (401, 404, 401, 404, 204), method="DELETE", names=("captions",)),
    Row("api-video-members", (401, 404, 401, 200, 200), names=("public_id",)),
    # API: uploads
    Row("api-uploads", (401, 200, 401, 200, 200)),
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
    Row("api-personal-link", (404, 404, 200, 404, 404), method="POST", names=("public_id",)),
    Row("api-personal-link", (404, 404, 204, 404, 404), method="DELETE", names=("public_id",)),
    Row("api-answer-mail", (404, 404, 200, 404, 404), names=("public_id",)),
    Row("api-answer-mail", (404, 404, 200, 404, 404), method="PUT", body=ANSWER_MAIL, names=("public_id",)),
    Row("api-answer-mail", (404, 404, 204, 404, 404), method="DELETE", names=("public_id",)),
    Row("api-seen", (404, 404, 204, 204, 204), method="PUT", body={}, names=("public_id",)),
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
def world(ana, ben, stranger, workspace, settings) -> dict[str, Any]:
    """One video of Ana's that is ready and shared, with a comment, and everything that rows name."""
    video = create_video(author=ana, workspace=workspace, title="Plan", source={"kind": "recording"})
    upload = uploads.open_upload(
        video=video, source=video.sources.get(), kind="recording", size_bytes=None, content_type="video/webm"
    )
    published = Publication.objects.create(
        source=video.sources.get(),
        source_bytes=5,
        duration_ms=1000,
        has_video=True,
        has_audio=True,
        poster_key="videos/x/y/poster.1.jpg",
        preview_key="videos/x/y/preview.1.webp",
    )
    Storyboard.objects.create(
        publication=published,
        key="videos/x/y/storyboard.1.jpg",
        tile_width=160,
        tile_height=90,
        columns=10,
        times_ms=[0, 500],
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
    Sound.objects.create(publication=published, interval_ms=50, peaks=[7], silences=[])
    Video.objects.filter(pk=video.pk).update(
        status=Video.Status.READY, stopped_at=timezone.now(), current_publication=published
    )
    video.refresh_from_db()
    link = sharing.create_share_link(video=video, created_by=ana)
    comment = comments.add_comment(video=video, member=ana, guest=None, body="Why this number?", timestamp_ms=42_000)
    settings.EMAIL_URL = "smtp://localhost"  # mails can be asked for; none is sent here
    kim = sharing.create_guest(workspace=workspace, name="Kim", token="kims")
    subscription = AnswerSubscription.objects.create(guest=kim, video=video, share_link=link, email="kim@example.org")
    leaver = Person.objects.create_user("lee@example.com", name="Lee")
    create_video(author=leaver, workspace=workspace, title="Left", source={"kind": "recording"})
    get_store().put_bytes(b"face", "people/x/face.webp", content_type="image/webp")
    Person.objects.filter(pk=ana.pk).update(picture_key="people/x/face.webp")
    accounts.create_token(person=ana, name="A program")
    invite = invites.make_link(by=ana.memberships.get(), role="member", days=7, max_uses=None)
    setup_key = "owner:wrong"
    password_path = accounts.password_link(person=ben).rstrip("/").rpartition("/")[2]
    return {
        "public_id": video.public_id,
        "token": link.token,
        "link": link.public_id,
        "upload": upload.public_id,
        "captions": add_track(video=video, language="en", label="", text=CAPTIONS["vtt"]).public_id,
        "comment": comment.public_id,
        "reaction": comments.react(comment=comment, member=ana, guest=None, emoji="👏").public_id,
        "grant": grants.member_grant(person_id=ana.pk, video_id=video.pk),
        "publication": published.public_id,
        "index": "index.m3u8",
        "waveform": "waveform.json",
        "poster": "poster.jpg",
        "storyboard": "storyboard.vtt",
        "sprite": "storyboard.jpg",
        "preview": "preview.webp",
        "personal_key": personal.personal_link_of(guest=kim, share_link=link).key,
        "mail_key": subscription.key,
        "setup_key": setup_key,
        "author_id": ana.public_id,
        "picture": "face.webp",
        "api_token": ana.api_tokens.get().pk,
        "invite_key": invite.key,
        "invite": invite.public_id,
        "member_id": ben.public_id,
        "leaver_id": leaver.public_id,
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


@contextmanager
def undone() -> Iterator[None]:
    """Take back what is written within: the next viewer meets the same world."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row.method}-{row.route}")
def test_each_route_answers_each_viewer_as_its_row_says(row: Row, world, visitor) -> None:
    answered = {}
    for who in WHO:
        with undone():
            answered[who] = send(visitor(who), row, world).status_code
    assert answered == dict(zip(WHO, row.statuses, strict=True))


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


@pytest.mark.parametrize(
    "row", [row for row in ROWS if row.method != "GET"], ids=lambda row: f"{row.method}-{row.route}"
)
def test_a_forged_request_is_refused_whoever_s_browser_sends_it(row: Row, world, visitor) -> None:
    for who in ("guest", "member", "author"):
        response = send(visitor(who, checks_csrf=True), row, world)
        assert response.status_code == 403, (who, response.content[:300])
        if response["Content-Type"].startswith("application/json"):
            assert response.json()["code"] == "permission_denied"
        else:
            assert not reverse(row.route, args=[world[name] for name in row.names]).startswith("/api/")


# One click in a mail program ends mails (RFC 8058), and a part's bytes come with an address that is signed for them.
NEEDS_NO_CSRF_TOKEN = {("POST", "stop-mail"), ("PUT", "local-store")}


def test_no_other_method_of_a_route_takes_a_forged_request(world, visitor) -> None:
    taken = set()
    for route in sorted({row.route for row in ROWS}):
        names = next(row.names for row in ROWS if row.route == route)
        for method in ("POST", "PUT", "PATCH", "DELETE"):
            row = Row(route, (403, 403, 403, 403, 403), method=method, names=names)
            if send(visitor("author", checks_csrf=True), row, world).status_code not in {403, 405}:
                taken.add((method, route))
    assert taken == NEEDS_NO_CSRF_TOKEN


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


# --- what of a video each of WHO meets, by its visibility and by the rules of the link they bring ----------------


def met(client: Client, world: dict[str, Any], *, bytes_from: str, **headers: Any) -> tuple[int, int, int, int, int]:
    """Return the statuses of page, video, playback, comments and bytes for one visitor."""
    video = world["public_id"]
    page = reverse("share", args=[world["token"]]) if headers else reverse("watch", args=[video])
    paths = [reverse(name, args=[video]) for name in ("api-video", "api-playback", "api-comments")]
    answers = [client.get(page), *(client.get(path, **headers) for path in paths), Client().get(bytes_from)]
    first, *others = (answer.status_code for answer in answers)
    return (first, others[0], others[1], others[2], others[3])


def bytes_by(world: dict[str, Any], grant: str) -> str:
    """Return the address of the video's bytes under a grant."""
    return reverse("play", args=[grant, world["publication"], "copy.mp4"])


@dataclass(frozen=True)
class SeenBy:
    """A visibility, the member named or not, and which of WHO see the video: the guest by a link, whatever it is.

    `failure_code` is why it failed, "" for one that did not.
    """

    visibility: str
    names_member: bool
    sees: tuple[bool, bool, bool, bool, bool]
    failure_code: str = ""


VISIBILITIES = (
    SeenBy("workspace", False, (False, False, True, True, True)),
    SeenBy("named_people", True, (False, False, True, True, True)),
    SeenBy("named_people", False, (False, False, True, False, True)),
    SeenBy("only_me", True, (False, False, True, False, True)),
    SeenBy("workspace", False, (False, False, True, True, True), "not_media"),  # its bytes are there
    *(
        SeenBy(visibility, True, (False, False, True, False, True), code)
        for visibility in ("workspace", "named_people")
        for code in ("empty_source", "upload_abandoned", "no_media")
    ),
)


@pytest.mark.parametrize("who", WHO)
@pytest.mark.parametrize("row", VISIBILITIES, ids=lambda row: f"{row.visibility}-{row.names_member}-{row.failure_code}")
def test_members_see_a_video_as_its_visibility_says(row: SeenBy, who: str, world, visitor) -> None:
    video, people = Video.objects.get(public_id=world["public_id"]), world["people"]
    named = [people["member"]] if row.names_member else []
    edit_video(video=video, visibility=row.visibility, named_people=named)
    if row.failure_code:
        Video.objects.filter(pk=video.pk).update(status=Video.Status.FAILED, failure_code=row.failure_code)
    person = people.get(who)
    grant = grants.member_grant(person_id=person.pk if person else 0, video_id=video.pk)
    if who == "guest":
        grant = link_grant(world)
    statuses = met(visitor(who), world, bytes_from=bytes_by(world, grant))
    if row.sees[WHO.index(who)]:
        assert statuses == (200, 200, 200, 200, 302)
    else:
        assert statuses == (302 if who == "anonymous" else 404, 404, 404, 404, 404)


def link_grant(world: dict[str, Any]) -> str:
    """Return the play grant of whoever has the world's link, as it is now."""
    rights = rights_of(ShareLink.objects.get(token=world["token"]), share_token=world["token"])
    video = Video.objects.get(public_id=world["public_id"])
    return grants.grant_for(viewer=Viewer().with_link(rights), video=video)


@dataclass(frozen=True)
class LinkRule:
    """What is done to the link of a video that no member sees, and what each of WHO then meets with it.

    `api` is the answer to video, playback and comments alike; `by_bytes` that to a grant from before.
    """

    name: str
    change: dict[str, Any]
    page: tuple[int, int, int, int, int]
    api: tuple[int, int, int, int, int]
    by_bytes: int
    code: str = ""


GONE = {"expires_at": timezone.now() - timedelta(days=1)}
LINK_RULES = (
    LinkRule("open", {}, (200,) * 5, (200,) * 5, 302),
    LinkRule("revoked", {"revoked_at": timezone.now()}, (404,) * 5, (401,) * 5, 404, "not_authenticated"),
    LinkRule("expired", GONE, (410,) * 5, (410,) * 5, 410, "expired"),
    LinkRule("links off", {}, (404,) * 5, (401,) * 5, 404, "not_authenticated"),
    LinkRule("in the trash", {}, (404,) * 5, (401,) * 5, 404, "not_authenticated"),
    LinkRule("password", {"password_hash": "x"}, (403,) * 5, (403, 403, 403, 403, 200), 404, "password_needed"),
    LinkRule(
        "needs name", {"needs_name": True}, (403, 200, 200, 200, 200), (403, 200, 200, 200, 200), 404, "name_needed"
    ),
)


@pytest.mark.parametrize("who", WHO)
@pytest.mark.parametrize("row", LINK_RULES, ids=lambda row: row.name)
def test_a_link_opens_a_video_as_its_rules_say(row: LinkRule, who: str, world, visitor) -> None:
    Video.objects.update(visibility=Video.Visibility.ONLY_ME)
    client, granted = visitor(who), bytes_by(world, link_grant(world))
    ShareLink.objects.filter(token=world["token"]).update(**{"name": row.name, **row.change})
    if row.name == "links off":
        Workspace.objects.update(links_enabled=False)
    if row.name == "in the trash":
        Video.objects.update(deleted_at=timezone.now())
    *statuses, by_bytes = met(client, world, bytes_from=granted, HTTP_SHARE_TOKEN=world["token"])
    status = row.api[WHO.index(who)]
    assert statuses == [row.page[WHO.index(who)], status, status, status]
    assert by_bytes == row.by_bytes
    if status >= 400:
        told = client.get(reverse("api-playback", args=[world["public_id"]]), HTTP_SHARE_TOKEN=world["token"])
        assert told.json()["code"] == row.code


@dataclass(frozen=True)
class TalkRule:
    """A rule of the link, how many of Ana's one comment each of WHO reads by it, and the answer to writing one."""

    change: dict[str, Any]
    reads: tuple[int, int, int, int, int]
    writes: tuple[int, int, int, int, int]


TALK_RULES = (
    TalkRule({"conversation": "all"}, (1, 1, 1, 1, 1), (401, 201, 201, 201, 201)),
    TalkRule({"conversation": "own"}, (0, 0, 0, 0, 1), (401, 201, 201, 201, 201)),
    TalkRule({"conversation": "none"}, (0, 0, 0, 0, 1), (401, 201, 201, 201, 201)),
    TalkRule({"can_comment": False}, (1, 1, 1, 1, 1), (403, 403, 403, 403, 201)),
)


@pytest.mark.parametrize("who", WHO)
@pytest.mark.parametrize("row", TALK_RULES, ids=lambda row: str(row.change))
def test_a_link_shows_and_takes_comments_as_its_rules_say(row: TalkRule, who: str, world, visitor) -> None:
    Video.objects.update(visibility=Video.Visibility.ONLY_ME)
    ShareLink.objects.filter(token=world["token"]).update(**row.change)
    client, path = visitor(who), reverse("api-comments", args=[world["public_id"]])
    read = client.get(path, HTTP_SHARE_TOKEN=world["token"]).json()["results"]
    assert len(read) == row.reads[WHO.index(who)]
    written = client.post(path, {"body": "Why?"}, content_type="application/json", HTTP_SHARE_TOKEN=world["token"])
    assert written.status_code == row.writes[WHO.index(who)]


def test_the_tests_never_write_into_the_developer_s_data() -> None:
    assert Path(settings.DATA_DIR).name != "var"
