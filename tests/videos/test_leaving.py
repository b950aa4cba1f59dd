"""What somebody who has left may still do with the videos they have made: what everybody may, and no more."""

import pytest
from django.utils import timezone

from apps.accounts import services as accounts
from apps.core.store import get_store
from apps.core.viewer import Viewer
from apps.sharing import services as sharing
from apps.sharing.grants import member_grant
from apps.sharing.viewers import viewer_of_person
from apps.uploads.models import Upload
from apps.uploads.services import open_upload
from apps.videos.models import Video
from apps.videos.services import create_video
from apps.workspaces import people
from apps.workspaces.models import Membership

pytestmark = pytest.mark.django_db

VIEWS = ("viewable_by", "listed_for", "commentable_by", "editable_by", "deletable_by")


@pytest.fixture
def bens_video(ben, ana, workspace) -> Video:
    """Return a video that Ben has made before he left; Ana owns the workspace."""
    video = create_video(author=ben, workspace=workspace, title="Plan", source={"kind": "recording"})
    open_upload(video=video, source=video.sources.get(), kind="recording", size_bytes=None, content_type="video/webm")
    Video.objects.filter(pk=video.pk).update(stopped_at=timezone.now(), status=Video.Status.READY)
    video.refresh_from_db()
    return video


def seen_by(person) -> Viewer:
    viewer = viewer_of_person(person.pk)
    assert viewer is not None
    return viewer


@pytest.mark.parametrize("view", VIEWS)
@pytest.mark.parametrize("visibility", Video.Visibility.values)
def test_the_author_has_every_right_until_they_leave_and_none_after(view, visibility, ben, bens_video) -> None:
    Video.objects.filter(pk=bens_video.pk).update(visibility=visibility)
    assert getattr(Video.objects, view)(seen_by(ben)).filter(pk=bens_video.pk).exists()
    people.end_membership(of=ben.memberships.get())
    assert not getattr(Video.objects, view)(seen_by(ben)).exists()


def test_nothing_is_uploaded_any_more_and_nothing_taken_out_of_the_trash(ben, bens_video) -> None:
    assert Upload.objects.owned_by(seen_by(ben)).exists()
    Video.objects.filter(pk=bens_video.pk).update(deleted_at=timezone.now())
    assert not Upload.objects.owned_by(seen_by(ben)).exists()
    assert Video.objects.restorable_by(seen_by(ben)).exists()
    people.end_membership(of=ben.memberships.get())
    assert not Video.objects.restorable_by(seen_by(ben)).exists()


def test_who_has_left_is_a_visitor_like_any_other_behind_a_share_link(ben, bens_video, client_for) -> None:
    link = sharing.create_share_link(video=bens_video, created_by=ben)
    people.end_membership(of=ben.memberships.get())
    client = client_for(ben)
    page = client.get(f"/s/{link.token}/")
    assert page.status_code == 200
    assert (page.context["is_author"], page.context["is_member"]) == (False, False)
    told = client.get(f"/api/v1/videos/{bens_video.public_id}/", HTTP_SHARE_TOKEN=link.token).json()
    assert told["share_url"] is None
    assert client.get(f"/v/{bens_video.public_id}/").status_code == 200  # by the link that the browser remembers
    assert client_for(ben).get(f"/v/{bens_video.public_id}/").status_code == 404


def test_what_a_player_was_given_ends_with_the_membership(ben, bens_video, client_for) -> None:
    grant = member_grant(person_id=ben.pk, video_id=bens_video.pk)
    source = bens_video.sources.get()
    source.stored = [{"key": "videos/leaving", "size_bytes": 0}]
    source.save()
    get_store().put_bytes(b"", "videos/leaving", content_type="video/mp4")
    path = f"/play/{grant}/source/"
    assert client_for(None).get(path).status_code == 200
    people.end_membership(of=ben.memberships.get())
    assert client_for(None).get(path).status_code == 404


def test_the_video_and_its_name_stay_for_the_others(ana, ben, bens_video) -> None:
    people.end_membership(of=ben.memberships.get())
    video = Video.objects.listed_for(seen_by(ana)).get()
    assert (video.author_name, video.author) == ("Ben", ben)


def test_who_comes_back_finds_their_videos(ben, bens_video, workspace) -> None:
    people.end_membership(of=ben.memberships.get())
    Membership.objects.create(workspace=workspace, person=ben)
    assert Video.objects.editable_by(seen_by(ben)).get() == bens_video


def test_a_person_without_a_workspace_starts_no_video(ben, client_for) -> None:
    people.end_membership(of=ben.memberships.get())
    token = accounts.create_token(person=ben)
    body = {"source": {"kind": "recording", "content_type": "video/webm"}}
    answer = client_for(None).post(
        "/api/v1/videos/", body, content_type="application/json", HTTP_AUTHORIZATION=f"Bearer {token}"
    )
    assert answer.status_code == 403
