"""Videos of people who left: an owner passes them on, or deletes them."""

import pytest
from django.utils import timezone

from apps.videos.models import Video
from apps.videos.services import create_video
from apps.workspaces import people
from apps.workspaces.models import Membership

pytestmark = pytest.mark.django_db

LEFT = "/settings/workspace/left/"


@pytest.fixture
def left(ana, ben, workspace) -> Video:
    """Return the private video of Ben, who has left Ana's workspace."""
    video = create_video(author=ben, workspace=workspace, title="A private plan", source={"kind": "recording"})
    Video.objects.filter(pk=video.pk).update(visibility="only_me", stopped_at=timezone.now(), status="ready")
    people.end_membership(of=ben.memberships.get())
    video.refresh_from_db()
    return video


def test_an_owner_sees_how_many_there_are_and_not_what(left, ana, client_for) -> None:
    page = client_for(ana).get(LEFT)
    assert [(row.name, row.count) for row in page.context["left"]] == [("Ben", 1)]
    assert b"A private plan" not in page.content
    assert client_for(ana).get(f"/v/{left.public_id}/").status_code == 404


def test_passed_on_they_are_the_member_s_under_the_name_as_written(left, ana, ben, client_for) -> None:
    client = client_for(ana)
    client.post(f"{LEFT}{ben.public_id}/pass/", {"to": ana.public_id})
    left.refresh_from_db()
    assert (left.author, left.author_name) == (ana, "Ben")
    assert client.get(f"/v/{left.public_id}/").status_code == 200
    assert client.get(LEFT).context["left"] == []


def test_deleted_they_are_in_the_trash(left, ana, ben, client_for) -> None:
    client_for(ana).post(f"{LEFT}{ben.public_id}/delete/")
    left.refresh_from_db()
    assert left.deleted_at is not None


def test_they_are_passed_to_members_alone(left, ana, ben, stranger, client_for) -> None:
    for to in (stranger.public_id, ben.public_id, "", "nonsense", "a\0b"):
        assert client_for(ana).post(f"{LEFT}{ben.public_id}/pass/", {"to": to}).status_code == 404
    left.refresh_from_db()
    assert left.author == ben


def test_videos_of_somebody_who_is_here_are_not_touched(left, ana, ben, workspace, client_for) -> None:
    Membership.objects.create(workspace=workspace, person=ben)
    client = client_for(ana)
    assert client.post(f"{LEFT}{ben.public_id}/pass/", {"to": ana.public_id}).status_code == 404
    assert client.post(f"{LEFT}{ben.public_id}/delete/").status_code == 404
    left.refresh_from_db()
    assert (left.author, left.deleted_at) == (ben, None)


def test_videos_of_another_workspace_are_not_touched(left, ben, stranger, client_for) -> None:
    client = client_for(stranger)
    assert client.get(LEFT).context["left"] == []
    assert client.post(f"{LEFT}{ben.public_id}/delete/").status_code == 404


def test_videos_whose_author_s_account_is_gone_are_passed_on_too(left, ana, ben, client_for) -> None:
    ben.delete()
    client = client_for(ana)
    (row,) = client.get(LEFT).context["left"]
    client.post(f"{LEFT}{row.public_id}/pass/", {"to": ana.public_id})
    left.refresh_from_db()
    assert left.author == ana


def test_admins_and_members_have_no_such_page(left, ben, ana, workspace, client_for) -> None:
    Membership.objects.create(workspace=workspace, person=ben, role="admin")
    assert client_for(ben).get(LEFT).status_code == 404
    assert client_for(ben).post(f"{LEFT}{ana.public_id}/delete/").status_code == 404
