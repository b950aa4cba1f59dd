"""The picture of a person: any picture becomes a small square WebP with nothing but pixels in it."""

import io
import warnings
from typing import BinaryIO

from PIL import Image, ImageOps

from media.errors import NotAPicture, PictureTooLarge

PORTRAIT_SIZE = 256  # px each way; discs are at most 80 CSS px, and screens have up to three pixels for one
PORTRAIT_TYPE = "image/webp"
MAX_BYTES = 15_000_000
MAX_SIDE_PX = 12_000

# A decoder needs up to 6 bytes a pixel. A JPEG is decoded at a fraction of its size, but a progressive one keeps all
# its coefficients; 50 million pixels are what the largest phones take. Other formats have no such short cut.
MAX_PIXELS = 25_000_000
MAX_PIXELS_JPEG = 51_000_000

# Only what cameras and drawing programs make: each further decoder is one more that hostile bytes can reach.
FORMATS = ("JPEG", "PNG", "WEBP", "GIF")


def make_portrait(source: BinaryIO, *, size_bytes: int) -> bytes:
    """Return the middle of the picture as a WebP of 256 x 256 px: upright, without EXIF, place or colour profile.

    Of something that moves it is the first picture; what is see-through lies on white. Size is checked from the
    header, before anything is decoded. Raises NotAPicture, PictureTooLarge.
    """
    if size_bytes > MAX_BYTES:
        raise PictureTooLarge(f"{size_bytes} bytes")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)  # our own limits are below Pillow's
            with Image.open(source, formats=FORMATS) as opened:
                _check_size(opened)
                opened.draft("RGB", (2 * PORTRAIT_SIZE, 2 * PORTRAIT_SIZE))
                return _encoded(_flat(ImageOps.exif_transpose(opened)))
    except Image.DecompressionBombError as error:
        raise PictureTooLarge(str(error)) from error
    except (OSError, SyntaxError, ValueError, EOFError, IndexError, TypeError, ZeroDivisionError) as error:
        # What Pillow's readers raise for broken or hostile bytes; the first two are documented, the others were met.
        raise NotAPicture(str(error)[:200]) from error


def _check_size(opened: Image.Image) -> None:
    limit = MAX_PIXELS_JPEG if opened.format == "JPEG" else MAX_PIXELS
    if max(opened.size) > MAX_SIDE_PX or opened.width * opened.height > limit:
        raise PictureTooLarge(f"{opened.width} x {opened.height} px")


def _flat(picture: Image.Image) -> Image.Image:
    square = (PORTRAIT_SIZE, PORTRAIT_SIZE)
    if not picture.has_transparency_data:
        return ImageOps.fit(picture.convert("RGB"), square)
    seen_through = ImageOps.fit(picture.convert("RGBA"), square)
    white = Image.new("RGBA", square, "white")
    white.alpha_composite(seen_through)
    return white.convert("RGB")


def _encoded(picture: Image.Image) -> bytes:
    output = io.BytesIO()
    picture.info.clear()  # Pillow would write what it has read there: EXIF, colour profile, comments
    picture.save(output, "WEBP", quality=82)
    return output.getvalue()
