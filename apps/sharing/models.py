"""Ways in for people without an account: share links, and the guests who came by them."""

from django.conf import settings
from django.contrib.auth.hashers import check_password, make_password
from django.db import models
from django.utils import timezone

from apps.core.ids import new_token
from apps.core.models import PublicRow
from apps.videos.models import Video
from apps.workspaces.models import Workspace


class ShareLinkQuerySet(models.QuerySet["ShareLink"]):
    """Which links open something now."""

    def open(self) -> "ShareLinkQuerySet":
        """Return the links that are neither revoked nor switched off, of videos that are not in the trash.

        Expired ones are among them: whoever has one is told so, instead of that there is nothing.
        """
        return self.filter(
            revoked_at__isnull=True, video__deleted_at__isnull=True, video__workspace__links_enabled=True
        ).select_related("video")

    def valid(self) -> "ShareLinkQuerySet":
        """Return the open links that have not expired."""
        return self.open().filter(models.Q(expires_at__isnull=True) | models.Q(expires_at__gt=timezone.now()))


class ShareLink(PublicRow):
    """The way in to one video for whoever knows its token, with what it allows."""

    class Conversation(models.TextChoices):
        """How much of the comments a guest sees."""

        ALL = "all"
        OWN = "own"
        NONE = "none"

    video = models.ForeignKey(Video, on_delete=models.CASCADE, related_name="share_links")
    token = models.CharField(max_length=43, unique=True, default=new_token, editable=False)
    name = models.CharField(max_length=80, blank=True)
    password_hash = models.CharField(max_length=200, blank=True)
    expires_at = models.DateTimeField(null=True, blank=True)
    can_comment = models.BooleanField(default=True)
    can_download = models.BooleanField(default=False)
    needs_name = models.BooleanField(default=False)  # asks for a name before the video can be watched
    conversation = models.CharField(max_length=4, choices=Conversation.choices, default=Conversation.ALL)
    last_used_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")

    objects = ShareLinkQuerySet.as_manager()

    def __str__(self) -> str:
        return self.name or self.public_id

    @property
    def has_password(self) -> bool:
        return bool(self.password_hash)

    @property
    def has_expired(self) -> bool:
        return self.expires_at is not None and self.expires_at <= timezone.now()

    def set_password(self, password: str) -> None:
        """Hash and keep the password; "" takes it away. Does not save."""
        self.password_hash = make_password(password) if password else ""

    def check_password(self, password: str) -> bool:
        """Return whether this is the link's password."""
        return bool(self.password_hash) and check_password(password, self.password_hash)


class Guest(PublicRow):
    """Somebody without an account who gave a name; their token says that it is them who speaks."""

    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="guests")
    name = models.CharField(max_length=80)
    token_digest = models.CharField(max_length=64, unique=True)
    email = models.EmailField(blank=True)  # only where they asked to hear of answers, and confirmed it

    def __str__(self) -> str:
        return self.name


class PersonalLink(PublicRow):
    """A guest's own way back to a video, on any device: whoever has it speaks as the guest, with the link's rights."""

    guest = models.ForeignKey(Guest, on_delete=models.CASCADE, related_name="personal_links")
    share_link = models.ForeignKey(ShareLink, on_delete=models.CASCADE, related_name="personal_links")
    key = models.CharField(max_length=43, unique=True, default=new_token, editable=False)
    last_used_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["guest", "share_link"],
                condition=models.Q(revoked_at__isnull=True),
                name="one_personal_link_a_guest",
            ),
        ]

    def __str__(self) -> str:
        return f"personal link of {self.guest_id}"
