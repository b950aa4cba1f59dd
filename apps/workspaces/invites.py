"""What changes about invites: making, mailing and revoking one, and joining by it."""

from datetime import timedelta
from typing import Any

import structlog
from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _

from apps.accounts import services as accounts
from apps.accounts.models import Person
from apps.core import mail, throttles
from apps.workspaces.errors import InviteEnded, InviteExpired, InviteRevoked, InviteUsedUp, RoleNotYours
from apps.workspaces.models import Invite, Membership, Workspace
from apps.workspaces.services import create_account

log = structlog.get_logger(__name__)

LONGEST_PATH = 200  # characters, as the column of lands_on
MAIL_LIVES_DAYS = 14  # a mailed invitation outlives a holiday


def make_link(*, by: Membership, role: str, days: int, max_uses: int | None, lands_on: str = "") -> Invite:
    """Return a new link to be handed around. Raises RoleNotYours, and TooMany after many invites."""
    return _make(by=by, role=role, days=days, max_uses=max_uses, lands_on=lands_on)


def invite_by_mail(*, by: Membership, email: str, role: str, lands_on: str = "") -> tuple[Invite, bool]:
    """Return a new invite for one person and whether its mail went out; the invite stays when it did not.

    Call it outside of transactions. Raises as make_link does.
    """
    invite = _make(by=by, role=role, days=MAIL_LIVES_DAYS, max_uses=1, lands_on=lands_on, email=email)
    if not mail.is_configured():
        return invite, False
    workspace, inviter = invite.workspace.name, by.person.display_name
    was_sent = mail.send_template(
        to=email,
        subject=_("%(name)s invites you to %(workspace)s on Videoshare") % {"name": inviter, "workspace": workspace},
        template="workspaces/mail/invite.txt",
        context={"invite": invite, "inviter": inviter, "days": MAIL_LIVES_DAYS},
    )
    return invite, was_sent


def revoke_invite(*, invite: Invite) -> None:
    """End the invite; who has joined by it stays. Nothing happens to one that is revoked."""
    Invite.objects.filter(pk=invite.pk, revoked_at__isnull=True).update(revoked_at=timezone.now())


def revoke_open_links(*, by: Membership) -> None:
    """End every invite of the workspace that this member may revoke, as when somebody was removed who knows them."""
    Invite.objects.open().manageable_by(by).update(revoked_at=timezone.now())


def check_open(invite: Invite) -> None:
    """Raise what says why the invite lets nobody in any more; return None while it does."""
    if invite.revoked_at is not None:
        raise InviteRevoked
    if invite.is_used_up:
        raise InviteUsedUp
    if invite.has_expired:
        raise InviteExpired


def join(*, invite: Invite, person: Person) -> Membership:
    """Make the person a member and return the membership; who is one already stays what they are, and uses nothing.

    Raises InviteEnded.
    """
    known = Membership.objects.filter(workspace_id=invite.workspace_id, person=person).first()
    if known is not None:
        return known
    try:
        with transaction.atomic():
            _take_one_use(invite)
            made = _add(invite, person)
            accounts.end_password_links(person=person)
    except IntegrityError:  # the same person has joined in another tab, and the use was given back
        return Membership.objects.get(workspace_id=invite.workspace_id, person=person)
    log.info("member_joined", workspace=invite.workspace.public_id, invite=invite.public_id)
    return made


@transaction.atomic
def join_with_new_account(*, invite: Invite, email: str, name: str, password: str, time_zone: str = "") -> Person:
    """Return a new person who is a member by this invite. Raises EmailTaken, InviteEnded."""
    person = create_account(email=email, name=name, password=password, time_zone=time_zone)
    _take_one_use(invite)
    _add(invite, person)
    log.info("member_joined", workspace=invite.workspace.public_id, invite=invite.public_id, is_new=True)
    return person


def local_path(text: str) -> str:
    """Return a path of ours that somebody may be sent to, "" for everything else; an invite leads to no invite."""
    is_ours = text.startswith("/") and not text.startswith("/invite/") and len(text) <= LONGEST_PATH
    return text if is_ours and url_has_allowed_host_and_scheme(text, allowed_hosts=None) else ""


def _make(*, by: Membership, role: str, days: int, max_uses: int | None, lands_on: str, email: str = "") -> Invite:
    throttles.take("invites", by.person_id)
    return _create(
        by,
        role=role,
        email=email,
        lands_on=local_path(lands_on),
        expires_at=timezone.now() + timedelta(days=days),
        max_uses=max_uses,
    )


@transaction.atomic
def _create(by: Membership, *, role: str, **rules: Any) -> Invite:
    """Make the row with the maker's role as it is now: who was removed a moment ago leaves no invite behind."""
    Workspace.objects.select_for_update().get(pk=by.workspace_id)
    maker = Membership.objects.filter(pk=by.pk).first()
    if maker is None or role not in maker.roles_to_give:
        raise RoleNotYours
    return Invite.objects.create(workspace_id=by.workspace_id, created_by_id=by.person_id, role=role, **rules)


def _take_one_use(invite: Invite) -> None:
    """Count one use by a conditional UPDATE, so that of two who take the last one, one gets it."""
    if not Invite.objects.open().filter(pk=invite.pk).update(uses=F("uses") + 1):
        invite.refresh_from_db()
        check_open(invite)
        raise InviteEnded


def _add(invite: Invite, person: Person) -> Membership:
    return Membership.objects.create(workspace_id=invite.workspace_id, person=person, role=invite.role)
