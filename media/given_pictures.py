"""Pictures that people bring, of any kind and size: read within limits, and nothing kept of them but pixels."""

import warnings
from collections.abc import Callable
from typing import BinaryIO

from PIL import Image, ImageOps

from media.errors import NotAPicture, PictureTooLarge

MAX_BYTES = 15_000_000
MAX_SIDE_PX = 12_000

# A decoder needs up to 6 bytes a pixel. A JPEG is decoded at a fraction of its size, but a progressive one keeps all
# its coefficients; 50 million pixels are what the largest phones take. Other formats have no such short cut.
MAX_PIXELS = 25_000_000
MAX_PIXELS_JPEG = 51_000_000

# Only what cameras and drawing programs make: each further decoder is one more that hostile bytes can reach.
FORMATS = ("JPEG", "PNG", "WEBP", "GIF")

Shape = Callable[[Image.Image], Image.Image]


def read_picture(source: BinaryIO, *, size_bytes: int, side_px: int, shape: Shape) -> Image.Image:
    """Return the picture as RGB, upright, as `shape` leaves it, without EXIF, place or colour profile.

    `side_px` is what `shape` needs either way: a larger JPEG is decoded smaller. Of something that moves it is the
    first picture; what is see-through lies on white. Size is checked from the header, before anything is decoded.
    Raises NotAPicture, PictureTooLarge.
    """
    if size_bytes > MAX_BYTES:
        raise PictureTooLarge(f"{size_bytes} bytes")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)  # our own limits are below Pillow's
            with Image.open(source, formats=FORMATS) as opened:
                _check_size(opened)
                opened.draft("RGB", (side_px, side_px))
                picture = _flat(ImageOps.exif_transpose(opened), shape)
    except Image.DecompressionBombError as error:
        raise PictureTooLarge(str(error)) from error
    except (OSError, SyntaxError, ValueError, EOFError, IndexError, TypeError, ZeroDivisionError) as error:
        # What Pillow's readers raise for broken or hostile bytes; the first two are documented, the others were met.
        raise NotAPicture(str(error)[:200]) from error
    picture.info.clear()  # Pillow would write what it has read there: EXIF, colour profile, comments
    return picture


def _check_size(opened: Image.Image) -> None:
    limit = MAX_PIXELS_JPEG if opened.format == "JPEG" else MAX_PIXELS
    if max(opened.size) > MAX_SIDE_PX or opened.width * opened.height > limit:
        raise PictureTooLarge(f"{opened.width} x {opened.height} px")


def _flat(picture: Image.Image, shape: Shape) -> Image.Image:
    if not picture.has_transparency_data:
        return shape(picture.convert("RGB"))
    seen_through = shape(picture.convert("RGBA"))
    white = Image.new("RGBA", seen_through.size, "white")
    white.alpha_composite(seen_through)
    return white.convert("RGB")
