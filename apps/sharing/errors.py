"""What can go wrong about share links."""

from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from rest_framework import status

from apps.core.errors import DomainError


class PasswordNeeded(DomainError):
    """The link asks for a password that this viewer has not given."""

    code = "password_needed"
    status_code = status.HTTP_403_FORBIDDEN
    message = _("This link asks for a password.")


class WrongPassword(PasswordNeeded):
    """Not the link's password. Says when the next try is possible, where this was the last one for now."""

    message = _("That is not the password of this link.")


class NameNeeded(DomainError):
    """The link asks for a name before it opens, and this viewer has given none."""

    code = "name_needed"
    status_code = status.HTTP_403_FORBIDDEN
    message = _("This link asks for your name.")


class LinkRevoked(DomainError):
    """A revoked link has no rules any more that could be changed."""

    code = "link_revoked"
    status_code = status.HTTP_409_CONFLICT
    message = _("This link has been revoked. Make a new one instead.")


class TooManyLinks(DomainError):
    """The video has as many links as one can keep an eye on."""

    code = "too_many_links"
    status_code = status.HTTP_409_CONFLICT

    def __init__(self, *, most: int) -> None:
        super().__init__(
            ngettext(
                "A video can have %(most)d link at a time. Revoke one that is no longer needed.",
                "A video can have %(most)d links at a time. Revoke one that is no longer needed.",
                most,
            )
            % {"most": most}
        )


class WrongToken(DomainError):
    """An Authorization, Share-Token or Guest-Token header that means nothing here."""

    code = "not_authenticated"
    status_code = status.HTTP_401_UNAUTHORIZED
    message = _("This token is not valid.")
