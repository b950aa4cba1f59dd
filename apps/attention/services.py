"""What changes about who hears of answers by mail: asking, confirming, stopping.

An address gets nothing but one confirming mail until somebody who reads it has pressed the button there, and that mail
is written so that nobody would send it to others for fun: no name, no title, nothing that a guest has typed. Who asks
never learns whether it was sent. One address gets one in a day, whoever asks for it; who pressed Stop in it gets none
for a month.
"""

from datetime import timedelta

import structlog
from django.db import transaction
from django.utils import timezone

from apps.accounts.models import Person
from apps.attention.confirming import request_confirmation
from apps.attention.models import AnswerSubscription, MailState
from apps.core import throttles
from apps.core.errors import TooMany
from apps.core.ids import new_token
from apps.sharing.models import Guest, ShareLink
from apps.videos.models import Video

log = structlog.get_logger(__name__)

SAID_NO = timedelta(days=30)  # an address that stopped a confirming mail is left alone this long
UNCONFIRMED_KEPT = timedelta(days=7)  # an address that nobody has confirmed is not ours to keep


def subscription_of(*, guest: Guest, video: Video) -> AnswerSubscription | None:
    """Return what this guest has asked for on this video and not stopped, None for nothing."""
    return AnswerSubscription.objects.filter(guest=guest, video=video, stopped_at__isnull=True).first()


def subscribe(
    *, guest: Guest, video: Video, share_link: ShareLink, email: str, time_zone: str, address: str
) -> AnswerSubscription | None:
    """Ask for mails about answers; the same again changes nothing. `address` is where the request comes from.

    A guest who has confirmed this e-mail before hears of this video too, without another mail. Returns None, as if it
    had been done, for an address that wants nothing from us. Raises TooMany for who asks for very many.
    """
    email = email.strip().lower()
    throttles.take("answer_mail", guest.pk)
    throttles.take("answer_mail_address", address)
    if _has_said_no(email):
        log.info("answer_mail_unwanted", video=video.public_id)
        return None
    with transaction.atomic():
        fresh = {"share_link": share_link, "email": email, "time_zone": time_zone}
        subscription, _is_new = AnswerSubscription.objects.select_for_update().get_or_create(
            guest=guest, video=video, defaults=fresh
        )
        now = timezone.now()
        if subscription.email != email or subscription.stopped_at is not None:
            subscription.email, subscription.key = email, new_token()
            subscription.confirmed_at = subscription.stopped_at = None
            subscription.answered_until = now
        subscription.share_link, subscription.time_zone, subscription.asked_at = share_link, time_zone, now
        if subscription.confirmed_at is None and guest.email == email:
            subscription.confirmed_at = now
        if subscription.confirmed_at is None and _may_be_written_to(email, video):
            subscription.confirmation_state = MailState.DUE
            request_confirmation(subscription)
        subscription.save()
    return subscription


@transaction.atomic
def confirm(*, subscription: AnswerSubscription) -> None:
    """Note that whoever reads the address wants this: for all that its guest has asked for to this address."""
    AnswerSubscription.objects.filter(
        guest=subscription.guest_id, email=subscription.email, confirmed_at__isnull=True, stopped_at__isnull=True
    ).update(confirmed_at=timezone.now())
    Guest.objects.filter(pk=subscription.guest_id).update(email=subscription.email)
    log.info("answer_mail_confirmed", subscription=subscription.public_id)


@transaction.atomic
def stop(*, subscription: AnswerSubscription) -> None:
    """End the mails about this video. A guest whose last ones these were has no e-mail with us any more."""
    ours = AnswerSubscription.objects.filter(pk=subscription.pk, stopped_at__isnull=True)
    if ours.update(stopped_at=timezone.now()):
        log.info("answer_mail_stopped", subscription=subscription.public_id)
    others = AnswerSubscription.objects.filter(
        guest=subscription.guest_id, confirmed_at__isnull=False, stopped_at__isnull=True
    )
    if not others.exists():
        Guest.objects.filter(pk=subscription.guest_id).update(email="")


def stop_digest(*, person: Person) -> None:
    """End the daily mail of this member. Nothing happens where it has ended."""
    if Person.objects.filter(pk=person.pk, wants_digest=True).update(wants_digest=False):
        log.info("digest_stopped", person=person.public_id)


def forget_unconfirmed() -> int:
    """Delete the addresses that nobody has confirmed, and that said no a while ago. Return how many."""
    now = timezone.now()
    never = AnswerSubscription.objects.filter(confirmed_at__isnull=True)
    waiting, _models = never.filter(stopped_at__isnull=True, asked_at__lt=now - UNCONFIRMED_KEPT).delete()
    refused, _models = never.filter(stopped_at__lt=now - SAID_NO).delete()
    return waiting + refused


def _has_said_no(email: str) -> bool:
    return AnswerSubscription.objects.filter(
        email=email, confirmed_at__isnull=True, stopped_at__gt=timezone.now() - SAID_NO
    ).exists()


def _may_be_written_to(email: str, video: Video) -> bool:
    """Return whether a confirming mail may go to this address now, and count it."""
    try:
        throttles.take("answer_mail_video", video.pk)
        throttles.take("answer_mail_to", email)
    except TooMany:
        log.warning("confirming_mail_held_back", video=video.public_id)
        return False
    return True
