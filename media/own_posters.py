"""A poster that a person brings: any picture becomes a JPEG as large as ours, with nothing but pixels in it."""

import io
from typing import BinaryIO

from PIL import Image

from media.given_pictures import read_picture
from media.pictures import POSTER_WIDTH

OWN_POSTER_TYPE = "image/jpeg"
JPEG_QUALITY = 85


def make_own_poster(source: BinaryIO, *, size_bytes: int) -> bytes:
    """Return the picture as a JPEG of at most 1280 px either way. Raises NotAPicture, PictureTooLarge."""
    picture = read_picture(source, size_bytes=size_bytes, side_px=POSTER_WIDTH, shape=_small_enough)
    output = io.BytesIO()
    picture.save(output, "JPEG", quality=JPEG_QUALITY, optimize=True)
    return output.getvalue()


def _small_enough(picture: Image.Image) -> Image.Image:
    picture.thumbnail((POSTER_WIDTH, POSTER_WIDTH))
    return picture
