"""The one mail of a day for a member: what it tells, when, to whom, and when there is none."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from apps.accounts.models import Person
from apps.attention import digests, windows
from apps.attention.models import Digest, MailState
from apps.comments import services as comments
from apps.core.viewer import Viewer
from apps.insights import services as insights
from apps.videos.models import Publication, Video
from apps.workspaces.models import Membership
from tests.attention.conftest import NOON
from tests.attention.mailserver import MailServer, html_of, stop_path_of, text_of
from tests.conftest import person_in
from tests.watchable import watchable_video

pytestmark = pytest.mark.django_db

BERLIN = ZoneInfo("Europe/Berlin")
TOMORROW = datetime(2026, 6, 11, 9, 0, tzinfo=BERLIN)  # the first nine o'clock after NOON


@pytest.fixture
def ben_in_berlin(clock, ben: Person) -> Person:
    """Return Ben, who lives in Berlin, has been here for a month, and is the only one who wants mail."""
    Person.objects.exclude(pk=ben.pk).update(wants_digest=False)
    Membership.objects.update(created_at=NOON - timedelta(days=30))
    ben.time_zone = "Europe/Berlin"
    ben.save()
    return ben


@pytest.fixture
def new_video(ana, workspace, ben_in_berlin) -> Callable[..., Video]:
    """Return what makes a video of Ana's that is sent now."""

    def make(title: str = "Numbers of November", **fields: Any) -> Video:
        Person.objects.filter(pk=ana.pk).update(wants_digest=False)
        Membership.objects.update(created_at=NOON - timedelta(days=30))
        return watchable_video(ana, workspace, title, **fields)

    return make


def states() -> list[tuple[str, str]]:
    """Return day and state of every digest there is."""
    return [(f"{row.day:%m-%d}", row.state) for row in Digest.objects.order_by("day", "pk")]


def test_in_the_morning_one_mail_tells_what_is_new_with_its_minutes(new_video, mails, work, clock) -> None:
    for number in range(4):
        new_video(f"Plan {number}", duration_ms=60_000 * (number + 2) + 1)
    clock(TOMORROW)
    work()
    work()
    message = mails.mail_to("ben@example.com")
    assert message["Subject"] == "New for you: 4 videos, 18 minutes"
    assert message["Auto-Submitted"] == "auto-generated"
    assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert message["Message-ID"].endswith("@localhost>")
    assert str(message["Date"]).startswith("Thu, 11 Jun 2026 07:00:0")
    text = text_of(message)
    assert "New: 4 videos, 18 minutes" in text
    for video in Video.objects.all():
        assert f"{video.title} · Ana · {video.minutes} minutes\nhttp://localhost:8000/v/{video.public_id}/" in text
        assert f'href="http://localhost:8000/v/{video.public_id}/"' in html_of(message)
    assert states() == [("06-11", "sent")]


def test_answers_and_mentions_lead_to_their_comment(new_video, ana, ben_in_berlin, mails, work, clock) -> None:
    video = new_video()
    insights.note_opened(video=video, viewer=Viewer(person_id=ben_in_berlin.pk))
    clock(NOON + timedelta(hours=1))
    asked = comments.add_comment(video=video, member=ben_in_berlin, guest=None, body="Why?")
    answer = comments.add_comment(video=video, member=ana, guest=None, body="The fair in Lisbon", parent=asked)
    other = new_video("Why we moved")
    insights.note_opened(video=other, viewer=Viewer(person_id=ben_in_berlin.pk))
    clock(NOON + timedelta(hours=2))
    named = comments.add_comment(video=other, member=ana, guest=None, body="Ben?", mentions=[ben_in_berlin])
    clock(TOMORROW)
    work()
    message = mails.mail_to("ben@example.com")
    assert message["Subject"] == "New for you: 2 conversations"
    text = text_of(message)
    assert "Numbers of November · 1 new comment by Ana" in text
    assert f"/v/{video.public_id}/?comment={answer.public_id}" in text
    assert "Why we moved · 1 new comment by Ana, to you by name" in text
    assert f"/v/{other.public_id}/?comment={named.public_id}" in text
    assert "Lisbon" not in str(message)


