"""Asking for mails about answers: one mail to confirm, by a button, and no way to flood somebody else's address."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from apps.attention import services
from apps.attention.models import AnswerSubscription, MailState
from apps.core import throttles
from apps.core.models import Job
from apps.sharing import services as sharing
from apps.sharing.models import Guest
from tests.attention.mailserver import html_of, stop_path_of, text_of
from tests.watchable import watchable_video

pytestmark = pytest.mark.django_db

A_DAY = timedelta(days=1, minutes=1)


@pytest.fixture
def browser(new_guest) -> Client:
    _guest, client = new_guest("Gus")
    return client


@pytest.fixture
def ask(video) -> Callable[..., Any]:
    """Return what asks for mails from a guest's browser."""

    def send(client: Client, email: str = "gus@example.org", time_zone: str = "Europe/Berlin", **extra: Any) -> Any:
        path = reverse("api-answer-mail", args=[extra.pop("video", video).public_id])
        body = {"email": email, "time_zone": time_zone}
        return client.put(path, body, content_type="application/json", **extra)

    return send


def state(client: Client, video: Any) -> str:
    answer: str = client.get(reverse("api-answer-mail", args=[video.public_id])).json()["state"]
    return answer


def confirm_path(message: Any) -> str:
    (path,) = re.findall(r"http://localhost:8000(/confirm/\S+)", text_of(message))
    return str(path)


def test_one_mail_asks_to_confirm_at_once_also_at_night(browser, ask, video, mails, work, clock) -> None:
    clock(timezone.now() + timedelta(hours=14))  # two in the morning
    assert ask(browser).json() == {"state": "asked"}
    work()
    message = mails.mail_to("gus@example.org")
    assert message["Subject"] == "Please confirm: mail when you are answered"
    assert message["Auto-Submitted"] == "auto-generated"
    assert stop_path_of(message)
    assert confirm_path(message) in html_of(message)


def test_it_says_nothing_that_anybody_has_typed(new_guest, ask, mails, work) -> None:
    _guest, client = new_guest("Buy at evil.example")
    ask(client)
    work()
    everything = str(mails.messages[0]) + text_of(mails.messages[0]) + html_of(mails.messages[0])
    assert "evil.example" not in everything
    assert "November" not in everything
    assert "Ana" not in everything


def test_opening_its_link_confirms_nothing_and_the_button_does(browser, ask, video, mails, work) -> None:
    ask(browser)
    work()
    reader = Client(enforce_csrf_checks=True)
    page = reader.get(confirm_path(mails.messages[0]))
    assert b"Yes, write to me" in page.content
    assert state(browser, video) == "asked"
    assert reader.post(confirm_path(mails.messages[0])).status_code == 403
    token = reader.cookies["csrftoken"].value
    assert reader.post(confirm_path(mails.messages[0]), {"csrfmiddlewaretoken": token}).status_code == 200
    assert state(browser, video) == "on"
    assert Guest.objects.get().email == "gus@example.org"


def test_who_confirms_gets_no_way_in_by_that(browser, ask, mails, work, link) -> None:
    ask(browser)
    work()
    page = Client().post(confirm_path(mails.messages[0]))
    for secret in (link.token, "/g/", "November"):
        assert secret not in page.content.decode()
        assert secret not in text_of(mails.messages[0])


def test_a_second_click_sends_no_second_mail_and_the_first_one_stays_good(browser, ask, video, mails, work) -> None:
    for _ in range(3):
        assert ask(browser).status_code == 200
        work()
    assert len(mails.messages) == 1
    Client().post(confirm_path(mails.messages[0]))
    assert state(browser, video) == "on"


def test_an_address_gets_one_a_day_whoever_names_it_and_however_it_is_written(
    new_guest, ask, mails, work, clock
) -> None:
    for number, written in enumerate(["kim@example.org", "KIM@example.org", " kim@Example.ORG ", "kim@example.org"]):
        _guest, client = new_guest(f"Guest {number}")
        assert ask(client, written).json() == {"state": "asked"}
        work()
    assert len(mails.messages) == 1
    clock(timezone.now() + A_DAY)
    _guest, client = new_guest("Tomorrow")
    ask(client, "kim@example.org")
    work()
    assert len(mails.messages) == 2


