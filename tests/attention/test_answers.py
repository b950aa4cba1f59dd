"""The mail that tells a guest of answers: what is one, when it goes out, how often, and what it does not say."""

from collections.abc import Callable
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.test import Client
from django.utils import timezone

from apps.accounts.models import Person
from apps.attention import sending, services
from apps.attention.models import AnswerMail, AnswerSubscription, MailState
from apps.comments import services as comments
from apps.comments.models import Comment
from apps.core.viewer import Viewer
from apps.insights import services as insights
from apps.sharing import services as sharing
from apps.sharing.models import ShareLink
from apps.videos.models import Video
from tests.attention.conftest import NOON
from tests.attention.mailserver import html_of, stop_path_of, text_of

pytestmark = pytest.mark.django_db

BERLIN = ZoneInfo("Europe/Berlin")
A_MINUTE = timedelta(minutes=1)


@pytest.fixture(autouse=True)
def no_digests(ana) -> None:
    """Keep the members' own mails out of this file."""
    Person.objects.update(wants_digest=False)


@pytest.fixture
def answer(question, ana, clock) -> Callable[..., Comment]:
    """Return what answers Gus's question, as Ana where nobody else is named, and lets a minute pass."""

    def say(body: str = "The fair in Lisbon.", *, member: Person | None = ana, **fields: object) -> Comment:
        if "guest" in fields:
            member = None
        made = comments.add_comment(
            **{"video": question.video, "member": member, "guest": None, "body": body, "parent": question, **fields}
        )
        clock(timezone.now() + A_MINUTE)
        return made

    return say


def test_an_answer_is_told_by_one_mail_that_leads_to_it(subscription, answer, mails, work) -> None:
    said = answer()
    work()
    message = mails.mail_to("gus@example.org")
    assert message["Subject"] == "An answer for you: Numbers of November"
    assert message["From"] == "Videoshare <videoshare@localhost>"
    assert message["Date"].datetime.date() == NOON.date()
    assert message["Message-ID"].endswith("@localhost>")
    assert message["Auto-Submitted"] == "auto-generated"
    assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert b"\r\nList-Unsubscribe: <http://localhost:8000/stop/" in mails.raw[0]  # on one line
    assert "Ana answered you on “Numbers of November”." in text_of(message)
    way_back = f"http://localhost:8000/g/{subscription.guest.personal_links.get().key}/?comment={said.public_id}"
    assert way_back in text_of(message)
    assert way_back in html_of(message)
    assert "Lisbon" not in str(message)
    row = AnswerMail.objects.get()
    assert (row.state, row.time_zone, row.attempts) == (MailState.SENT, "Europe/Berlin", 0)


def test_the_mail_s_link_opens_the_answer_as_the_same_guest(subscription, answer, mails, work) -> None:
    said = answer()
    work()
    (address,) = [word for word in text_of(mails.messages[0]).split() if "/g/" in word]
    phone = Client()
    assert phone.get(address)["Location"].endswith(f"?comment={said.public_id}")
    path = f"/api/v1/videos/{subscription.video.public_id}/comments/"
    assert [row["mine"] for row in phone.get(path).json()["results"]] == [True, False]


def test_without_an_answer_there_is_no_mail(subscription, mails, work, video, ana) -> None:
    comments.add_comment(video=video, member=ana, guest=None, body="By the way")
    work()
    assert mails.messages == []
    assert not AnswerMail.objects.exists()


def test_more_answers_on_the_same_day_wait_for_the_next_and_are_told_together(
    subscription, answer, mails, work, clock
) -> None:
    answer("First")
    work()
    second = answer("Second")
    answer("Third")
    work()
    assert len(mails.messages) == 1
    clock(NOON + timedelta(days=1))
    work()
    assert len(mails.messages) == 2
    assert mails.messages[1]["Subject"] == "2 answers for you: Numbers of November"
    assert second.public_id in text_of(mails.messages[1])
    clock(NOON + timedelta(days=2))
    work()
    assert len(mails.messages) == 2


def test_the_night_is_quiet(subscription, answer, mails, work, clock) -> None:
    clock(datetime(2026, 6, 10, 20, 0, tzinfo=BERLIN))
    answer()
    work()
    clock(datetime(2026, 6, 11, 7, 59, tzinfo=BERLIN))
    work()
    assert mails.messages == []
    clock(datetime(2026, 6, 11, 8, 0, tzinfo=BERLIN))
    work()
    assert len(mails.messages) == 1


