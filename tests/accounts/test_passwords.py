"""A password that was forgotten: by mail where mail is set up, else by whom the page names."""

import re
from datetime import timedelta

import pytest
import time_machine
from allauth.account import app_settings
from allauth.core.internal.ratelimit import parse_rates
from django.core import mail
from django.test import Client
from django.utils import timezone

from apps.accounts.adapter import GUESSING_ENDS_S
from apps.core import throttles
from apps.core.throttles import Limit

pytestmark = pytest.mark.django_db

ASK = "/accounts/password/reset/"


@pytest.fixture
def with_mail(settings) -> None:
    settings.EMAIL_URL = "smtp://localhost"


def test_without_mail_the_page_says_whom_to_ask(ana) -> None:
    page = Client().get(ASK)
    assert b"Ask an owner of your workspace" in page.content
    assert b"<form" not in page.content
    Client().post(ASK, {"email": ana.email})
    assert mail.outbox == []


@pytest.mark.usefixtures("with_mail")
def test_the_link_in_the_mail_sets_a_password_once(ana) -> None:
    Client().post(ASK, {"email": "ANA@example.com"}, HTTP_HOST="127.0.0.1")
    (sent,) = mail.outbox
    assert sent.to == ["ana@example.com"]
    (path,) = re.findall(r"^http://localhost:8000(/accounts/password/reset/key/\S+)$", str(sent.body), re.MULTILINE)
    client = Client()
    form = client.get(path, follow=True)
    new = {"password1": "a quiet morning", "password2": "a quiet morning", "time_zone": "Europe/Lisbon"}
    client.post(form.redirect_chain[-1][0], new)
    ana.refresh_from_db()
    assert ana.check_password("a quiet morning")
    assert ana.time_zone == "Europe/Lisbon"
    assert client.get("/settings/").status_code == 200
    assert b"used or has expired" in Client().get(path, follow=True).content


@pytest.mark.usefixtures("with_mail")
def test_the_page_says_the_same_and_sends_a_mail_whether_there_is_an_account_or_not(ana) -> None:
    answers = [Client().post(ASK, {"email": email}, follow=True) for email in (ana.email, "nobody@example.com")]
    pages = [re.sub(rb'nonce="[^"]*"', b"", answer.content) for answer in answers]
    assert pages[0] == pages[1]
    assert [sent.to for sent in mail.outbox] == [["ana@example.com"], ["nobody@example.com"]]
    assert "no account with this address" in mail.outbox[1].body
    assert "/accounts/" not in mail.outbox[1].body


@pytest.mark.usefixtures("with_mail", "ana")
def test_a_dead_mail_server_changes_nothing_of_what_the_page_says(settings) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1
    answers = [Client().post(ASK, {"email": email}) for email in ("ana@example.com", "nobody@example.com")]
    assert [answer["Location"] for answer in answers] == [f"{ASK}done/"] * 2


@pytest.mark.usefixtures("with_mail")
def test_asking_again_and_again_is_refused(ana) -> None:
    statuses = [Client().post(ASK, {"email": ana.email}).status_code for _ in range(7)]
    assert statuses == [302] * 5 + [429] * 2
    assert len(mail.outbox) == 5


@pytest.mark.usefixtures("with_mail", "cache_by_our_clock")
def test_nobody_s_mailbox_is_filled_by_asking_for_passwords(ana) -> None:
    start = timezone.now()
    answers = []
    for minute in range(0, 60, 10):
        with time_machine.travel(start + timedelta(minutes=minute), tick=False):
            answers.append(Client().post(ASK, {"email": f" {ana.email.title()} "}))
    assert [answer.status_code for answer in answers] == [302] * 5 + [429]
    assert int(answers[-1]["Retry-After"]) == 600
    assert b"That address was written to just now. Please try again in 10 minutes." in answers[-1].content
    with time_machine.travel(start + timedelta(minutes=61)):
        assert Client().post(ASK, {"email": ana.email}).status_code == 302


@pytest.mark.usefixtures("with_mail")
def test_from_one_address_only_so_many_are_written_to(monkeypatch) -> None:
    monkeypatch.setitem(throttles.LIMITS, "password_mails", Limit(2, 60))
    statuses = [Client().post(ASK, {"email": f"{n}@example.com"}).status_code for n in range(3)]
    assert statuses == [302, 302, 429]
    assert Client(REMOTE_ADDR="198.51.100.7").post(ASK, {"email": "4@example.com"}).status_code == 302


def test_guessing_a_password_is_refused_after_a_few_tries_and_the_right_one_with_it(ana) -> None:
    tries = [Client().post("/accounts/login/", {"login": ana.email, "password": f"wrong {n}"}) for n in range(5)]
    assert all(answer.status_code == 200 for answer in tries)
    right = Client().post("/accounts/login/", {"login": ana.email, "password": "correct horse battery"})
    assert (right.status_code, right["Retry-After"]) == (429, "300")
    assert b"Those were too many wrong passwords. Please try again in 5 minutes." in right.content


def test_trying_many_accounts_is_refused_with_a_page_that_says_when(ana) -> None:
    tries = [Client().post("/accounts/login/", {"login": f"{n}@example.com", "password": "wrong"}) for n in range(31)]
    assert [answer.status_code for answer in tries][-1] == 429
    assert tries[-1]["Retry-After"] == "60"
    assert b"Please try again in 60 seconds." in tries[-1].content
    assert b"One moment, please" in tries[-1].content


def test_what_allauth_refuses_with_a_page_passes_again_within_the_minute_that_the_page_says() -> None:
    with_a_form_of_their_own = {"login_failed"}
    without_a_route = {"confirm_email"}
    waits = {
        rate.duration
        for action, rates in app_settings.RATE_LIMITS.items()
        if action not in with_a_form_of_their_own | without_a_route
        for rate in parse_rates(rates)
    }
    assert max(waits) == 60
    assert {str(rate) for rate in parse_rates(app_settings.RATE_LIMITS["login_failed"])} >= {
        f"5/{GUESSING_ENDS_S}.0/key"
    }


def test_behind_a_proxy_tries_are_counted_for_each_visitor(ana, settings) -> None:
    class Public:
        url, host, is_https, is_public = "https://video.example.com", "video.example.com", True, True

    settings.ADDRESS = Public
    form = {"login": "nobody@example.com", "password": "wrong"}
    for _ in range(31):
        Client().post("/accounts/login/", form, HTTP_X_FORWARDED_FOR="198.51.100.7", REMOTE_ADDR="127.0.0.1")
    good = {"login": ana.email, "password": "correct horse battery"}
    answer = Client().post("/accounts/login/", good, HTTP_X_FORWARDED_FOR="203.0.113.9", REMOTE_ADDR="127.0.0.1")
    assert answer.status_code == 302


def test_a_changed_password_ends_the_other_sessions(ana, client_for) -> None:
    here, there = client_for(ana), client_for(ana)
    form = {"oldpassword": "correct horse battery", "password1": "a quiet morning", "password2": "a quiet morning"}
    here.post("/accounts/password/change/", form)
    assert here.get("/settings/").status_code == 200
    assert there.get("/settings/").status_code == 302
