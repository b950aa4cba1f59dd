"""What of a video each viewer meets, by its visibility and by the rules of the link they bring."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from apps.core.viewer import Viewer
from apps.sharing import grants
from apps.sharing.models import ShareLink
from apps.sharing.viewers import rights_of
from apps.videos.models import Video
from apps.videos.services import edit_video
from apps.workspaces.models import Workspace
from tests.videoshare.conftest import WHO

pytestmark = pytest.mark.django_db


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
