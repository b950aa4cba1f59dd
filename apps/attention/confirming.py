"""The one mail that goes to an address before it was confirmed: at once, by a job of its own."""

from typing import Any

import structlog
from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext as _

from apps.attention import delivery, mails
from apps.attention.delivery import Outcome
from apps.attention.models import AnswerSubscription, MailState
from apps.core import jobs
from apps.core.claims import Claim
from apps.core.jobs import TryAgain

log = structlog.get_logger(__name__)

CONFIRM = "confirm_address"


def request_confirmation(subscription: AnswerSubscription) -> None:
    """Ask for the confirming mail. Call it in the transaction that makes it due."""
    jobs.request(
        kind=CONFIRM,
        key=f"{CONFIRM}:{subscription.key}",
        subject=subscription.video.public_id,
        payload={"key": subscription.key},
    )


def send_confirmation(claim: Claim) -> None:
    """Send the mail, unless it was begun before, or is wanted no more. Raises TryAgain when the server put it off."""
    rows = AnswerSubscription.objects.filter(
        key=claim.payload["key"], confirmed_at__isnull=True, stopped_at__isnull=True
    )
    due = rows.filter(confirmation_state=MailState.DUE)
    subscription = due.first()
    if subscription is None:
        return
    states = {Outcome.SENT: MailState.SENT, Outcome.REFUSED: MailState.FAILED, Outcome.PUT_OFF: MailState.DUE}

    def end(outcome: Outcome) -> None:
        if outcome in states:
            rows.filter(confirmation_state=MailState.SENDING).update(confirmation_state=states[outcome])

    outcome = delivery.deliver(
        message_for(subscription), begin=lambda: bool(due.update(confirmation_state=MailState.SENDING)), end=end
    )
    log.info("confirming_mail", subscription=subscription.public_id, outcome=outcome.value)
    if outcome in {Outcome.PUT_OFF, Outcome.NOT_REACHED}:
        raise TryAgain("mail_put_off")


def give_up(subject: str, payload: dict[str, Any], code: str) -> None:
    """Note that it was never sent. The guest may ask again the next day."""
    AnswerSubscription.objects.filter(key=payload["key"], confirmation_state=MailState.DUE).update(
        confirmation_state=MailState.FAILED
    )


def message_for(subscription: AnswerSubscription) -> Any:
    """Return the mail. Nothing in it was typed by anybody: its reader may be a stranger to whoever asked."""
    path = reverse("confirm-mail", kwargs={"key": subscription.key})
    return mails.compose(
        to=subscription.email,
        subject=_("Please confirm: mail when you are answered"),
        template="confirm",
        context={"url": f"{settings.ADDRESS.url}{path}", "address": settings.ADDRESS.url},
        stop_key=subscription.key,
        row=f"confirm:{subscription.key}:{subscription.asked_at:%Y-%m-%d}",
    )
