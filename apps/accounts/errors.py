"""What can go wrong about people."""

from django.utils.translation import gettext_lazy as _
from rest_framework import status

from apps.core.errors import DomainError


class TooManyTokens(DomainError):
    """More API tokens than anybody keeps apart."""

    code = "too_many_tokens"
    status_code = status.HTTP_409_CONFLICT
    message = _("You have 50 tokens. Revoke one that you no longer need first.")
