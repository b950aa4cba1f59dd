"""The mail that tells a guest of answers: one a day for a video at most, only when there is one, in their daytime.

An answer is what somebody else has said in a thread that the guest began or took part in, as far as the guest's link
shows it to them now; what is for the team only never is one, nor what they have seen on the page. The mail says
that there are answers and by whom, and leads to the first; the words stay where the link guards them. Behind a
password it names neither video nor people: the password is asked for on every device, and a mailbox is one.
"""

from datetime import date, datetime, timedelta
from typing import Any

import structlog
from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from apps.attention import delivery, mails, windows
from apps.attention.delivery import Outcome
from apps.attention.models import AnswerMail, AnswerSubscription, MailState
from apps.comments.models import Comment, CommentQuerySet
from apps.core.viewer import Viewer
from apps.insights.models import Seen
from apps.sharing import personal
from apps.sharing import services as sharing
from apps.sharing.models import ShareLink
from apps.sharing.viewers import rights_of

log = structlog.get_logger(__name__)

AT_ONCE = 500  # mails that one sweep makes for one date; the next one takes the rest
SETTLES = timedelta(seconds=5)  # comments of the last moments may not be committed yet; the next mail has them
ONE_DAY_GAP = timedelta(hours=20)  # after a move to another zone, where the next day may begin soon


def make_due(now: datetime) -> int:
    """Make today's rows of the guests who have an answer and no mail yet today. Return how many.

    The number of queries does not grow with that of the guests, only with that of the mails. What is found is looked
    at again when the mail is written.
    """
    confirmed = AnswerSubscription.objects.filter(confirmed_at__isnull=False, stopped_at__isnull=True)
    names = confirmed.order_by().values_list("time_zone", flat=True).distinct()
    made = 0
    for day, zones in windows.open_zones(now, names, opens=windows.ANSWERS_FROM).items():
        today = AnswerMail.objects.filter(subscription=OuterRef("pk"), day=day)
        waiting = _with_news(confirmed.filter(~Exists(today), time_zone__in=zones), now)
        for subscription in waiting[:AT_ONCE]:
            if not _had_one(subscription, day, now):
                row = AnswerMail(subscription=subscription, day=day, time_zone=subscription.time_zone)
                AnswerMail.objects.bulk_create([row], ignore_conflicts=True)
                made += 1
    return made


def send(mail: AnswerMail) -> None:
    """Send the mail of this row, if there is something to tell and it is still its day.

    Where the answer was taken back meanwhile the row goes too: the day's mail is still there for the next one.
    """
    rows, now = AnswerMail.objects.filter(pk=mail.pk), timezone.now()
    subscription = mail.subscription
    if windows.open_day(now, mail.time_zone, opens=windows.ANSWERS_FROM) != mail.day:
        rows.filter(state=MailState.DUE).update(state=MailState.FAILED)
        log.warning("answer_mail_missed", subscription=subscription.public_id, day=str(mail.day))
        return
    until = now - SETTLES
    answers = list(answers_for(subscription, until=until)[:100])
    if not answers:
        rows.filter(state=MailState.DUE).delete()
        return
    rows.filter(state=MailState.DUE).update(covers_until=until)
    wanted = {"subscription__confirmed_at__isnull": False, "subscription__stopped_at__isnull": True}
    wanted["subscription__email"] = subscription.email  # type: ignore[assignment]  # not one that was changed meanwhile
    told = AnswerSubscription.objects.filter(pk=subscription.pk)
    outcome = delivery.deliver_row(
        rows,
        message_for(mail, answers),
        still_wanted=wanted,
        note_sent=lambda: told.update(answered_until=until),
    )
    if outcome is Outcome.NOT_OURS:
        rows.filter(state=MailState.DUE).delete()  # stopped while it was written
    log.info("answer_mail", subscription=subscription.public_id, outcome=outcome.value, answers=len(answers))


