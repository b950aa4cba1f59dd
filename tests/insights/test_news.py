"""What is new for a member: what counts, for whom, from when, and until when."""

from datetime import datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.utils import timezone

from apps.accounts.models import Person
from apps.comments import services as comments
from apps.comments.models import Comment
from apps.core.viewer import Viewer
from apps.insights import services
from apps.insights.news import new_for
from apps.sharing import services as sharing
from apps.sharing.models import Guest
from apps.videos.models import Video
from apps.workspaces.models import Membership
from tests.conftest import person_in
from tests.watchable import watchable_video

pytestmark = pytest.mark.django_db


@pytest.fixture
def kim(workspace) -> Person:
    """Return a second colleague of Ana's."""
    return person_in(workspace, "kim@example.com", "Kim", Membership.Role.MEMBER)


@pytest.fixture
def gus(workspace) -> Guest:
    return sharing.create_guest(workspace=workspace, name="Gus", token="gus")


def lines(
    person: Person, *, since: datetime | None = None, until: datetime | None = None
) -> list[tuple[str, str, int]]:
    return [(news.kind, news.video.title, news.count) for news in new_for(person, since=since, until=until)]


def say(video: Video, who: Person | Guest, body: str = "Why?", **fields: Any) -> Comment:
    author = {"member": who, "guest": None} if isinstance(who, Person) else {"member": None, "guest": who}
    return comments.add_comment(video=video, body=body, **author, **fields)


def open_page(person: Person, video: Video) -> None:
    services.note_opened(video=video, viewer=Viewer(person_id=person.pk))


# Videos


def test_a_colleague_s_video_is_new_with_its_minutes_until_it_was_opened(ana, ben, workspace) -> None:
    video = watchable_video(ana, workspace)
    [news] = new_for(ben)
    assert (news.kind, news.video, news.minutes, news.who, news.count) == ("video", video, 2, ("Ana",), 0)
    assert news.latest_at == video.sent_at
    open_page(ben, video)
    assert new_for(ben) == []


def test_one_s_own_video_is_no_news(ana, ben, workspace) -> None:
    watchable_video(ana, workspace)
    assert new_for(ana) == []


@pytest.mark.parametrize(
    "state",
    [
        {"sent_at": None},
        {"visibility": Video.Visibility.ONLY_ME},
        {"deleted_at": timezone.now()},
        {"current_publication": None, "status": Video.Status.FAILED},
        {"stopped_at": None, "sent_at": None},
    ],
    ids=["not sent", "private", "in the trash", "failed", "recording"],
)
def test_what_is_not_there_for_others_is_no_news(ana, ben, workspace, state) -> None:
    watchable_video(ana, workspace, **state)
    assert new_for(ben) == []


def test_a_stranger_hears_nothing(ana, ben, stranger, workspace) -> None:
    video = watchable_video(ana, workspace)
    say(video, ben, mentions=[stranger])
    assert new_for(stranger) == []


def test_a_new_member_is_met_by_what_was_sent_since_they_joined_alone(ana, workspace) -> None:
    watchable_video(ana, workspace, "Before", sent_at=timezone.now() - timedelta(seconds=1))
    kim = person_in(workspace, "kim@example.com", "Kim", Membership.Role.MEMBER)
    watchable_video(ana, workspace, "Since")
    assert lines(kim) == [("video", "Since", 0)]


def test_who_left_hears_nothing_more(ana, ben, workspace) -> None:
    watchable_video(ana, workspace)
    Membership.objects.filter(person=ben).delete()
    assert new_for(ben) == []


def test_who_may_not_sign_in_hears_nothing(ana, ben, workspace) -> None:
    watchable_video(ana, workspace)
    Person.objects.filter(pk=ben.pk).update(is_active=False)
    assert new_for(ben) == []


def test_a_video_that_was_started_over_is_new_again(ana, ben, workspace) -> None:
    video = watchable_video(ana, workspace)
    open_page(ben, video)
    with time_machine.travel(timezone.now() + timedelta(minutes=1)):
        Video.objects.filter(pk=video.pk).update(stopped_at=timezone.now(), sent_at=timezone.now())
        assert lines(ben) == [("video", "Plan", 0)]


def test_who_opened_it_before_it_was_sent_does_not_hear_of_it(ana, ben, workspace) -> None:
    video = watchable_video(ana, workspace, sent_at=None)
    open_page(ben, video)
    Video.objects.filter(pk=video.pk).update(sent_at=timezone.now() + timedelta(minutes=5))
    assert new_for(ben) == []


# Answers


def test_answers_on_one_s_own_video_are_one_line_with_their_number_and_who_spoke(ana, ben, gus, workspace) -> None:
    video = watchable_video(ana, workspace)
    first = say(video, ben)
    say(video, gus)
    say(video, ben)
    [news] = new_for(ana)
    assert (news.kind, news.count, news.who, news.comment) == ("answers", 3, ("Ben", "Gus"), first)


def test_what_came_before_the_last_look_is_not_new(ana, ben, workspace) -> None:
    video = watchable_video(ana, workspace)
    say(video, ben)
    open_page(ana, video)
    assert new_for(ana) == []
    say(video, ben)
    assert lines(ana) == [("answers", "Plan", 1)]


def test_one_s_own_words_are_no_news(ana, workspace) -> None:
    video = watchable_video(ana, workspace)
    say(video, ana)
    assert new_for(ana) == []


def test_a_deleted_comment_is_no_answer(ana, ben, workspace) -> None:
    video = watchable_video(ana, workspace)
    comments.delete_comment(comment=say(video, ben))
    assert new_for(ana) == []


