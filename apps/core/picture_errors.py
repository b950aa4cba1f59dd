"""What people and programs are told of a picture that they bring and we do not take."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.utils.translation import gettext_lazy as _
from rest_framework import status

from apps.core.errors import DomainError
from media import errors


class PictureRefused(DomainError):
    """The file is no picture that we read."""

    code = "not_a_picture"
    status_code = status.HTTP_422_UNPROCESSABLE_ENTITY
    message = _("This file is not a picture we can read. JPEG, PNG, WebP and GIF work.")


class PictureTooLarge(PictureRefused):
    """More bytes or pixels than we take."""

    code = "picture_too_large"
    message = _("This picture is too large. Up to 15 MB and 12,000 pixels a side work (5,000 x 5,000 for PNG).")


@contextmanager
def told_to_people() -> Iterator[None]:
    """Raise PictureRefused or PictureTooLarge for what the engine raises inside, of a picture that it was given."""
    try:
        yield
    except errors.PictureTooLarge as error:
        raise PictureTooLarge from error
    except errors.NotAPicture as error:
        raise PictureRefused from error