def test_nothing_new_is_no_mail(ben_in_berlin, mails, work, clock) -> None:
    clock(TOMORROW)
    work()
    assert mails.messages == []
    assert states()[-1] == ("06-11", "nothing_new")


def test_a_view_is_never_a_mail(new_video, ben_in_berlin, mails, work, clock) -> None:
    video = new_video()
    insights.note_opened(video=video, viewer=Viewer(person_id=ben_in_berlin.pk))
    Person.objects.update(wants_digest=True, time_zone="Europe/Berlin")
    clock(TOMORROW)
    work()
    assert mails.messages == []


def test_what_one_may_not_see_is_not_told(new_video, mails, work, clock) -> None:
    new_video("Secret", visibility=Video.Visibility.ONLY_ME)
    clock(TOMORROW)
    work()
    assert mails.messages == []


def test_the_next_day_tells_only_what_came_since(new_video, mails, work, clock) -> None:
    new_video("First")
    clock(TOMORROW)
    work()
    clock(TOMORROW + timedelta(hours=2))
    new_video("Second")
    work()
    assert len(mails.messages) == 1
    clock(TOMORROW + timedelta(days=1))
    work()
    assert len(mails.messages) == 2
    assert "Second" in text_of(mails.messages[1])
    assert "First" not in text_of(mails.messages[1])


def test_what_could_be_watched_only_after_nine_is_told_the_next_day(new_video, mails, work, clock) -> None:
    clock(TOMORROW - timedelta(minutes=1))
    video = new_video("Just in time")
    shown = video.current_publication_id
    Video.objects.update(current_publication=None)
    clock(TOMORROW)
    work()
    assert mails.messages == []
    Video.objects.update(current_publication=shown)
    Publication.objects.update(created_at=TOMORROW + timedelta(minutes=5))
    clock(TOMORROW + timedelta(days=1))
    work()
    assert "Just in time" in text_of(mails.mail_to("ben@example.com"))
    clock(TOMORROW + timedelta(days=2))
    work()
    assert len(mails.messages) == 1


def test_a_server_that_was_off_at_nine_catches_up_until_eight_in_the_evening(new_video, mails, work, clock) -> None:
    new_video()
    clock(TOMORROW + timedelta(hours=2))
    work()
    assert len(mails.messages) == 1


def test_a_day_without_the_server_is_folded_into_the_next(new_video, mails, work, clock) -> None:
    new_video("First")
    clock(TOMORROW + timedelta(hours=11))
    work()
    assert mails.messages == []
    new_video("Second")
    clock(TOMORROW + timedelta(days=1))
    work()
    text = text_of(mails.mail_to("ben@example.com"))
    assert "Second" in text
    assert "First" not in text  # the first mail of all looks back one day …
    clock(TOMORROW + timedelta(days=2, hours=11))
    new_video("Third")
    clock(TOMORROW + timedelta(days=5))
    work()
    assert "Third" in text_of(mails.messages[1])  # … the others to the last one


