"""Playlists as players read them."""

import pytest

from media.index import FileIndex, Segment
from media.playlists import (
    Variant,
    average_bandwidth,
    media_playlist,
    multivariant_playlist,
    peak_bandwidth,
    target_seconds,
)


def segments(*pairs: tuple[int, int]) -> tuple[Segment, ...]:
    """Segments of (bytes, ms), one after the other."""
    made, offset, start = [], 1000, 0
    for size_bytes, duration_ms in pairs:
        made.append(Segment(offset, size_bytes, start, duration_ms))
        offset += size_bytes
        start += duration_ms
    return tuple(made)


def index_of(*pairs: tuple[int, int]) -> FileIndex:
    made = segments(*pairs)
    return FileIndex((0, 1000), made, "avc1.640028,mp4a.40.2", sum(s.duration_ms for s in made), 1920, 1080)


def test_a_media_playlist_names_every_byte_range_of_one_file() -> None:
    assert media_playlist(index_of((5000, 2002), (700, 480)), "copy.mp4").splitlines() == [
        "#EXTM3U",
        "#EXT-X-VERSION:7",
        "#EXT-X-TARGETDURATION:2",
        "#EXT-X-MEDIA-SEQUENCE:0",
        "#EXT-X-PLAYLIST-TYPE:VOD",
        "#EXT-X-INDEPENDENT-SEGMENTS",
        '#EXT-X-MAP:URI="copy.mp4",BYTERANGE="1000@0"',
        "#EXTINF:2.002,",
        "#EXT-X-BYTERANGE:5000@1000",
        "copy.mp4",
        "#EXTINF:0.480,",
        "#EXT-X-BYTERANGE:700@6000",
        "copy.mp4",
        "#EXT-X-ENDLIST",
    ]


@pytest.mark.parametrize(("ms", "seconds"), [(33, 1), (1499, 1), (1500, 2), (2499, 2), (2500, 3), (20_000, 20)])
def test_no_segment_rounds_to_more_than_the_target_duration(ms: int, seconds: int) -> None:
    assert target_seconds(segments((1, ms))) == seconds


def test_only_high_dynamic_range_is_named() -> None:
    variants = [
        Variant("h264.m3u8", 3_000_000, 2_000_000, "avc1.640028"),
        Variant("copy.m3u8", 3_000_000, 2_000_000, "hvc1.2.4.L120.90", video_range="HLG"),
    ]
    _, _, _, sdr, _, hlg, _, _ = multivariant_playlist(variants).split("\n")
    assert "VIDEO-RANGE" not in sdr
    assert hlg.endswith(",VIDEO-RANGE=HLG")


def test_a_multivariant_playlist_keeps_the_order_and_leaves_out_what_sound_does_not_have() -> None:
    text = multivariant_playlist(
        [
            Variant("copy.m3u8", 3_000_000, 2_000_000, "avc1.640028,opus", 1920, 1080, 29.97),
            Variant("sound.m3u8", 130_000, 128_000, "mp4a.40.2"),
        ]
    )
    assert text.splitlines() == [
        "#EXTM3U",
        "#EXT-X-VERSION:7",
        "#EXT-X-INDEPENDENT-SEGMENTS",
        '#EXT-X-STREAM-INF:BANDWIDTH=3000000,AVERAGE-BANDWIDTH=2000000,CODECS="avc1.640028,opus"'
        ",RESOLUTION=1920x1080,FRAME-RATE=29.970",
        "copy.m3u8",
        '#EXT-X-STREAM-INF:BANDWIDTH=130000,AVERAGE-BANDWIDTH=128000,CODECS="mp4a.40.2"',
        "sound.m3u8",
    ]


def test_bandwidth_is_the_heaviest_segment_and_the_mean_of_all() -> None:
    made = segments((250_000, 2000), (500_000, 2000), (250_000, 2000))
    assert peak_bandwidth(made) == 2_000_000
    assert average_bandwidth(made) == 1_333_333


def test_a_tiny_last_segment_does_not_set_the_peak() -> None:
    made = segments((250_000, 2000), (20_000, 33))
    assert peak_bandwidth(made) == average_bandwidth(made) == 1_062_469
