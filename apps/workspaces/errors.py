"""What can go wrong about teams."""

from django.utils.translation import gettext_lazy as _
from rest_framework import status

from apps.core.errors import DomainError


class AlreadySetUp(DomainError):
    """There is an owner already, so the setup link has done its work."""

    code = "already_set_up"
    status_code = status.HTTP_409_CONFLICT
    message = _("This installation has an owner already.")


class EmailTaken(DomainError):
    """A person with this e-mail exists."""

    code = "email_taken"
    status_code = status.HTTP_409_CONFLICT
    message = _("Somebody here has this e-mail already.")


class InviteEnded(DomainError):
    """The invite was there and lets nobody in any more."""

    code = "invite_ended"
    status_code = status.HTTP_410_GONE
    message = _("This invite is no longer valid. Ask the person who sent it for a new one.")


class InviteUsedUp(InviteEnded):
    """As many people have joined by it as it was made for."""

    message = _("This invite has been used as often as it was made for. Ask the person who sent it for a new one.")


class InviteExpired(InviteEnded):
    """Its time is over."""

    message = _("This invite has expired. Ask the person who sent it for a new one.")


class InviteRevoked(InviteEnded):
    """Somebody has taken it back, or who made it has left."""

    message = _("This invite has been taken back. Ask the person who sent it for a new one.")


class LastOwner(DomainError):
    """A workspace without an owner could not be looked after by anybody."""

    code = "last_owner"
    status_code = status.HTTP_409_CONFLICT
    message = _("A workspace keeps at least one owner. Make somebody else an owner first.")


class RoleNotYours(DomainError):
    """An admin gives no role above their own."""

    code = "permission_denied"
    status_code = status.HTTP_403_FORBIDDEN
    message = _("Only an owner can make somebody an owner.")