@pytest.mark.parametrize(
    ("zone", "before", "after"),
    [
        # Clocks are set forward in the night before, and back.
        ("Europe/Berlin", "2026-03-29T05:59+00:00", "2026-03-29T06:00+00:00"),
        ("Europe/Berlin", "2026-10-25T06:59+00:00", "2026-10-25T07:00+00:00"),
        ("America/St_Johns", "2026-03-08T10:29+00:00", "2026-03-08T10:30+00:00"),
        ("America/St_Johns", "2026-11-01T11:29+00:00", "2026-11-01T11:30+00:00"),
        ("Pacific/Kiritimati", "2026-03-28T17:59+00:00", "2026-03-28T18:00+00:00"),
    ],
)
def test_eight_in_the_morning_is_the_reader_s(
    zone, before, after, subscription, question, ana, mails, work, clock
) -> None:
    AnswerSubscription.objects.update(time_zone=zone, answered_until=datetime.fromisoformat("2026-01-01T00:00+00:00"))
    night = datetime.fromisoformat(before) - timedelta(hours=2)
    Comment.objects.filter(pk=question.pk).update(created_at=night - timedelta(hours=2))
    clock(night)
    comments.add_comment(video=question.video, member=ana, guest=None, body="Late", parent=question)
    clock(datetime.fromisoformat(before))
    work()
    assert mails.messages == []
    clock(datetime.fromisoformat(after))
    work()
    assert len(mails.messages) == 1


def test_a_guest_who_took_part_hears_of_what_comes_after(
    subscription, new_guest, question, answer, mails, work
) -> None:
    kim, _browser = new_guest("Kim")
    answer("Before Kim spoke")
    answer("And I?", guest=kim)
    AnswerSubscription.objects.create(
        guest=kim, video=question.video, share_link=subscription.share_link, email="kim@example.org",
        time_zone="Europe/Berlin", confirmed_at=NOON, answered_until=NOON - timedelta(days=1),
    )  # fmt: skip
    work()
    assert [message["To"] for message in mails.messages] == ["gus@example.org"]
    answer("After Kim spoke")
    work()
    assert "Ana answered you" in text_of(mails.mail_to("kim@example.org"))


def test_what_is_for_the_team_only_is_no_answer(subscription, answer, mails, work) -> None:
    answer("Between us", team_only=True)
    work()
    assert mails.messages == []


def test_one_s_own_words_and_those_in_other_threads_are_no_answer(
    subscription, gus, new_guest, answer, video, mails, work
) -> None:
    answer("I meant the other one", guest=gus)
    kim, _browser = new_guest("Kim")
    other = comments.add_comment(video=video, member=None, guest=kim, body="Something else")
    answer("To Kim", parent=other)
    work()
    assert mails.messages == []


@pytest.mark.parametrize(("shows", "told"), [("all", 1), ("own", 1), ("none", 0)])
def test_what_the_link_does_not_show_is_not_told(shows, told, subscription, link, answer, mails, work) -> None:
    sharing.edit_share_link(link=link, conversation=shows)
    answer()
    work()
    assert len(mails.messages) == told


def test_a_link_that_asks_for_a_name_tells_those_who_gave_one(subscription, link, answer, mails, work) -> None:
    sharing.edit_share_link(link=link, needs_name=True)
    answer()
    work()
    assert [message["To"] for message in mails.messages] == ["gus@example.org"]


def test_on_a_link_that_shows_one_s_own_threads_taking_part_in_another_is_not_enough(
    gus, subscription, new_guest, video, link, ana, mails, work, answer
) -> None:
    kim, _browser = new_guest("Kim")
    other = comments.add_comment(video=video, member=None, guest=kim, body="Something else")
    answer("Me too", guest=gus, parent=other)
    answer("To both", parent=other)
    sharing.edit_share_link(link=link, conversation="own")
    work()
    assert mails.messages == []


@pytest.mark.parametrize(
    "end",
    [
        lambda link: sharing.revoke_share_link(link=link),
        lambda link: ShareLink.objects.update(expires_at=NOON),
        lambda link: Video.objects.update(deleted_at=NOON),
        lambda link: type(link.video.workspace).objects.update(links_enabled=False),
    ],
    ids=["revoked", "expired", "in the trash", "switched off"],
)
def test_a_link_that_opens_nothing_any_more_tells_nothing(end, subscription, link, answer, mails, work) -> None:
    answer()
    end(link)
    work()
    assert mails.messages == []


def test_an_answer_that_was_taken_back_is_not_told_and_leaves_the_day_s_mail_to_the_next(
    subscription, answer, mails, work
) -> None:
    first = answer("Oh, wrong")
    sending.sweep()  # the row is made …
    assert AnswerMail.objects.count() == 1
    comments.delete_comment(comment=first)  # … and the answer gone before the worker comes to it
    work()
    assert (mails.messages, AnswerMail.objects.count()) == ([], 0)
    answer("Right")
    work()
    assert len(mails.messages) == 1


def test_what_was_seen_on_the_page_is_not_told(subscription, answer, gus, video, mails, work) -> None:
    answer()
    insights.note_opened(video=video, viewer=Viewer(guest_id=gus.pk, guest_workspace_id=gus.workspace_id))
    work()
    assert mails.messages == []


def test_behind_a_password_the_mail_names_neither_video_nor_people(subscription, link, answer, mails, work) -> None:
    sharing.edit_share_link(link=link, password="open sesame")
    answer()
    work()
    message = mails.mail_to("gus@example.org")
    assert message["Subject"] == "An answer for you"
    everything = str(message) + text_of(message) + html_of(message)
    assert "November" not in everything
    assert "Ana" not in everything
    assert "The link asks for the password" in text_of(message)