def test_an_answer_to_me_on_somebody_else_s_video_is_new(ana, ben, kim, workspace) -> None:
    video = watchable_video(ana, workspace)
    open_page(ben, video)
    open_page(kim, video)
    asked = say(video, ben)
    say(video, kim, "Elsewhere")
    say(video, ana, "Because.", parent=asked)
    assert lines(ben) == [("answers", "Plan", 1)]
    assert new_for(kim) == []


def test_who_answered_in_a_thread_hears_the_next_answer_and_not_the_ones_before(ana, ben, kim, workspace) -> None:
    video = watchable_video(ana, workspace)
    open_page(kim, video)
    asked = say(video, ben)
    say(video, ana, "Because.", parent=asked)
    say(video, kim, "I see.", parent=asked)
    assert new_for(kim) == []
    say(video, ana, "And also.", parent=asked)
    assert lines(kim) == [("answers", "Plan", 1)]


def test_who_took_their_question_back_hears_no_answer(ana, ben, workspace) -> None:
    video = watchable_video(ana, workspace)
    open_page(ben, video)
    asked = say(video, ben)
    say(video, ana, "Because.", parent=asked)
    comments.delete_comment(comment=asked)
    assert new_for(ben) == []


def test_a_private_or_trashed_video_s_answers_are_no_news_for_those_who_lost_it(ana, ben, workspace) -> None:
    video = watchable_video(ana, workspace)
    open_page(ben, video)
    asked = say(video, ben)
    say(video, ana, "Because.", parent=asked)
    Video.objects.filter(pk=video.pk).update(visibility=Video.Visibility.ONLY_ME)
    assert new_for(ben) == []


# Mentions


def test_who_is_named_finds_that_on_one_line_with_the_video(ana, ben, kim, workspace) -> None:
    video = watchable_video(ana, workspace)
    named = say(video, ben, mentions=[kim])
    [news] = new_for(kim)
    assert (news.kind, news.count, news.who, news.comment) == ("mention", 1, ("Ben",), named)
    open_page(kim, video)
    assert new_for(kim) == []


def test_naming_oneself_is_no_news(ana, ben, workspace) -> None:
    video = watchable_video(ana, workspace)
    open_page(ben, video)
    say(video, ben, mentions=[ben])
    assert new_for(ben) == []


# Together


def test_a_new_video_on_which_i_am_named_is_one_line_about_that(ana, ben, workspace) -> None:
    video = watchable_video(ana, workspace)
    said = say(video, ana, mentions=[ben])
    [news] = new_for(ben)
    assert (news.kind, news.count, news.latest_at) == ("mention", 1, said.created_at)


def test_only_the_newest_lines_are_given_where_few_are_asked_for(ana, ben, workspace) -> None:
    for number in range(3):
        watchable_video(ana, workspace, f"Plan {number}")
    assert [news.video.title for news in new_for(ben, most=2)] == ["Plan 2", "Plan 1"]


def test_the_newest_stands_first(ana, ben, workspace) -> None:
    now = timezone.now()
    Membership.objects.filter(person=ben).update(created_at=now - timedelta(days=9))
    watchable_video(ana, workspace, "Older", sent_at=now - timedelta(hours=2))
    mine = watchable_video(ben, workspace, "Mine")
    watchable_video(ana, workspace, "Old", sent_at=now - timedelta(hours=1))
    say(mine, ana)
    assert [news.video.title for news in new_for(ben)] == ["Mine", "Old", "Older"]


def test_a_span_of_time_begins_with_its_first_moment_and_ends_before_its_last(ana, ben, workspace) -> None:
    video = watchable_video(ana, workspace)
    moment = video.sent_at
    assert moment is not None
    second = timedelta(seconds=1)
    assert lines(ben, since=moment, until=moment + second) == [("video", "Plan", 0)]
    assert lines(ben, since=moment - second, until=moment) == []
    assert lines(ben, since=moment + second) == []


def test_what_was_set_aside_is_no_news_and_what_comes_later_is(ana, ben, workspace) -> None:
    video = watchable_video(ana, workspace)
    mine = watchable_video(ben, workspace, "Mine")
    say(mine, ana)
    services.set_aside(person_id=ben.pk, video_ids=[video.pk, mine.pk], until=timezone.now())
    assert new_for(ben) == []
    say(mine, ana)
    assert lines(ben) == [("answers", "Mine", 1)]


def test_all_can_be_set_aside_but_what_came_after_the_look(ana, ben, workspace) -> None:
    watchable_video(ana, workspace, "Before")
    looked_at = timezone.now()
    watchable_video(ana, workspace, "Since")
    services.set_all_aside(person=ben, until=looked_at)
    assert lines(ben) == [("video", "Since", 0)]


def test_setting_aside_never_reaches_into_the_future_nor_back(ana, ben, workspace) -> None:
    video = watchable_video(ana, workspace)
    services.set_all_aside(person=ben, until=timezone.now() + timedelta(days=300))
    assert new_for(ben) == []
    services.set_aside(person_id=ben.pk, video_ids=[video.pk], until=timezone.now() - timedelta(days=300))
    assert new_for(ben) == []
    Video.objects.filter(pk=video.pk).update(sent_at=timezone.now())
    assert len(new_for(ben)) == 1


def test_the_number_of_queries_does_not_grow_with_the_news(
    ana, ben, workspace, django_assert_num_queries, django_assert_max_num_queries
) -> None:
    mine = watchable_video(ben, workspace, "Mine")
    watchable_video(ana, workspace)
    say(mine, ana)
    with django_assert_max_num_queries(6) as few:
        assert len(new_for(ben)) == 2
    for number in range(10):
        watchable_video(ana, workspace, f"Plan {number}")
        say(watchable_video(ben, workspace, f"Mine {number}"), ana)
    with django_assert_num_queries(len(few)):
        assert len(new_for(ben)) == 22
