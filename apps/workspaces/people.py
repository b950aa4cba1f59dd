"""What changes about the members of a workspace: roles, leaving, removing, and a link that sets a password.

Each change of who owns takes the workspace's row first, so that two owners who step down at once do not both go.
"""

import structlog
from django.db import transaction
from django.utils import timezone

from apps.accounts import services as accounts
from apps.workspaces.errors import LastOwner, RoleNotYours
from apps.workspaces.models import Invite, Membership, Workspace

log = structlog.get_logger(__name__)


@transaction.atomic
def change_role(*, by: Membership, of: Membership, role: str) -> None:
    """Give a member another role. Raises RoleNotYours, and LastOwner for the only one.

    The invites that somebody may no longer make end with the role that allowed them.
    """
    _lock(of)
    giver = Membership.objects.filter(pk=by.pk).first()  # with the role as it is now
    if giver is None or role not in giver.roles_to_give:
        raise RoleNotYours
    member = Membership.objects.get(pk=of.pk)
    if member.is_owner and role != Membership.Role.OWNER:
        _check_another_owner(member)
    member.role = role
    member.save(update_fields=["role"])
    mine = Invite.objects.open().filter(workspace_id=member.workspace_id, created_by=member.person)
    mine.exclude(role__in=member.roles_to_give).update(revoked_at=timezone.now())
    log.info("role_changed", person=member.person.public_id, role=role)


@transaction.atomic
def end_membership(*, of: Membership) -> bool:
    """Let somebody leave, or be removed. Return whether they belong to another workspace still.

    Their invites here end at once. Without another workspace their API tokens and sessions end too; with one,
    those are theirs there, and only the rights here end. Videos and comments stay under the name as written.
    Raises LastOwner. Nothing happens when it has ended already.
    """
    _lock(of)
    member = Membership.objects.select_related("person").filter(pk=of.pk).first()
    if member is not None:
        if member.is_owner:
            _check_another_owner(member)
        Invite.objects.filter(
            workspace_id=member.workspace_id, created_by=member.person, revoked_at__isnull=True
        ).update(revoked_at=timezone.now())
        member.delete()
        log.info("member_left", person=of.person.public_id, workspace=of.workspace.public_id)
    belongs_elsewhere = Membership.objects.filter(person_id=of.person_id).exists()
    if not belongs_elsewhere:
        accounts.end_access(person=of.person)
    return belongs_elsewhere


def password_link(*, of: Membership) -> str:
    """Return a link at which this member sets a password, to be handed over by an owner (given_passwords_by)."""
    log.info("password_link_made", person=of.person.public_id)
    return accounts.password_link(person=of.person)


def _lock(membership: Membership) -> None:
    Workspace.objects.select_for_update().get(pk=membership.workspace_id)


def _check_another_owner(member: Membership) -> None:
    owners = Membership.objects.filter(workspace_id=member.workspace_id, role=Membership.Role.OWNER)
    if not owners.exclude(pk=member.pk).exists():
        raise LastOwner