def test_hostile_names_and_titles_stay_on_their_line(subscription, answer, video, mails, work, new_guest) -> None:
    Video.objects.update(title="Plan\r\nBcc: everybody@example.org\n\n<script>alert(1)</script>\u202egnp.exe")
    kim, _browser = new_guest("Kim\r\n\r\nClick <a href='https://evil.example'>here</a>")
    answer(guest=kim)
    work()
    message = mails.mail_to("gus@example.org")
    assert "Bcc" not in message
    assert mails.recipients == ["gus@example.org"]
    assert message["Subject"] == "An answer for you: Plan Bcc: everybody@example.org <script>alert(1)</script>gnp.exe"
    assert "Kim Click <a href='https://evil.example'>here</a> answered you on" in text_of(message)
    assert "<script>" not in html_of(message)
    assert "<a href='https://evil" not in html_of(message)


@pytest.mark.parametrize("title", ["x" * 200, "🎬" * 200, "", "\u200b\u200d", "פרוטוקול ישיבה"])
def test_any_title_makes_a_mail(title: str, subscription, answer, mails, work) -> None:
    Video.objects.update(title=title)
    answer()
    work()
    message = mails.mail_to("gus@example.org")
    assert len(message["Subject"]) < 120
    assert max(map(len, mails.raw[0].split(b"\r\n"))) <= 998


def test_a_title_that_is_cut_turns_nothing_around(subscription, answer, mails, work) -> None:
    Video.objects.update(title="\u2067" + "x" * 100 + "\u2069")
    answer()
    work()
    message = mails.mail_to("gus@example.org")
    assert "\u2067" not in str(message["Subject"]) + text_of(message) + html_of(message)


def test_one_click_stops_them_by_a_post_without_cookies(subscription, answer, mails, work, clock) -> None:
    answer()
    work()
    program = Client(enforce_csrf_checks=True)
    stopped = program.post(stop_path_of(mails.messages[0]), {"List-Unsubscribe": "One-Click"})
    assert stopped.status_code == 200
    assert not stopped.cookies
    answer("More")
    clock(NOON + timedelta(days=1))
    work()
    assert len(mails.messages) == 1
    subscription.refresh_from_db()
    assert subscription.stopped_at is not None
    subscription.guest.refresh_from_db()
    assert subscription.guest.email == ""


def test_opening_the_stop_link_stops_nothing(subscription, answer, mails, work) -> None:
    answer()
    work()
    page = Client().get(stop_path_of(mails.messages[0]))
    assert b"Stop the mails?" in page.content
    subscription.refresh_from_db()
    assert subscription.stopped_at is None


def test_a_stop_that_comes_before_the_worker_counts(subscription, answer, mails, work) -> None:
    answer()
    sending.sweep()
    services.stop(subscription=subscription)
    work()
    assert mails.messages == []


def test_an_address_gets_one_mail_a_day_for_a_video_whatever_it_is_called_there(
    subscription, new_guest, answer, question, mails, work
) -> None:
    again, _browser = new_guest("Gus on the phone")
    answer("I again", guest=again)
    AnswerSubscription.objects.create(
        guest=again, video=question.video, share_link=subscription.share_link, email="gus@example.org",
        time_zone="Europe/Berlin", confirmed_at=NOON, answered_until=NOON - timedelta(days=1),
    )  # fmt: skip
    answer("To all of you")
    work()
    work()
    assert len(mails.messages) == 1


def test_who_moves_to_another_zone_gets_no_second_mail(subscription, answer, mails, work, clock) -> None:
    answer()
    clock(datetime(2026, 6, 10, 19, 0, tzinfo=BERLIN))
    work()
    assert len(mails.messages) == 1
    AnswerSubscription.objects.update(
        time_zone="Pacific/Kiritimati"
    )  # where it is eight the next morning an hour later
    answer("More")
    clock(datetime(2026, 6, 10, 20, 30, tzinfo=BERLIN))
    work()
    assert len(mails.messages) == 1
    clock(datetime(2026, 6, 11, 20, 30, tzinfo=BERLIN))
    work()
    assert len(mails.messages) == 2


def test_a_server_that_was_away_all_day_tells_it_the_next(subscription, answer, mails, work, clock) -> None:
    answer()
    mails.answers["MAIL"] = "451 later"
    work()
    row = AnswerMail.objects.get()
    assert (row.state, row.attempts) == (MailState.DUE, 1)
    clock(datetime(2026, 6, 10, 20, 0, tzinfo=BERLIN))
    mails.answers.clear()
    work()
    row.refresh_from_db()
    assert (row.state, mails.messages) == (MailState.FAILED, [])
    clock(datetime(2026, 6, 11, 8, 0, tzinfo=BERLIN))
    work()
    assert len(mails.messages) == 1


def test_no_mail_is_made_while_no_server_is_configured(subscription, answer, work) -> None:
    answer()
    work()
    assert not AnswerMail.objects.exists()
