"""Codec strings against the examples of their specifications and what players compare."""

import pytest

from media.codec_strings import codec_string
from tests.media.test_index import box, full

VIDEO_HEAD = bytes(78)
SOUND_HEAD = bytes(28)


def esds(object_type: int, specific: bytes) -> bytes:
    """An esds box with the long form of sizes, as most writers use it."""

    def descriptor(tag: int, body: bytes) -> bytes:
        return bytes([tag, 0x80, 0x80, 0x80, len(body)]) + body

    config = descriptor(4, bytes([object_type]) + bytes(12) + descriptor(5, specific))
    return full("esds", 0, 0, descriptor(3, bytes(3) + config))


@pytest.mark.parametrize(
    ("kind", "entry", "expected"),
    [
        ("avc1", VIDEO_HEAD + box("avcC", bytes([1, 0x64, 0x00, 0x28, 0xFF])), "avc1.640028"),
        ("avc3", VIDEO_HEAD + box("avcC", bytes([1, 0x42, 0xC0, 0x1F, 0xFF])), "avc3.42c01f"),
        ("avc1", VIDEO_HEAD, "avc1"),
        # ISO 14496-15 annex E: Main profile, level 3.1
        ("hvc1", VIDEO_HEAD + box("hvcC", bytes([1, 1, 0x60, 0, 0, 0, 0xB0, 0, 0, 0, 0, 0, 93])), "hvc1.1.6.L93.b0"),
        (
            "hvc1",
            VIDEO_HEAD + box("hvcC", bytes([1, 0x22, 0x20, 0, 0, 0, 0x90, 0, 0, 0, 0, 0, 153])),
            "hvc1.2.4.H153.90",
        ),
        ("vp09", VIDEO_HEAD + box("vpcC", bytes([1, 0, 0, 0, 0, 31, 0x82])), "vp09.00.31.08"),
        ("vp09", VIDEO_HEAD + box("vpcC", bytes([1, 0, 0, 0, 2, 10, 0xA2])), "vp09.02.10.10"),
        ("av01", VIDEO_HEAD + box("av1C", bytes([0x81, 0x04, 0x0C, 0])), "av01.0.04M.08"),
        ("av01", VIDEO_HEAD + box("av1C", bytes([0x81, 0x0D, 0xC0, 0])), "av01.0.13H.10"),
        ("mp4a", SOUND_HEAD + esds(0x40, bytes([0x11, 0x90])), "mp4a.40.2"),
        ("mp4a", SOUND_HEAD + esds(0x40, bytes([0x2B, 0x92])), "mp4a.40.5"),
        ("mp4a", SOUND_HEAD + esds(0x6B, b""), "mp4a.6b"),
        ("mp4a", SOUND_HEAD, "mp4a.40.2"),
        ("Opus", SOUND_HEAD, "opus"),
        ("tx3g", b"", "tx3g"),
    ],
)
def test_the_codec_string_of(kind: str, entry: bytes, expected: str) -> None:
    assert codec_string(kind, entry) == expected
