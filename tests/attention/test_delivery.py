"""One mail, at most once: what becomes of its row with everything that a mail server may say, or not say any more."""

from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings
from django.utils import timezone

from apps.attention import delivery, sending
from apps.attention.mails import Mail
from apps.attention.models import Digest, MailState
from tests.attention.conftest import NOON
from tests.attention.test_digests import TOMORROW
from tests.watchable import watchable_video

pytestmark = pytest.mark.django_db


@pytest.fixture
def due(clock, ana, ben, workspace) -> None:
    """Let there be a video for Ben on the next morning."""
    type(ben).objects.filter(pk=ana.pk).update(wants_digest=False)
    type(ben).objects.filter(pk=ben.pk).update(time_zone="Europe/Berlin")
    workspace.memberships.update(created_at=NOON - timedelta(days=30))
    watchable_video(ana, workspace)
    clock(TOMORROW)


def digest() -> Digest:
    return Digest.objects.get()


def test_what_the_server_took_is_sent(due, mails, work) -> None:
    work()
    assert (digest().state, len(mails.messages)) == (MailState.SENT, 1)
    assert digest().sent_at is not None


@pytest.mark.parametrize("command", ["MAIL", "RCPT", "DATA"])
def test_what_the_server_refuses_for_good_has_failed_and_is_not_tried_again(command, due, mails, work, clock) -> None:
    mails.answers[command] = "550 no"
    work()
    assert digest().state == MailState.FAILED
    mails.answers.clear()
    clock(TOMORROW + timedelta(hours=3))
    work()
    assert mails.messages == []


@pytest.mark.parametrize("command", ["MAIL", "RCPT", "DATA"])
def test_what_the_server_puts_off_is_tried_again_after_a_while(command, due, mails, work, clock) -> None:
    mails.answers[command] = "451 not now"
    work()
    work()
    assert mails.commands.count(command) == 1, "the second try must wait"
    assert (digest().state, digest().attempts) == (MailState.DUE, 1)
    mails.answers.clear()
    clock(TOMORROW + timedelta(minutes=2))
    work()
    assert (digest().state, len(mails.messages)) == (MailState.SENT, 1)


def test_the_tries_grow_rare(due, mails, work, clock) -> None:
    mails.answers["MAIL"] = "451 not now"
    for minute in range(0, 120):
        clock(TOMORROW + timedelta(minutes=minute))
        work()
    assert mails.commands.count("MAIL") == 7  # at 0, 1, 6, 21, 51, 81 and 111 minutes


def test_a_server_that_cannot_be_reached_has_begun_nothing(due, mails, work, settings, clock) -> None:
    port, settings.EMAIL_PORT = settings.EMAIL_PORT, 1
    work()
    assert (digest().state, digest().attempts) == (MailState.DUE, 1)
    settings.EMAIL_PORT = port
    clock(TOMORROW + timedelta(minutes=2))
    work()
    assert (digest().state, len(mails.messages)) == (MailState.SENT, 1)


@pytest.mark.parametrize("answer", ["hang up", "hang up after keeping it"])
def test_a_connection_lost_within_the_mail_is_never_begun_again(answer, due, mails, work, clock) -> None:
    mails.answers["DATA"] = answer
    work()
    assert digest().state == MailState.SENDING
    mails.answers.clear()
    for hours in (1, 5, 10):
        clock(TOMORROW + timedelta(hours=hours))
        work()
    assert digest().state == MailState.SENDING
    assert len(mails.messages) == (1 if "keeping" in answer else 0)
    # What it was to tell is told the next day: it has not been seen.
    clock(TOMORROW + timedelta(days=1))
    work()
    assert mails.messages[-1]["Subject"] == "New for you: 1 video, 2 minutes"


def test_of_two_workers_that_come_to_one_row_one_begins_it(due, mails, work, monkeypatch) -> None:
    really = delivery.deliver

    def twice(message: Any, *, begin: Any, end: Any) -> Any:
        first, second = really(message, begin=begin, end=end), really(message, begin=begin, end=end)
        assert second is delivery.Outcome.NOT_OURS
        return first

    monkeypatch.setattr(delivery, "deliver", twice)
    work()
    assert (digest().state, len(mails.messages)) == (MailState.SENT, 1)


def test_a_worker_that_reaches_no_server_puts_off_nothing_that_another_has_begun(due, mails, work, monkeypatch) -> None:
    handed_over = delivery._handed_over

    def meanwhile(connection: Any, message: Any) -> Any:
        with monkeypatch.context() as patched:
            patched.setattr(settings, "EMAIL_PORT", 1)
            rows = Digest.objects.all()
            assert delivery.deliver_row(rows, message, still_wanted={}) is delivery.Outcome.NOT_REACHED
        assert digest().state == MailState.SENDING
        return handed_over(connection, message)

    monkeypatch.setattr(delivery, "_handed_over", meanwhile)
    work()
    assert (digest().state, digest().attempts, len(mails.messages)) == (MailState.SENT, 0, 1)


def test_what_was_told_is_written_with_the_row_or_not_at_all(due, mails, work) -> None:
    def dies() -> None:
        raise RuntimeError("killed")

    sending.sweep()
    message = Mail(subject="x", body="x", to=["ben@example.com"])
    with pytest.raises(RuntimeError):
        delivery.deliver_row(Digest.objects.all(), message, still_wanted={}, note_sent=dies)
    assert (digest().state, len(mails.messages)) == (MailState.SENDING, 1)


def test_each_try_has_the_same_message_id(due, mails, work, clock) -> None:
    mails.answers["DATA"] = "hang up after keeping it"
    work()
    Digest.objects.update(state=MailState.DUE, try_after=timezone.now())
    mails.answers.clear()
    work()
    first, second = mails.messages
    assert first["Message-ID"] == second["Message-ID"]


def test_nobody_s_address_stands_in_the_log(due, mails, work, caplog) -> None:
    mails.answers["RCPT"] = "550 ben@example.com is unknown"
    work()
    ours = [record.getMessage() for record in caplog.records if record.name.startswith("apps.attention")]
    assert ours
    assert not any("ben@example.com" in line for line in ours)
