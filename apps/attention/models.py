"""What reaches people who are not looking: at most one mail a day, in the reader's own hours.

Each mail is a row that is unique by reader and day, made before it is sent, so that a worker that dies, or two
that wake at once, never send it twice. The state says what became of it; apps/attention/delivery.py tells how.
"""

from django.conf import settings
from django.db import models
from django.utils import timezone

from apps.core.ids import new_token
from apps.core.models import PublicRow
from apps.sharing.models import Guest, ShareLink
from apps.videos.models import Video


class MailState(models.TextChoices):
    """What became of one mail."""

    DUE = "due"
    SENDING = "sending"  # handed to the mail server or about to be: never begun a second time
    SENT = "sent"
    NOTHING_NEW = "nothing_new"
    FAILED = "failed"


class DatedMail(models.Model):
    """The one mail of a day, as the reader's zone counts days."""

    day = models.DateField()
    time_zone = models.CharField(max_length=64, blank=True)  # in which the day was counted
    state = models.CharField(max_length=12, choices=MailState.choices, default=MailState.DUE)
    attempts = models.PositiveSmallIntegerField(default=0)  # that the mail server put off
    try_after = models.DateTimeField(default=timezone.now)
    covers_until = models.DateTimeField(null=True)  # what came before this moment
    sent_at = models.DateTimeField(null=True)

    class Meta:
        abstract = True


class Digest(DatedMail):
    """The one mail of a day for a member, in their own time zone."""

    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="digests")
    covers_from = models.DateTimeField(null=True)  # what came at or after this moment

    class Meta:
        constraints = [models.UniqueConstraint(fields=["person", "day"], name="one_digest_a_day")]
        indexes = [models.Index(fields=["try_after"], condition=models.Q(state="due"), name="digests_due")]

    def __str__(self) -> str:
        return f"{self.person} {self.day} ({self.state})"


class AnswerSubscription(PublicRow):
    """That a guest wants to hear by mail when somebody answers them on a video. Nothing goes out before they confirm.

    `key` stands in the mails: it confirms, and it stops. Another address gets another key, so that whoever has the
    first mail confirms nothing for the second.
    """

    guest = models.ForeignKey(Guest, on_delete=models.CASCADE, related_name="answer_subscriptions")
    video = models.ForeignKey(Video, on_delete=models.CASCADE, related_name="answer_subscriptions")
    share_link = models.ForeignKey(ShareLink, on_delete=models.CASCADE, related_name="+")
    email = models.EmailField()
    time_zone = models.CharField(max_length=64)  # IANA name, of the browser that asked
    key = models.CharField(max_length=43, unique=True, default=new_token, editable=False)
    asked_at = models.DateTimeField(default=timezone.now)  # the last time
    confirmation_state = models.CharField(max_length=12, choices=MailState.choices, default=MailState.DUE)
    confirmed_at = models.DateTimeField(null=True)
    stopped_at = models.DateTimeField(null=True)
    answered_until = models.DateTimeField(default=timezone.now)  # answers up to here were told, or were there before

    class Meta:
        constraints = [models.UniqueConstraint(fields=["guest", "video"], name="one_answer_subscription")]

    def __str__(self) -> str:
        return f"{self.guest_id} on {self.video_id}"


class AnswerMail(DatedMail):
    """The one mail of a day that tells a guest of answers on a video."""

    subscription = models.ForeignKey(AnswerSubscription, on_delete=models.CASCADE, related_name="mails")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["subscription", "day"], name="one_answer_mail_a_day")]
        indexes = [models.Index(fields=["try_after"], condition=models.Q(state="due"), name="answer_mails_due")]

    def __str__(self) -> str:
        return f"{self.subscription_id} {self.day} ({self.state})"
