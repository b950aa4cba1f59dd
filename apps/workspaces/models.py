"""Teams: a workspace, who belongs to it, and who is invited."""

from django.conf import settings
from django.db import models
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import Person
from apps.core import mail
from apps.core.ids import new_token
from apps.core.models import PublicRow


class WorkspaceQuerySet(models.QuerySet["Workspace"]):
    """Which teams somebody belongs to."""

    def of(self, person: Person) -> "WorkspaceQuerySet":
        """Return the person's workspaces, the one that their new videos belong to first."""
        return self.filter(memberships__person=person).order_by("pk")


class Workspace(PublicRow):
    """A team. Videos belong to one; its members see what was not kept from them."""

    name = models.CharField(_("name"), max_length=80)
    links_enabled = models.BooleanField(default=True)  # False: no share link of this workspace opens anything
    setup_marker = models.BooleanField(null=True, unique=True, editable=False)  # True for the first one, else NULL

    objects = WorkspaceQuerySet.as_manager()

    def __str__(self) -> str:
        return self.name


class MembershipQuerySet(models.QuerySet["Membership"]):
    """Who of a team may be managed by whom."""

    def manageable_by(self, membership: "Membership") -> "MembershipQuerySet":
        """Return those whom this member may give a role and remove: an admin no owner, nobody oneself."""
        if not membership.manages:
            return self.none()
        others = self.filter(workspace_id=membership.workspace_id).exclude(pk=membership.pk)
        return others if membership.is_owner else others.exclude(role=Membership.Role.OWNER)

    def given_passwords_by(self, membership: "Membership") -> "MembershipQuerySet":
        """Return those for whom this member may make a link that sets a password: an owner, for who is no owner.

        Such a link lets its maker sign in as the other, so there is none where people get one by mail themselves, and
        it must give nothing that the maker has not. Who belongs to another workspace too, or may use /admin/, has more.
        """
        if not membership.is_owner or mail.is_configured():
            return self.none()
        elsewhere = Membership.objects.exclude(workspace_id=membership.workspace_id).values("person_id")
        return (
            self.manageable_by(membership)
            .exclude(role=Membership.Role.OWNER)
            .filter(person__is_active=True, person__is_staff=False, person__is_superuser=False)
            .exclude(person_id__in=elsewhere)
        )


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

    objects = MembershipQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["workspace", "person"], name="member_once")]

    def __str__(self) -> str:
        return f"{self.person} in {self.workspace} ({self.role})"

    @property
    def is_owner(self) -> bool:
        return self.role == self.Role.OWNER

    @property
    def manages(self) -> bool:
        """Return whether this member looks after people, settings and trash: owners and admins do."""
        return self.role in (self.Role.OWNER, self.Role.ADMIN)

    @property
    def roles_to_give(self) -> list["Membership.Role"]:
        """Return the roles that this member may give others, the smallest first: an admin makes no owners."""
        if not self.manages:
            return []
        return [self.Role.MEMBER, self.Role.ADMIN, *([self.Role.OWNER] if self.is_owner else [])]


class InviteQuerySet(models.QuerySet["Invite"]):
    """Which invites still let somebody in."""

    def open(self) -> "InviteQuerySet":
        """Return the invites that are neither revoked, expired nor used up."""
        return self.filter(revoked_at__isnull=True, expires_at__gt=timezone.now()).filter(
            models.Q(max_uses__isnull=True) | models.Q(uses__lt=models.F("max_uses"))
        )

    def manageable_by(self, membership: Membership) -> "InviteQuerySet":
        """Return the invites of this member's workspace that they may see and revoke: an admin none to be an owner."""
        return self.filter(workspace_id=membership.workspace_id, role__in=membership.roles_to_give)


class Invite(PublicRow):
    """A link that makes whoever opens it a member: one for many people, or one that was mailed to an address."""

    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="invites")
    key = models.CharField(max_length=43, unique=True, default=new_token, editable=False)
    email = models.EmailField(blank=True)  # whom it was mailed to, "" for a link that is handed around
    role = models.CharField(max_length=10, choices=Membership.Role.choices, default=Membership.Role.MEMBER)
    lands_on = models.CharField(max_length=200, blank=True)  # a path of ours: what the person was invited to
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    expires_at = models.DateTimeField()
    max_uses = models.PositiveIntegerField(null=True)  # None for any number
    uses = models.PositiveIntegerField(default=0)
    revoked_at = models.DateTimeField(null=True)

    objects = InviteQuerySet.as_manager()

    def __str__(self) -> str:
        return f"invite to {self.workspace} {self.email}".strip()

    @property
    def url(self) -> str:
        """Return the address that lets somebody in."""
        return f"{settings.ADDRESS.url}{reverse('invite', kwargs={'key': self.key})}"

    @property
    def is_used_up(self) -> bool:
        return self.max_uses is not None and self.uses >= self.max_uses

    @property
    def has_expired(self) -> bool:
        return self.expires_at <= timezone.now()
