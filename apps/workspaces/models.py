"""Teams: a workspace, and who belongs to it."""

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from apps.core.models import PublicRow


class Workspace(PublicRow):
    """A team. Videos belong to one; its members see what was not kept from them."""

    name = models.CharField(_("name"), max_length=80)
    links_enabled = models.BooleanField(default=True)  # False: no share link of this workspace opens anything
    setup_marker = models.BooleanField(null=True, unique=True, editable=False)  # True for the first one, else NULL

    def __str__(self) -> str:
        return self.name


class Membership(models.Model):
    """That a person belongs to a workspace, and as what."""

    class Role(models.TextChoices):
        OWNER = "owner", _("Owner")
        ADMIN = "admin", _("Admin")
        MEMBER = "member", _("Member")

    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="memberships")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="memberships")
    role = models.CharField(max_length=10, choices=Role.choices, default=Role.MEMBER)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["workspace", "person"], name="member_once")]

    def __str__(self) -> str:
        return f"{self.person} in {self.workspace} ({self.role})"
