"""What can go wrong about share links."""

from django.utils.translation import gettext_lazy as _
from rest_framework import status

from apps.core.errors import DomainError


class PasswordNeeded(DomainError):
    """The link asks for a password that this viewer has not given."""

    code = "password_needed"
    status_code = status.HTTP_403_FORBIDDEN
    message = _("This link asks for a password.")


class WrongToken(DomainError):
    """An Authorization, Share-Token or Guest-Token header that means nothing here."""

    code = "not_authenticated"
    status_code = status.HTTP_401_UNAUTHORIZED
    message = _("This token is not valid.")
