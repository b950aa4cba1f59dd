"""The picture of a person: any picture becomes a small square WebP with nothing but pixels in it."""

import io
from typing import BinaryIO

from PIL import Image, ImageOps

from media.given_pictures import read_picture

PORTRAIT_SIZE = 256  # px each way; discs are at most 80 CSS px, and screens have up to three pixels for one
PORTRAIT_TYPE = "image/webp"


def make_portrait(source: BinaryIO, *, size_bytes: int) -> bytes:
    """Return the middle of the picture as a WebP of 256 x 256 px. Raises NotAPicture, PictureTooLarge."""
    picture = read_picture(source, size_bytes=size_bytes, side_px=2 * PORTRAIT_SIZE, shape=_middle)
    output = io.BytesIO()
    picture.save(output, "WEBP", quality=82)
    return output.getvalue()


def _middle(picture: Image.Image) -> Image.Image:
    return ImageOps.fit(picture, (PORTRAIT_SIZE, PORTRAIT_SIZE))
