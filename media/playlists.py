"""HLS playlists as text (RFC 8216). They hold relative names only: addresses with rights are made per request."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from media.index import FileIndex, Segment

HLS_VERSION = 7
"""EXT-X-MAP in a playlist that is not I-frames only needs 6; fragmented MP4 is described from 7 on."""


@dataclass(frozen=True)
class Variant:
    """One line of the multivariant playlist. Rates in bits a second; width and height 0 for sound alone.

    `video_range` is SDR, PQ or HLG, as Apple's HLS names them (draft-pantos-hls-rfc8216bis, 4.4.6.2).
    """

    playlist_name: str
    peak_bandwidth: int
    average_bandwidth: int
    codecs: str
    width: int = 0
    height: int = 0
    frame_rate: float = 0.0
    video_range: str = "SDR"


def media_playlist(index: FileIndex, file_name: str) -> str:
    """Return the playlist of one rendition: byte ranges of one file, whole and ended."""
    init_offset, init_size = index.init
    lines = [*_head(index.segments), f'#EXT-X-MAP:URI="{file_name}",BYTERANGE="{init_size}@{init_offset}"']
    for segment in index.segments:
        lines += [_extinf(segment), f"#EXT-X-BYTERANGE:{segment.size_bytes}@{segment.offset}", file_name]
    return "\n".join([*lines, "#EXT-X-ENDLIST", ""])


def parts_playlist(segments: Sequence[Segment], file_names: Sequence[str]) -> str:
    """Return the playlist of a rendition in files, whole and ended: the init segment's, then one for each segment."""
    init_name, *names = file_names
    lines = [*_head(segments), f'#EXT-X-MAP:URI="{init_name}"']
    for segment, name in zip(segments, names, strict=True):
        lines += [_extinf(segment), name]
    return "\n".join([*lines, "#EXT-X-ENDLIST", ""])


def _head(segments: Sequence[Segment]) -> list[str]:
    return [
        "#EXTM3U",
        f"#EXT-X-VERSION:{HLS_VERSION}",
        f"#EXT-X-TARGETDURATION:{target_seconds(segments)}",
        "#EXT-X-MEDIA-SEQUENCE:0",
        "#EXT-X-PLAYLIST-TYPE:VOD",
        "#EXT-X-INDEPENDENT-SEGMENTS",
    ]


def _extinf(segment: Segment) -> str:
    return f"#EXTINF:{segment.duration_ms / 1000:.3f},"


def multivariant_playlist(variants: Sequence[Variant]) -> str:
    """Return the playlist of all renditions, in the given order: players start with the first they can play."""
    lines = ["#EXTM3U", f"#EXT-X-VERSION:{HLS_VERSION}", "#EXT-X-INDEPENDENT-SEGMENTS"]
    for variant in variants:
        attributes = [
            f"BANDWIDTH={variant.peak_bandwidth}",
            f"AVERAGE-BANDWIDTH={variant.average_bandwidth}",
            f'CODECS="{variant.codecs}"',
        ]
        if variant.width and variant.height:
            attributes.append(f"RESOLUTION={variant.width}x{variant.height}")
        if variant.frame_rate:
            attributes.append(f"FRAME-RATE={variant.frame_rate:.3f}")
        if variant.video_range != "SDR":
            # Without it a player takes the variant for one of the others, and switches between them.
            attributes.append(f"VIDEO-RANGE={variant.video_range}")
        lines += [f"#EXT-X-STREAM-INF:{','.join(attributes)}", variant.playlist_name]
    return "\n".join([*lines, ""])


def target_seconds(segments: Sequence[Segment]) -> int:
    """Return the target duration: no segment's duration, rounded to whole seconds, may be above it; at least 1."""
    return max((math.floor(segment.duration_ms / 1000 + 0.5) for segment in segments), default=1) or 1


def average_bandwidth(segments: Sequence[Segment]) -> int:
    """Return bits a second over all segments."""
    duration_ms = sum(segment.duration_ms for segment in segments)
    return _rate(sum(segment.size_bytes for segment in segments), duration_ms)


def peak_bandwidth(segments: Sequence[Segment]) -> int:
    """Return the highest rate of any run of segments that lasts half to one and a half target durations.

    That is the peak segment bit rate of RFC 8216 section 4.1; a short last segment alone does not count.
    """
    shortest = target_seconds(segments) * 500
    peak = average_bandwidth(segments)
    for first in range(len(segments)):
        size_bytes = duration_ms = 0
        for segment in segments[first:]:
            size_bytes += segment.size_bytes
            duration_ms += segment.duration_ms
            if duration_ms >= shortest:
                peak = max(peak, _rate(size_bytes, duration_ms))
                break
    return peak


def _rate(size_bytes: int, duration_ms: int) -> int:
    return round(size_bytes * 8000 / duration_ms) if duration_ms else 0
