"""When mails go out: a sweep makes the rows that are due, and one job sends them, one after the other.

One job for all, and not one for each: a worker's slot is enough for mail, recordings wait behind nothing for long, and
two thousand mornings without news leave no two thousand jobs behind. What a job has not reached within BUDGET_S is
asked for again by the next sweep, as is what a mail server has put off.
"""

import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import structlog
from django.db import transaction
from django.utils import timezone

from apps.attention import answers, confirming, digests
from apps.attention.models import AnswerMail, Digest, MailState
from apps.core import jobs, mail
from apps.core.claims import Claim

log = structlog.get_logger(__name__)

SEND_MAILS = "send_mails"
BUDGET_S = 20.0  # the queue is the one on which videos are published
AFTER_A_CRASH = timedelta(hours=1)  # a row that breaks our own code must not hold up the others behind it

# Answers first: somebody waits for them.
SENDERS: tuple[tuple[Any, Callable[[Any], None], tuple[str, ...]], ...] = (
    (AnswerMail, answers.send, ("subscription__guest", "subscription__share_link", "subscription__video")),
    (Digest, digests.send, ("person",)),
)


def sweep() -> bool:
    """Make the rows that are due now and ask for a job to send them. Return whether there was anything to send.

    May run twice at once. Does nothing while no mail server is configured.
    """
    if not mail.is_configured():
        return False
    now = timezone.now()
    made = answers.make_due(now) + digests.make_due(now)
    waiting = made or any(_due(model).exists() for model, _send, _rows in SENDERS)
    if waiting:
        with transaction.atomic():
            jobs.request(kind=SEND_MAILS, key=SEND_MAILS, subject=SEND_MAILS)
    return bool(waiting)


def send_due(claim: Claim) -> None:
    """Send what is due, until nothing is left or the time is up. Each row is safe for itself, see delivery.py."""
    ends = time.monotonic() + BUDGET_S
    for model, send, rows in SENDERS:
        for pk in list(_due(model).order_by("try_after", "pk").values_list("pk", flat=True)):
            claim.check()
            if time.monotonic() > ends:
                return
            row = model.objects.select_related(*rows).filter(pk=pk, state=MailState.DUE).first()
            if row is not None:
                _send_one(model, row, send)


def _send_one(model: Any, row: Any, send: Callable[[Any], None]) -> None:
    try:
        send(row)
    except Exception:
        # Whatever it is, it is this row's: the next reader's mail must not wait for it.
        log.exception("mail_crashed", mail=model.__name__, row=row.pk)
        model.objects.filter(pk=row.pk, state=MailState.DUE).update(
            attempts=row.attempts + 1, try_after=timezone.now() + AFTER_A_CRASH
        )


def _due(model: Any) -> Any:
    return model.objects.filter(state=MailState.DUE, try_after__lte=timezone.now())


def register_jobs() -> None:
    """Make the kinds of job known to apps/core/jobs.py. A round that fails is asked for again by the next sweep."""
    jobs.register(jobs.Kind(SEND_MAILS, queue="publish", perform=send_due, give_up=lambda *_args: None))
    jobs.register(
        jobs.Kind(confirming.CONFIRM, queue="publish", perform=confirming.send_confirmation, give_up=confirming.give_up)
    )
