"""What counts as having opened a video, and what does not."""

from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from apps.comments.cursors import cursor_for
from apps.comments.services import add_comment
from apps.core.viewer import Viewer
from apps.insights import services
from apps.insights.models import Seen
from apps.insights.news import new_for
from apps.sharing import services as sharing
from apps.sharing.models import Guest
from apps.sharing.viewers import GUEST_COOKIE
from apps.videos.models import Video
from tests.watchable import watchable_video

pytestmark = pytest.mark.django_db


@pytest.fixture
def video(ana, workspace) -> Video:
    return watchable_video(ana, workspace)


def test_a_member_s_second_look_is_the_same_row_with_a_later_moment(client_for, ben, video) -> None:
    client_for(ben).get(f"/v/{video.public_id}/")
    first = Seen.objects.get(member=ben, video=video)
    with time_machine.travel(timezone.now() + timedelta(hours=1)):
        client_for(ben).get(f"/v/{video.public_id}/")
    again = Seen.objects.get(member=ben, video=video)
    assert again.pk == first.pk
    assert again.opened_at == first.opened_at
    assert first.last_opened_at is not None
    assert again.last_opened_at is not None
    assert again.last_opened_at > first.last_opened_at


def test_a_guest_with_a_name_is_noted_and_a_visitor_without_one_leaves_no_row(
    client_for, ana, workspace, video
) -> None:
    link = sharing.create_share_link(video=video, created_by=ana)
    visitor = client_for(None)
    assert visitor.get(f"/s/{link.token}/").status_code == 200
    assert not Seen.objects.exists()
    token = sharing.guest_token_for(link=link, client_id=None)
    guest = sharing.create_guest(workspace=workspace, name="Gus", token=token)
    visitor.cookies[GUEST_COOKIE] = token
    visitor.get(f"/s/{link.token}/")
    assert Seen.objects.get().guest == guest


def test_a_name_given_to_another_team_is_not_noted(client_for, ana, other_workspace, video) -> None:
    link = sharing.create_share_link(video=video, created_by=ana)
    token = sharing.guest_token_for(link=link, client_id=None)
    sharing.create_guest(workspace=other_workspace, name="Gus", token=token)
    visitor = client_for(None)
    visitor.cookies[GUEST_COOKIE] = token
    assert visitor.get(f"/s/{link.token}/").status_code == 200
    assert (
        visitor.put(f"/api/v1/videos/{video.public_id}/seen/", {}, content_type="application/json").status_code == 204
    )
    assert not Seen.objects.exists()


def test_a_member_who_comes_by_a_link_is_noted_as_the_member(client_for, ana, stranger, video) -> None:
    link = sharing.create_share_link(video=video, created_by=ana)
    client_for(stranger).get(f"/s/{link.token}/")
    assert Seen.objects.get().member == stranger


def test_a_look_by_head_is_nobody_s(client_for, ben, video) -> None:
    assert client_for(ben).head(f"/v/{video.public_id}/").status_code == 200
    assert not Seen.objects.exists()


@pytest.mark.parametrize("headers", [{"Sec-Purpose": "prefetch;prerender"}, {"Purpose": "prefetch"}])
def test_a_page_that_is_fetched_ahead_is_refused_so_that_its_opening_is_asked_for(
    client_for, ana, ben, video, headers
) -> None:
    link = sharing.create_share_link(video=video, created_by=ana)
    for path in (f"/v/{video.public_id}/", f"/s/{link.token}/"):
        refused = client_for(ben).get(path, headers=headers)
        assert (refused.status_code, refused["Retry-After"]) == (503, "60")
    assert not Seen.objects.exists()


def test_who_may_not_watch_opens_nothing(client_for, stranger, video) -> None:
    assert client_for(stranger).get(f"/v/{video.public_id}/").status_code == 404
    assert not Seen.objects.exists()


def test_what_does_not_play_yet_was_not_opened(client_for, ben, video) -> None:
    Video.objects.filter(pk=video.pk).update(current_publication=None, status=Video.Status.PROCESSING)
    assert client_for(ben).get(f"/v/{video.public_id}/").status_code == 200
    assert not Seen.objects.exists()


def test_two_tabs_at_once_make_one_row(ben, video, monkeypatch) -> None:
    viewer = Viewer(person_id=ben.pk)
    rows = Seen.objects.filter(video=video, member=ben)

    class NotThereYet:
        """What the second tab's look finds in the moment before the first one's row is written."""

        def filter(self, **_conditions: object) -> "NotThereYet":
            return self

        def update(self, **_values: object) -> int:
            return 0

    services.note_opened(video=video, viewer=viewer)
    monkeypatch.setattr(Seen.objects, "filter", lambda **_conditions: NotThereYet())
    services.note_opened(video=video, viewer=viewer)
    assert rows.count() == 1


def test_who_set_a_video_aside_has_not_opened_it_until_they_do(ben, video) -> None:
    services.set_aside(person_id=ben.pk, video_ids=[video.pk], until=timezone.now())
    row = Seen.objects.get(member=ben)
    assert (row.opened_at, row.last_opened_at) == (None, None)
    services.note_opened(video=video, viewer=Viewer(person_id=ben.pk))
    row.refresh_from_db()
    assert row.opened_at is not None
    assert Guest.objects.count() == 0


# While the page stays open


def see(client, video: Video, **body: str) -> int:
    return client.put(f"/api/v1/videos/{video.public_id}/seen/", body, content_type="application/json").status_code


def cursor_after(comment) -> str:
    """Return the cursor of who has read up to this comment."""
    return cursor_for(video_id=comment.video_id, change=comment.change_seq, rights=bytes(8))


def test_what_was_read_up_to_a_cursor_is_no_news_and_what_came_after_it_is(client_for, ana, ben, video) -> None:
    client = client_for(ana)
    client.get(f"/v/{video.public_id}/")
    read = add_comment(video=video, member=ben, guest=None, body="Why?")
    add_comment(video=video, member=ben, guest=None, body="And?")
    assert [news.count for news in new_for(ana)] == [2]
    assert see(client, video, after=cursor_after(read)) == 204
    assert [news.count for news in new_for(ana)] == [1]


def test_an_older_cursor_takes_nothing_back(client_for, ana, ben, video) -> None:
    client = client_for(ana)
    first = add_comment(video=video, member=ben, guest=None, body="Why?")
    add_comment(video=video, member=ben, guest=None, body="And?")
    client.get(f"/v/{video.public_id}/")
    see(client, video, after=cursor_after(first))
    assert new_for(ana) == []


def test_a_cursor_opens_nothing_for_who_never_did(client_for, ana, ben, video) -> None:
    read = add_comment(video=video, member=ana, guest=None, body="Why?")
    see(client_for(ben), video, after=cursor_after(read))
    assert not Seen.objects.exists()


def test_a_video_that_became_playable_while_its_page_was_open_is_seen(client_for, ben, video) -> None:
    assert see(client_for(ben), video) == 204
    assert new_for(ben) == []


@pytest.mark.parametrize("after", ["", "x", "-1", "41", "9" * 30, "A" * 38])
def test_what_is_no_cursor_is_refused(client_for, ben, video, after) -> None:
    assert see(client_for(ben), video, after=after) == 400
