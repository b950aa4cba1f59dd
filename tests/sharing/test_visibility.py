"""Which members see a video: its author alone, people who are named, the workspace. Links stand apart from it."""

import re
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from apps.accounts.models import Person
from apps.core.viewer import Viewer
from apps.sharing import grants
from apps.sharing.services import create_share_link
from apps.videos.models import Publication, Video
from apps.videos.services import create_video, move_to_trash
from apps.workspaces.models import Membership
from tests.conftest import person_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def kim(workspace) -> Person:
    """Return another colleague of Ana's."""
    return person_in(workspace, "kim@example.com", "Kim", Membership.Role.MEMBER)


@pytest.fixture
def olga(workspace) -> Person:
    """Return an admin of Ana's workspace."""
    return person_in(workspace, "olga@example.com", "Olga", Membership.Role.ADMIN)


@pytest.fixture
def video(ana, workspace) -> Video:
    """Return a ready video of Ana's, with a poster."""
    made = create_video(author=ana, workspace=workspace, title="Secret plan", source={"kind": "recording"})
    published = Publication.objects.create(
        source=made.sources.get(),
        source_bytes=5,
        duration_ms=1000,
        has_video=True,
        has_audio=True,
        poster_key="videos/test/poster.jpg",
    )
    Video.objects.filter(pk=made.pk).update(
        status=Video.Status.READY, stopped_at=timezone.now(), sent_at=timezone.now(), current_publication=published
    )
    made.refresh_from_db()
    return made


@pytest.fixture
def edit(client_for, ana, video):
    """Return what changes the video as Ana."""

    def send(person: Person = ana, **fields: Any) -> Any:
        path = f"/api/v1/videos/{video.public_id}/"
        return client_for(person).patch(path, fields, content_type="application/json")

    return send


def sees(client: Client, video: Video) -> bool:
    """Return whether a member sees it: as a page, by the API, in lists, in the library and its search, all alike."""
    listed = any(row["id"] == video.public_id for row in client.get("/api/v1/videos/").json()["results"])
    found = client.get("/api/v1/videos/", {"q": "Secret"}).json()["results"]
    answers = {
        client.get(f"/v/{video.public_id}/").status_code == 200,
        client.get(f"/api/v1/videos/{video.public_id}/").status_code == 200,
        client.get(f"/api/v1/videos/{video.public_id}/playback/").status_code == 200,
        client.get(f"/api/v1/videos/{video.public_id}/comments/").status_code == 200,
        client.get(f"/api/v1/videos/{video.public_id}/members/").status_code == 200,
        b"Secret plan" in client.get("/").content,
        b"Secret plan" in client.get("/", {"q": "secret"}).content,
        any(row["id"] == video.public_id for row in found),
        listed,
    }
    assert len(answers) == 1, "what opens a video in one place opens it in all"
    return answers.pop()


def test_named_people_see_it_and_no_other_colleague(edit, video, client_for, ana, ben, kim, olga) -> None:
    answer = edit(visibility="named_people", named_people=[ben.public_id])
    assert answer.status_code == 200
    assert answer.json()["named_people"] == [{"id": ben.public_id, "name": "Ben"}]
    assert [sees(client_for(person), video) for person in (ana, ben, kim, olga)] == [True, True, False, False]


def test_only_me_is_the_author_alone_and_workspace_is_everybody(edit, video, client_for, ana, ben, stranger) -> None:
    edit(visibility="only_me", named_people=[ben.public_id])
    assert [sees(client_for(person), video) for person in (ana, ben, stranger)] == [True, False, False]
    edit(visibility="workspace")
    assert [sees(client_for(person), video) for person in (ana, ben, stranger)] == [True, True, False]


def test_a_video_stands_once_in_the_list_of_each_of_its_readers(edit, client_for, ben, kim) -> None:
    edit(visibility="named_people", named_people=[ben.public_id, kim.public_id])
    assert len(client_for(ben).get("/api/v1/videos/").json()["results"]) == 1


def test_who_is_taken_off_the_list_loses_it_at_once_and_the_bytes_with_it(edit, video, client_for, ben, kim) -> None:
    edit(visibility="named_people", named_people=[ben.public_id, kim.public_id])
    client = client_for(ben)
    poster = client.get(f"/api/v1/videos/{video.public_id}/playback/").json()["poster_url"]
    assert client.get(poster).status_code == 302
    edit(named_people=[kim.public_id])
    assert not sees(client, video)
    assert client.get(poster).status_code == 404
    assert sees(client_for(kim), video)


