"""Who may open which route: every route of the URL map has its row here, and a new one without a row fails.

`x` in a row's path stands for what the world of conftest.py holds; the viewers stand there, too.
"""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.db import transaction
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from apps.accounts import services as accounts
from tests.videoshare.conftest import CAPTIONS, WHO

pytestmark = pytest.mark.django_db


@dataclass(frozen=True)
class Row:
    """What one request on one route answers to each of WHO, in that order."""

    route: str
    statuses: tuple[int, int, int, int, int]
    method: str = "GET"
    body: dict[str, Any] | None = None
    names: tuple[str, ...] = ()  # keys of the world that fill the route's arguments


VIDEO_SOURCE = {"source": {"kind": "recording", "content_type": "video/webm"}}
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


def test_the_tests_never_write_into_the_developer_s_data() -> None:
    assert Path(settings.DATA_DIR).name != "var"