@pytest.mark.parametrize(
    ("zone", "days", "mornings_in_utc"),
    [
        ("Europe/Berlin", "2026-03-28 2026-03-29 2026-03-30", "08:00 07:00 07:00"),
        ("Europe/Berlin", "2026-10-24 2026-10-25 2026-10-26", "07:00 08:00 08:00"),
        ("America/St_Johns", "2026-03-07 2026-03-08 2026-03-09", "12:30 11:30 11:30"),
        ("America/St_Johns", "2026-10-31 2026-11-01 2026-11-02", "11:30 12:30 12:30"),
        ("Pacific/Kiritimati", "2026-03-28 2026-03-29 2026-03-30", "19:00 19:00 19:00"),
        ("Pacific/Kiritimati", "2026-10-24 2026-10-25 2026-10-26", "19:00 19:00 19:00"),
    ],
)
def test_nine_is_nine_on_every_day_also_when_clocks_change(
    zone, days, mornings_in_utc, ben_in_berlin, new_video, mails, work, clock
) -> None:
    Person.objects.filter(pk=ben_in_berlin.pk).update(time_zone=zone)
    Membership.objects.update(created_at=datetime(2026, 1, 1, tzinfo=UTC))
    before_day = timedelta(days=1) if zone == "Pacific/Kiritimati" else timedelta(0)  # nine there is the day before
    for number, (day, at) in enumerate(zip(days.split(), mornings_in_utc.split(), strict=True)):
        nine = datetime.fromisoformat(f"{day}T{at}:00+00:00") - before_day
        clock(nine - timedelta(hours=2))
        new_video(f"Video {number}")
        Membership.objects.update(created_at=datetime(2026, 1, 1, tzinfo=UTC))
        clock(nine - timedelta(seconds=30))
        work()
        assert len(mails.messages) == number, "before nine"
        clock(nine)
        work()
        clock(nine + timedelta(hours=3))
        work()
        assert len(mails.messages) == number + 1
        assert f"Video {number}" in text_of(mails.messages[number])
    assert [f"{row.day}" for row in Digest.objects.filter(state=MailState.SENT).order_by("day")] == days.split()


@pytest.mark.parametrize("to", ["America/New_York", "Pacific/Kiritimati", "Asia/Tokyo", "Pacific/Honolulu"])
def test_who_moves_to_another_zone_gets_no_second_mail_that_day(
    to, new_video, ben_in_berlin, mails, work, clock
) -> None:
    new_video("First")
    clock(TOMORROW)
    work()
    new_video("Second")
    Person.objects.filter(pk=ben_in_berlin.pk).update(time_zone=to)
    sent_at = []
    for hour in range(1, 60):
        clock(TOMORROW + timedelta(hours=hour))
        before = len(mails.messages)
        work()
        if len(mails.messages) > before:
            sent_at.append(hour)
    assert len(sent_at) == 1
    assert sent_at[0] >= 20


def test_one_click_stops_it_by_a_post_without_cookies(new_video, ben_in_berlin, mails, work, clock) -> None:
    new_video()
    clock(TOMORROW)
    work()
    program = Client(enforce_csrf_checks=True)
    path = stop_path_of(mails.messages[0])
    assert b"Stop the mails?" in program.get(path).content
    ben_in_berlin.refresh_from_db()
    assert ben_in_berlin.wants_digest is True
    stopped = program.post(path, {"List-Unsubscribe": "One-Click"})
    assert (stopped.status_code, dict(stopped.cookies)) == (200, {})
    ben_in_berlin.refresh_from_db()
    assert ben_in_berlin.wants_digest is False
    assert b"No more mails" in program.get(path).content
    new_video("More")
    clock(TOMORROW + timedelta(days=1))
    work()
    assert len(mails.messages) == 1


def test_a_stop_key_that_we_have_not_signed_is_404(ben_in_berlin) -> None:
    key = digests.stop_key(ben_in_berlin)
    for wrong in (f"{key[:-1]}{'A' if key[-1] != 'A' else 'B'}", f"{ben_in_berlin.public_id}.", "x.y", "nonsense"):
        assert Client().post(f"/stop/{wrong}/").status_code == 404
    assert Client().post(f"/stop/{key}/").status_code == 200


@pytest.mark.parametrize("change", [{"wants_digest": False}, {"is_active": False}])
def test_who_wants_none_or_has_left_gets_none(change, new_video, ben_in_berlin, mails, work, clock) -> None:
    new_video()
    Person.objects.filter(pk=ben_in_berlin.pk).update(**change)
    clock(TOMORROW)
    work()
    assert mails.messages == []


