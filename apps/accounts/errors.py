"""What can go wrong about people."""

from django.utils.translation import gettext_lazy as _
from rest_framework import status

from apps.core.errors import DomainError


class PictureRefused(DomainError):
    """The file is no picture that we read."""

    code = "not_a_picture"
    status_code = status.HTTP_422_UNPROCESSABLE_ENTITY
    message = _("This file is not a picture we can read. JPEG, PNG, WebP and GIF work.")


class PictureTooLarge(PictureRefused):
    """More bytes or pixels than we take."""

    code = "picture_too_large"
    message = _("This picture is too large. Up to 15 MB and 12,000 pixels a side work (5,000 x 5,000 for PNG).")


class TooManyTokens(DomainError):
    """More API tokens than anybody keeps apart."""

    code = "too_many_tokens"
    status_code = status.HTTP_409_CONFLICT
    message = _("You have 50 tokens. Revoke one that you no longer need first.")
