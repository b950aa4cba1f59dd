"""What was seen: one row for a viewer and a video stands behind unread, views, receipts and catch-up."""

from django.conf import settings
from django.db import models
from django.utils import timezone

from apps.sharing.models import Guest
from apps.videos.models import Video


class Seen(models.Model):
    """That a member or a guest opened a video, when last, and what of it they watched; or that they set it aside.

    `ranges` is [[start_ms, end_ms], …], in order and without overlaps. Who said "seen" without opening it has a row
    with set_aside_at alone: it is no news for them any more, and no view either.
    """

    video = models.ForeignKey(Video, on_delete=models.CASCADE, related_name="seen")
    member = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, null=True, related_name="+")
    guest = models.ForeignKey(Guest, on_delete=models.CASCADE, null=True, related_name="+")
    ranges = models.JSONField(default=list)
    opened_at = models.DateTimeField(null=True, default=timezone.now)  # the first time, null for never
    last_opened_at = models.DateTimeField(null=True, default=timezone.now)  # answers that came later are new
    set_aside_at = models.DateTimeField(null=True)  # what was there then is no news, though it was not opened
    acknowledged_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["member", "video"], condition=models.Q(member__isnull=False), name="seen_once_a_member"
            ),
            models.UniqueConstraint(
                fields=["guest", "video"], condition=models.Q(guest__isnull=False), name="seen_once_a_guest"
            ),
            models.CheckConstraint(
                condition=models.Q(member__isnull=True, guest__isnull=False)
                | models.Q(member__isnull=False, guest__isnull=True),
                name="seen_by_one",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.video_id} by {self.member_id or self.guest_id}"