def test_who_belongs_to_no_workspace_any_more_gets_none(new_video, ben_in_berlin, mails, work, clock) -> None:
    new_video()
    Membership.objects.filter(person=ben_in_berlin).delete()
    clock(TOMORROW)
    work()
    assert mails.messages == []


def test_a_long_absence_makes_no_endless_mail(new_video, mails, work, clock) -> None:
    for number in range(30):
        new_video(f"Plan {number}")
    clock(TOMORROW)
    work()
    text = text_of(mails.messages[0])
    assert text.count("· Ana ·") == digests.MOST_LINES
    assert "And 10 more in your library:" in text


def test_a_hostile_title_or_name_stays_on_its_line(new_video, ana, mails, work, clock) -> None:
    Person.objects.filter(pk=ana.pk).update(name="Ana\nhttps://evil.example\u202e")
    ana.refresh_from_db()
    new_video("Plan\n\n--\nClick here\u2028<img src=x onerror=alert(1)>")
    clock(TOMORROW)
    work()
    message = mails.mail_to("ben@example.com")
    assert "Plan -- Click here <img src=x onerror=alert(1)> · Ana https://evil.example ·" in text_of(message)
    assert "<img" not in html_of(message)


def test_a_mail_that_breaks_our_own_code_holds_up_nobody_behind_it(
    new_video, workspace, mails, work, clock, monkeypatch
) -> None:
    new_video()
    person_in(workspace, "zoe@example.com", "Zoe", Membership.Role.MEMBER)
    Membership.objects.update(created_at=NOON - timedelta(days=30))
    Person.objects.filter(email="zoe@example.com").update(time_zone="Europe/Berlin")
    really = digests.message_for

    def breaks_for_ben(digest: Digest, news: list[Any]) -> Any:
        if digest.person.name == "Ben":
            raise ZeroDivisionError
        return really(digest, news)

    monkeypatch.setattr(digests, "message_for", breaks_for_ben)
    clock(TOMORROW)
    work()
    assert [message["To"] for message in mails.messages] == ["zoe@example.com"]
    monkeypatch.undo()
    clock(TOMORROW + timedelta(minutes=61))
    work()
    assert [message["To"] for message in mails.messages] == ["zoe@example.com", "ben@example.com"]


def test_a_sweep_costs_no_more_for_two_thousand_people_than_for_two(ben_in_berlin, mails: MailServer, clock) -> None:
    def questions_at(moment: datetime) -> int:
        with CaptureQueriesContext(connection) as seen:
            digests.make_due(moment)
        return len([query for query in seen if query["sql"].startswith("SELECT")])

    clock(TOMORROW)
    few = questions_at(TOMORROW)
    zones = ["Europe/Berlin", "Europe/Rome", "UTC"]
    many = Person.objects.bulk_create(
        Person(email=f"p{number}@example.com", password="!", time_zone=zones[number % 3]) for number in range(2000)
    )
    Membership.objects.bulk_create(
        Membership(person=person, workspace_id=ben_in_berlin.memberships.get().workspace_id) for person in many
    )
    assert questions_at(TOMORROW + timedelta(days=1)) == few
    assert Digest.objects.filter(day=(TOMORROW + timedelta(days=1)).date()).count() > 1300
    assert questions_at(TOMORROW + timedelta(days=1, minutes=1)) == few


def test_rows_that_no_mail_looks_back_to_are_forgotten(ben_in_berlin) -> None:
    for days in (1, 31, 40):
        Digest.objects.create(person=ben_in_berlin, day=(NOON - timedelta(days=days)).date())
    assert digests.clear(NOON) == 1
    assert Digest.objects.count() == 2


def test_nothing_is_made_while_no_mail_server_is_configured(new_video, work, clock) -> None:
    new_video()
    clock(TOMORROW)
    work()
    assert not Digest.objects.exists()
    assert windows.open_day(TOMORROW, "Europe/Berlin", opens=windows.DIGEST_AT) is not None