def test_who_asks_for_very_many_is_told_to_wait(browser, ask, mails, work) -> None:
    answers = [ask(browser, f"p{number}@example.org").status_code for number in range(11)]
    assert answers == [200] * 10 + [429]


def test_one_address_of_the_internet_asks_for_no_more_than_an_office(new_guest, ask, mails, monkeypatch) -> None:
    monkeypatch.setitem(throttles.LIMITS, "answer_mail_address", throttles.Limit(3, 3600))
    answers = [ask(new_guest(f"G{number}")[1], f"p{number}@example.org").status_code for number in range(4)]
    assert answers == [200, 200, 200, 429]


def test_a_video_s_guests_together_ask_for_no_more_than_a_large_audience(
    new_guest, ask, mails, work, monkeypatch
) -> None:
    monkeypatch.setitem(throttles.LIMITS, "answer_mail_video", throttles.Limit(3, 3600))
    for number in range(5):
        assert ask(new_guest(f"G{number}")[1], f"p{number}@example.org").json() == {"state": "asked"}
    work()
    assert len(mails.messages) == 3


def test_an_address_that_says_no_is_left_alone_for_a_month(browser, new_guest, ask, video, mails, work, clock) -> None:
    ask(browser, "kim@example.org")
    work()
    Client(enforce_csrf_checks=True).post(stop_path_of(mails.messages[0]), {"List-Unsubscribe": "One-Click"})
    assert Client().get(confirm_path(mails.messages[0])).status_code == 404
    for days in (2, 20):
        clock(timezone.now() + timedelta(days=days))
        _guest, client = new_guest("Insistent")
        assert ask(client, "kim@example.org").json() == {"state": "asked"}
        assert ask(browser, "kim@example.org").json() == {"state": "asked"}
        work()
    assert len(mails.messages) == 1
    clock(timezone.now() + timedelta(days=31))
    ask(browser, "kim@example.org")
    work()
    assert len(mails.messages) == 2


def test_another_address_takes_its_own_confirming_and_the_first_mail_is_void(browser, ask, video, mails, work) -> None:
    ask(browser, "mistyped@example.org")
    work()
    ask(browser, "gus@example.org")
    work()
    first, second = mails.messages
    assert Client().post(confirm_path(first)).status_code == 404
    assert state(browser, video) == "asked"
    Client().post(confirm_path(second))
    assert state(browser, video) == "on"
    assert AnswerSubscription.objects.get().email == "gus@example.org"


def test_a_confirmed_address_hears_of_the_next_video_without_another_mail(
    browser, ask, video, ana, workspace, mails, work
) -> None:
    ask(browser)
    work()
    Client().post(confirm_path(mails.messages[0]))
    other = watchable_video(ana, workspace, "Another")
    link = sharing.create_share_link(video=other, created_by=ana)
    browser.get(f"/s/{link.token}/")
    assert ask(browser, video=other).json() == {"state": "on"}
    work()
    assert len(mails.messages) == 1


def test_confirming_holds_for_all_that_the_guest_has_asked_for_meanwhile(
    browser, ask, video, ana, workspace, mails, work
) -> None:
    other = watchable_video(ana, workspace, "Another")
    link = sharing.create_share_link(video=other, created_by=ana)
    browser.get(f"/s/{link.token}/")
    ask(browser)
    ask(browser, video=other)
    work()
    Client().post(confirm_path(mails.messages[0]))
    assert (state(browser, video), state(browser, other)) == ("on", "on")


def test_the_guest_stops_it_on_the_page_too(browser, ask, video, mails, work) -> None:
    ask(browser)
    work()
    Client().post(confirm_path(mails.messages[0]))
    assert browser.delete(reverse("api-answer-mail", args=[video.public_id])).status_code == 204
    assert state(browser, video) == "off"
    assert Guest.objects.get().email == ""