def test_a_reader_who_leaves_the_workspace_loses_it(edit, video, client_for, ben) -> None:
    edit(visibility="named_people", named_people=[ben.public_id])
    Membership.objects.filter(person=ben).delete()
    path = f"/play/{grants.member_grant(person_id=ben.pk, video_id=video.pk)}/"
    assert edit().json()["named_people"] == []
    assert client_for(ben).get(f"/v/{video.public_id}/").status_code == 404
    assert Client().get(f"{path}{video.current_publication.public_id}/poster.jpg").status_code == 404


def test_only_members_of_the_workspace_can_be_named(edit, video, ben, stranger) -> None:
    for ids in (["nonsense"], [ben.public_id, stranger.public_id], [""], "nobody", [None]):
        assert edit(visibility="only_me", named_people=ids).status_code == 400
    video.refresh_from_db()
    assert video.visibility == "workspace"
    assert video.readers.count() == 0


def test_naming_oneself_or_somebody_twice_changes_nothing(edit, video, ana, ben) -> None:
    answer = edit(visibility="named_people", named_people=[ana.public_id, ben.public_id, ben.public_id])
    assert [person["name"] for person in answer.json()["named_people"]] == ["Ben"]


def test_only_the_author_says_who_sees_it_and_knows_who_does(edit, video, client_for, ben, kim) -> None:
    edit(visibility="named_people", named_people=[ben.public_id])
    assert edit(ben, visibility="workspace").status_code == 404
    assert client_for(ben).get(f"/api/v1/videos/{video.public_id}/").json()["named_people"] is None


def test_owners_and_admins_neither_delete_nor_restore_what_is_not_for_them(edit, video, olga, ben) -> None:
    admin = Viewer(
        person_id=olga.pk,
        workspace_ids=frozenset({video.workspace_id}),
        managed_workspace_ids=frozenset({video.workspace_id}),
    )
    for visibility in ("only_me", "named_people"):
        edit(visibility=visibility, named_people=[ben.public_id])
        assert not Video.objects.deletable_by(admin).exists()
    move_to_trash(video=video)
    assert not Video.objects.restorable_by(admin).exists()


def test_members_are_told_with_whether_they_see_it(edit, video, client_for, ana, ben, kim, stranger) -> None:
    edit(visibility="named_people", named_people=[ben.public_id])
    client, path = client_for(ana), f"/api/v1/videos/{video.public_id}/members/"
    told = [(row["name"], row["sees_it"], row["is_me"]) for row in client.get(path).json()["results"]]
    assert told == [("Ana", True, True), ("Ben", True, False), ("Kim", False, False)]
    assert [row["name"] for row in client.get(path, {"search": "KI"}).json()["results"]] == ["Kim"]
    assert client.get(path, {"search": "example.com"}).json()["results"] == []


def test_somebody_who_does_not_see_a_video_is_not_mentioned_on_it(edit, video, client_for, ana, ben, kim) -> None:
    edit(visibility="named_people", named_people=[ben.public_id])
    path = f"/api/v1/videos/{video.public_id}/comments/"
    answers = [
        client_for(ana).post(path, {"body": "Look", "mentions": [person.public_id]}, content_type="application/json")
        for person in (ben, kim)
    ]
    assert [answer.status_code for answer in answers] == [201, 400]


@pytest.mark.parametrize(("code", "colleagues"), [("empty_source", False), ("no_media", False), ("not_media", True)])
def test_what_failed_with_nothing_in_it_is_its_authors_alone(
    code: str, colleagues: bool, video, client_for, ana, ben, olga
) -> None:
    Video.objects.filter(pk=video.pk).update(
        status=Video.Status.FAILED, failure_code=code, current_publication=None, duration_ms=None
    )
    assert [sees(client_for(person), video) for person in (ana, ben, olga)] == [True, colleagues, colleagues]
    video.refresh_from_db()
    assert set(video.members_who_see()) == ({ana, ben, olga} if colleagues else {ana})


def test_a_link_opens_it_whatever_members_see(edit, video, ana) -> None:
    link = create_share_link(video=video, created_by=ana)
    for visibility in ("only_me", "named_people", "workspace"):
        edit(visibility=visibility)
        assert Client().get(f"/s/{link.token}/").status_code == 200


def test_people_are_invited_to_a_video_that_they_will_see_and_else_to_the_workspace(ana, video, client_for) -> None:
    def shown() -> str:
        page = client_for(ana).get(f"/v/{video.public_id}/").content.decode()
        (href,) = re.findall(r'<p [^>]*data-for-visibility="[^"]*"><a href="([^"]*)">Invite people', page)
        return str(href)

    invited_to = f"lands_on=/v/{video.public_id}/"
    assert invited_to in shown()
    Video.objects.filter(pk=video.pk).update(visibility=Video.Visibility.ONLY_ME)
    assert invited_to not in shown()
