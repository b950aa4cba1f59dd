"""The picture of a person: small, square, upright, and nothing in it but pixels."""

import io
import struct
import zlib

import pytest
from PIL import Image

from media.errors import NotAPicture, PictureTooLarge
from media.given_pictures import MAX_BYTES
from media.portraits import PORTRAIT_SIZE, make_portrait


def picture(size: tuple[int, int] = (600, 400), kind: str = "JPEG", mode: str = "RGB", **options: object) -> bytes:
    """Return a picture whose left half is red and right half is blue."""
    image = Image.new(mode, size, "blue" if mode != "L" else 0)
    image.paste("red" if mode != "L" else 255, (0, 0, size[0] // 2, size[1]))
    output = io.BytesIO()
    image.save(output, kind, **options)
    return output.getvalue()


def colour_at(image: Image.Image, x: int) -> tuple[int, ...]:
    """Return red, green and blue at this distance from the left, half-way down."""
    colour = image.getpixel((x, PORTRAIT_SIZE // 2))
    assert isinstance(colour, tuple)
    return colour


def portrait_of(data: bytes) -> Image.Image:
    return Image.open(io.BytesIO(make_portrait(io.BytesIO(data), size_bytes=len(data))))


def png_that_claims(width: int, height: int) -> bytes:
    """Return a PNG of a few bytes whose header claims to be this large."""

    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"\0" * 100)) + chunk(b"IEND", b"")
    )


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "GIF"])
@pytest.mark.parametrize("size", [(600, 400), (31, 700), (1, 1)])
def test_any_picture_becomes_a_small_square_webp(kind: str, size: tuple[int, int]) -> None:
    made = portrait_of(picture(size, kind))
    assert (made.format, made.size, made.mode) == ("WEBP", (PORTRAIT_SIZE, PORTRAIT_SIZE), "RGB")


@pytest.mark.parametrize(
    ("mode", "kind"), [("L", "PNG"), ("P", "GIF"), ("CMYK", "JPEG"), ("RGBA", "PNG"), ("I;16", "PNG")]
)
def test_any_kind_of_colour_is_read(mode: str, kind: str) -> None:
    output = io.BytesIO()
    Image.new(mode, (300, 300)).save(output, kind)
    assert portrait_of(output.getvalue()).size == (PORTRAIT_SIZE, PORTRAIT_SIZE)


def test_what_is_see_through_lies_on_white() -> None:
    output = io.BytesIO()
    Image.new("RGBA", (300, 300), (0, 0, 0, 0)).save(output, "PNG")
    assert min(colour_at(portrait_of(output.getvalue()), 128)) > 250


def test_it_stands_upright_and_says_nothing_of_where_it_was_taken() -> None:
    exif = Image.Exif()
    exif[0x0112] = 3  # upside down
    exif[0x8825] = {1: "N", 2: (48.0, 8.0, 0.0)}  # where
    made = portrait_of(picture(exif=exif, comment=b"secret place", icc_profile=b"profile"))
    left, right = colour_at(made, 20), colour_at(made, 236)
    assert left[2] > 200 > left[0]  # blue stands left now
    assert right[0] > 200 > right[2]
    assert not made.getexif()
    assert not {"exif", "icc_profile", "comment"}.intersection(made.info)


@pytest.mark.parametrize(("width", "height"), [(20_000, 20_000), (20_000, 1), (5_001, 5_001), (60_000, 60_000)])
def test_a_header_that_claims_too_many_pixels_is_refused_before_any_is_decoded(
    width: int, height: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    def decode(*_args: object, **_keywords: object) -> None:
        pytest.fail("it was decoded")

    monkeypatch.setattr(Image.Image, "load", decode)
    monkeypatch.setattr("PIL.ImageFile.ImageFile.load", decode)
    data = png_that_claims(width, height)
    with pytest.raises(PictureTooLarge):
        make_portrait(io.BytesIO(data), size_bytes=len(data))


def test_too_many_bytes_are_refused_unread() -> None:
    class Unreadable(io.BytesIO):
        def read(self, *_args: object) -> bytes:
            pytest.fail("it was read")

    with pytest.raises(PictureTooLarge):
        make_portrait(Unreadable(), size_bytes=MAX_BYTES + 1)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"not a picture at all",
        b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>",
        b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 10 10\n",
        picture()[:300],
        picture(kind="PNG")[:80],
        picture(kind="BMP"),
        picture(kind="TIFF"),
        png_that_claims(300, 300),
        b"GIF89a" + b"\xff" * 40,
        b"RIFF\x10\0\0\0WEBPVP8 " + b"\0" * 20,
    ],
    ids=lambda data: data[:8].hex(),
)
def test_what_is_no_picture_we_read_is_refused(data: bytes) -> None:
    with pytest.raises(NotAPicture):
        make_portrait(io.BytesIO(data), size_bytes=len(data))