def answers_for(subscription: AnswerSubscription, *, until: datetime) -> CommentQuerySet:
    """Return the answers this guest has not been told of and has not seen, the first one first."""
    link = ShareLink.objects.valid().filter(pk=subscription.share_link_id).first()
    if link is None:
        return Comment.objects.none()
    # They had given the password when they spoke; what the mail says is chosen for whoever has not.
    rights = rights_of(link, share_token=sharing.unlocked_token(link))
    guest = subscription.guest
    viewer = Viewer(guest_id=guest.pk, guest_workspace_id=guest.workspace_id, links=(rights,))
    mine = Comment.objects.filter(guest_id=subscription.guest_id, deleted_at__isnull=True)
    seen = Seen.objects.filter(
        guest_id=subscription.guest_id, video_id=subscription.video_id, last_opened_at__gte=OuterRef("created_at")
    )
    began = Q(parent__guest_id=subscription.guest_id)
    # Who takes part has read what stood there before.
    took_part = Exists(mine.filter(parent=OuterRef("parent"), created_at__lt=OuterRef("created_at")))
    return (
        Comment.objects.viewable_by(viewer)
        .filter(began | took_part, ~Exists(seen), video_id=subscription.video_id, deleted_at__isnull=True)
        .filter(created_at__gt=subscription.answered_until, created_at__lte=until)
        .exclude(guest_id=subscription.guest_id)
        .order_by("created_at", "pk")
    )


def message_for(mail: AnswerMail, answers: list[Comment]) -> Any:
    """Return the mail that tells this guest of these answers; the first of them is where it leads."""
    subscription = mail.subscription
    link, guest = subscription.share_link, subscription.guest
    way_back = personal.url_of(personal.personal_link_of(guest=guest, share_link=link), comment=answers[0].public_id)
    title = "" if link.has_password else mails.line_of(subscription.video.display_title)
    context = {
        "title": title,
        "who": mails.join_names(list(dict.fromkeys(answer.author_name for answer in answers))),
        "count": len(answers),
        "name": mails.line_of(guest.name),
        "url": way_back,
        "has_password": link.has_password,
    }
    subject = ngettext("An answer for you", "%(count)d answers for you", len(answers)) % {"count": len(answers)}
    return mails.compose(
        to=subscription.email,
        subject=_("%(what)s: %(title)s") % {"what": subject, "title": title} if title else subject,
        template="answers",
        context=context,
        stop_key=subscription.key,
        row=f"answers:{subscription.public_id}:{mail.day}",
    )


def _with_news(subscriptions: "QuerySet[AnswerSubscription]", now: datetime) -> "QuerySet[AnswerSubscription]":
    """Return those of the subscriptions whose guest was answered since they were told last and has not looked since."""
    answers = (
        Comment.objects.filter(video=OuterRef("video"), parent__isnull=False, deleted_at__isnull=True, team_only=False)
        .filter(created_at__gt=OuterRef("answered_until"), created_at__lte=now - SETTLES)
        .exclude(guest=OuterRef("guest"))
    )
    began = Q(parent__guest=OuterRef("guest"))
    took_part = Q(
        parent__replies__guest=OuterRef("guest"),
        parent__replies__deleted_at__isnull=True,
        parent__replies__created_at__lt=F("created_at"),
    )
    to_see = Q(share_link__conversation=ShareLink.Conversation.ALL, has_part=True) | Q(
        share_link__conversation=ShareLink.Conversation.OWN, has_own=True
    )
    seen = Seen.objects.filter(video=OuterRef("video"), guest=OuterRef(OuterRef("guest")))
    unseen = answers.filter(~Exists(seen.filter(last_opened_at__gte=OuterRef("created_at"))))
    return (
        subscriptions.filter(share_link__in=ShareLink.objects.valid().values("pk"))
        .annotate(has_own=Exists(unseen.filter(began)), has_part=Exists(unseen.filter(began | took_part)))
        .filter(to_see)
        .order_by("answered_until", "pk")
    )


def _had_one(subscription: AnswerSubscription, day: date, now: datetime) -> bool:
    """Return whether this address had its mail of today for this video, also as another guest or in another zone."""
    mails_of = AnswerMail.objects.filter(
        subscription__video_id=subscription.video_id, subscription__email=subscription.email
    )
    just_now = Q(sent_at__gt=now - ONE_DAY_GAP) & ~Q(time_zone=subscription.time_zone)
    return mails_of.filter(Q(day=day) | just_now).exists()
