"""What can go wrong when a video is begun."""

from django.utils.translation import gettext_lazy as _
from rest_framework import status

from apps.core.errors import DomainError


class NoWorkspace(DomainError):
    """A person who belongs to no workspace has nowhere to put a video."""

    code = "permission_denied"
    status_code = status.HTTP_403_FORBIDDEN
    message = _("You do not belong to a workspace yet. Ask its owner to add you.")
