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