def test_after_a_stop_the_address_is_confirmed_anew(browser, ask, video, mails, work, clock) -> None:
    ask(browser)
    work()
    Client().post(confirm_path(mails.messages[0]))
    browser.delete(reverse("api-answer-mail", args=[video.public_id]))
    clock(timezone.now() + A_DAY)
    assert ask(browser).json() == {"state": "asked"}
    work()
    assert Client().get(confirm_path(mails.messages[0])).status_code == 404
    assert confirm_path(mails.messages[1]) != confirm_path(mails.messages[0])


@pytest.mark.parametrize(
    "body",
    [
        {"email": "nobody", "time_zone": "UTC"},
        {"email": "a@example.org\nBcc: b@example.org", "time_zone": "UTC"},
        {"email": "a@example.org,b@example.org", "time_zone": "UTC"},
        {"email": "x" * 250 + "@example.org", "time_zone": "UTC"},
        {"email": "a@example.org", "time_zone": "Mars/Olympus"},
        {"email": "a@example.org", "time_zone": "../../etc/localtime"},
        {"email": "a@example.org", "time_zone": ""},
        {"email": "a@example.org"},
        {},
    ],
)
def test_what_is_no_address_or_no_zone_is_refused(body, browser, video, mails) -> None:
    path = reverse("api-answer-mail", args=[video.public_id])
    answer = browser.put(path, body, content_type="application/json")
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid")
    assert not Job.objects.exists()


def test_it_is_offered_to_nobody_but_a_guest(video, client_for, ana, ben, ask, mails) -> None:
    for client in (client_for(ana), client_for(ben), Client()):
        assert ask(client).status_code == 404


def test_it_is_not_there_while_mail_is_not_configured(browser, ask) -> None:
    assert ask(browser).status_code == 404


def test_the_address_is_told_to_nobody(browser, ask, video, client_for, ana, mails, work, link) -> None:
    ask(browser)
    work()
    Client().post(confirm_path(mails.messages[0]))
    for client in (browser, client_for(ana)):
        for path in (
            f"/v/{video.public_id}/",
            f"/api/v1/videos/{video.public_id}/comments/",
            f"/api/v1/videos/{video.public_id}/answer-mail/",
        ):
            assert "gus@example.org" not in client.get(path, follow=True).content.decode()


def test_a_refused_address_ends_as_failed_and_is_not_tried_again(browser, ask, video, mails, work) -> None:
    mails.answers["RCPT"] = "550 no such user"
    ask(browser)
    work()
    work()
    assert mails.commands.count("RCPT") == 1
    assert AnswerSubscription.objects.get().confirmation_state == MailState.FAILED


def test_a_server_that_is_busy_is_asked_again(browser, ask, video, mails, work, clock) -> None:
    mails.answers["DATA"] = "451 busy"
    ask(browser)
    work()
    assert mails.messages == []
    mails.answers.clear()
    clock(timezone.now() + timedelta(seconds=30))
    work()
    work()
    assert len(mails.messages) == 1
    assert AnswerSubscription.objects.get().confirmation_state == MailState.SENT


def test_a_server_that_stays_away_ends_as_failed(browser, ask, video, mails, work, clock) -> None:
    mails.answers["MAIL"] = "421 away"
    ask(browser)
    for _ in range(5):
        work()
        clock(timezone.now() + timedelta(minutes=5))
    assert AnswerSubscription.objects.get().confirmation_state == MailState.FAILED
    assert not Job.objects.filter(state__in=Job.UNFINISHED).exists()


def test_what_nobody_confirmed_is_forgotten_after_a_week(browser, ask, video, mails, work, clock) -> None:
    ask(browser)
    work()
    clock(timezone.now() + timedelta(days=6))
    assert services.forget_unconfirmed() == 0
    clock(timezone.now() + timedelta(days=2))
    assert services.forget_unconfirmed() == 1
    assert Client().get(confirm_path(mails.messages[0])).status_code == 404


def test_what_was_confirmed_is_not_forgotten(browser, ask, video, mails, work, clock) -> None:
    ask(browser)
    work()
    Client().post(confirm_path(mails.messages[0]))
    clock(timezone.now() + timedelta(days=400))
    assert services.forget_unconfirmed() == 0
