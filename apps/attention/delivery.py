"""One mail's way from its row to the mail server, at most once.

    due ── begin ──> sending ── taken by the server ──> sent
     ^                  │
     │                  ├── the server said "not now": due again, after a while, within the day's hours
     └──────────────────┤
                        ├── the server said "never": failed
                        └── no word any more (killed, connection lost): stays sending

The connection is opened first, which takes longest and fails most: a worker that dies until then has begun nothing, and
the row is still due. Only then does one conditional UPDATE make the row `sending`, so that of two workers one goes on;
and from there on the mail may be in somebody's inbox, whatever becomes of us. Such a row is never begun a second
time: at most once, then, and not for certain. What it was to tell is told with the next day's mail unless it was seen
by then, so nobody misses an answer; at the worst they read of it on two days.
"""

import enum
import smtplib
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import structlog
from django.core.mail import EmailMessage, get_connection
from django.db import transaction
from django.db.models import F, QuerySet
from django.utils import timezone

from apps.attention.models import MailState

log = structlog.get_logger(__name__)

WAITS_MINUTES = (1, 5, 15, 30)  # after the first, second … time that a server put a mail off; then the last again


class Outcome(enum.Enum):
    """What became of one try."""

    SENT = "sent"
    NOT_REACHED = "not_reached"  # nothing was begun, and the next try may go through
    PUT_OFF = "put_off"  # begun, certainly not sent, and the next try may go through
    REFUSED = "refused"  # certainly not sent, and never will be
    UNKNOWN = "unknown"  # perhaps sent
    NOT_OURS = "not_ours"  # somebody else has begun it, or it was stopped meanwhile


def deliver(message: EmailMessage, *, begin: Callable[[], bool], end: Callable[[Outcome], None]) -> Outcome:
    """Hand the message to the mail server. `begin` moves its row to `sending`; False from it stops the try.

    `end` writes down what became of it, before we take leave of the server, which may take its time for that.
    """
    connection = get_connection()
    try:
        connection.open()
        _greet(connection)
    except (OSError, smtplib.SMTPException) as error:
        # A wrong password of ours is among these: an operator may put it right within the day.
        log.warning("mail_server_not_reached", error=_said(error))
        end(Outcome.NOT_REACHED)
        return Outcome.NOT_REACHED
    try:
        outcome = _handed_over(connection, message) if begin() else Outcome.NOT_OURS
        end(outcome)
    finally:
        _close(connection)
    return outcome


def deliver_row(
    rows: "QuerySet[Any]",
    message: EmailMessage,
    *,
    still_wanted: dict[str, Any],
    note_sent: Callable[[], object] = lambda: None,
) -> Outcome:
    """Deliver the mail of the one DatedMail in `rows`, and write down what became of it.

    `still_wanted` are conditions on the row that must hold at the moment the mail begins: nobody has stopped it.
    `note_sent` writes what else is true of a mail that was sent, in one transaction with its row.
    """
    due, begun = rows.filter(state=MailState.DUE), rows.filter(state=MailState.SENDING)

    def end(outcome: Outcome) -> None:
        if outcome is Outcome.SENT:
            with transaction.atomic():
                begun.update(state=MailState.SENT, sent_at=timezone.now())
                note_sent()
        elif outcome is Outcome.REFUSED:
            begun.update(state=MailState.FAILED)
        elif outcome is Outcome.PUT_OFF:
            _put_off(begun)
        elif outcome is Outcome.NOT_REACHED:
            _put_off(due)  # what another worker has begun meanwhile is that worker's

    return deliver(message, begin=lambda: bool(due.filter(**still_wanted).update(state=MailState.SENDING)), end=end)


def _handed_over(connection: Any, message: EmailMessage) -> Outcome:
    """Return what the server says to a mail that was begun."""
    try:
        connection.send_messages([message])
    except smtplib.SMTPRecipientsRefused as error:
        return _refused(code for code, _text in error.recipients.values())
    except smtplib.SMTPResponseException as error:
        return _refused([error.smtp_code])
    except (OSError, smtplib.SMTPException) as error:
        log.warning("mail_server_lost", error=_said(error))
        return Outcome.UNKNOWN
    return Outcome.SENT


def _put_off(rows: "QuerySet[Any]") -> None:
    """Make these rows due again, after a while that grows with each try."""
    for attempts in rows.values_list("attempts", flat=True):
        wait = timedelta(minutes=WAITS_MINUTES[min(attempts, len(WAITS_MINUTES) - 1)])
        rows.update(state=MailState.DUE, attempts=F("attempts") + 1, try_after=timezone.now() + wait)


def _greet(connection: Any) -> None:
    """Have the server's answer to our greeting; smtplib leaves it to the first mail where nobody signs in."""
    server = getattr(connection, "connection", None)
    if isinstance(server, smtplib.SMTP):
        server.ehlo_or_helo_if_needed()


def _refused(codes: Any) -> Outcome:
    """Return what the server's codes mean: 5xx for ever, all else for now."""
    answered = list(codes)
    log.warning("mail_refused", codes=answered)
    return Outcome.REFUSED if any(code >= 500 for code in answered) else Outcome.PUT_OFF


def _said(error: Exception) -> str:
    """Return the kind of an error; its text may hold the address, which is nobody's who reads the log."""
    return type(error).__name__


def _close(connection: Any) -> None:
    try:
        connection.close()
    except (OSError, smtplib.SMTPException):
        # The server has what it got; how it says goodbye changes nothing.
        log.info("mail_server_left_early")
