"""What is in a source: scanned packet by packet in a limited child process, then parsed purely.

Nothing that a header claims about length or frame rate is believed; both come from the packets.
"""

import logging
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from media import boxes, scan_process
from media.containers import Container, codec_name, container_named, identify
from media.errors import NoMedia, NotMedia, TooLong, TruncatedSource, UnsupportedFormat

log = logging.getLogger(__name__)

MAX_DURATION_MS = 3 * 60 * 60 * 1000
MAX_PIXELS = 4096 * 4096
"""Largest picture, as `-max_pixels` on every command: 8K is refused, a 16,000 by 16,000 canvas never gets memory."""

DOLBY_VISION_TAGS = frozenset({"dvh1", "dvhe", "dva1", "dvav", "dav1"})
"""How MP4 calls pictures that are only right when decoded as Dolby Vision (Dolby Vision Streams Within the ISO Base
Media File Format, 2.0); as phones write it, it is HLG to everybody else, and called hvc1."""

VideoRange = Literal["SDR", "PQ", "HLG"]
HDR_TRANSFERS: dict[str, VideoRange] = {"smpte2084": "PQ", "arib-std-b67": "HLG"}
"""The two curves of ITU-R BT.2100."""


@dataclass(frozen=True)
class Color:
    """How numbers become colours, in ffmpeg's names for the code points of ITU-T H.273; "" where nothing is said."""

    transfer: str = ""
    primaries: str = ""
    matrix: str = ""
    full_range: bool = False

    @property
    def video_range(self) -> VideoRange:
        """Return the range of brightness, as HLS calls it (VIDEO-RANGE); PQ and HLG are high dynamic range."""
        return HDR_TRANSFERS.get(self.transfer, "SDR")


@dataclass(frozen=True)
class VideoTrack:
    """The video stream that is taken, by the rule of `scan._choose`. Times in ms on the source's own clock.

    `width` and `height` are as stored.
    `rotation` is clockwise degrees to turn the stored picture before showing it. `start_ms` is the first keyframe's:
    packets before it cannot be played and are not counted. `several_sps` means the picture changes its size or shape
    on the way, which no copy in `avc1` can express. `open_gops` means that some frames are shown before the keyframe
    that stands before them, so that they may need what comes before it. `lacks_times` means that the file does not say
    when frames are shown, only in which order they are decoded: times here are decoding times. `ordinal` is the
    stream's number among those of its kind, covers not counted. `last_frame_ms` is how long the last frame is taken to
    last: as the source says, else as long as the one before.
    """

    codec: str
    profile: str
    tag: str
    width: int
    height: int
    sample_aspect: tuple[int, int]
    rotation: int
    pixel_format: str
    packet_count: int
    keyframe_count: int
    key_times_ms: tuple[int, ...]
    longest_key_gap_ms: int
    several_sps: bool
    start_ms: int
    end_ms: int
    last_frame_ms: int
    kbps: int
    frame_rate: float
    color: Color = Color()
    interlaced: bool = False
    lacks_times: bool = False
    open_gops: bool = False
    ordinal: int = 0

    @property
    def display_size(self) -> tuple[int, int]:
        """Return width and height as people see them: square pixels, turned upright."""
        across, down = self.sample_aspect
        width = round(self.width * across / down)
        return (self.height, width) if self.rotation in (90, 270) else (width, self.height)


@dataclass(frozen=True)
class AudioTrack:
    """The audio stream that is taken, by the rule of `scan._choose`. Times in ms on the source's own clock.

    `longest_gap_ms` is the longest time between the end of one packet and the start of the next. `hole_ends_ms` are the
    times of packets that come more than LONG_HOLE_MS after the one before, 64 at most. `ambisonic` means that the
    channels are no places to put speakers, as 360-degree cameras record. `ordinal` as in VideoTrack.
    """

    codec: str
    profile: str
    sample_rate: int
    channels: int
    packet_count: int
    longest_gap_ms: int
    start_ms: int
    end_ms: int
    kbps: int
    hole_ends_ms: tuple[int, ...] = ()
    ambisonic: bool = False
    ordinal: int = 0


@dataclass(frozen=True)
class SourceInfo:
    """Everything the plan needs to know about a source. `torn` means that its end is missing or unreadable."""

    container: str
    size_bytes: int
    duration_ms: int
    video: VideoTrack | None
    audio: AudioTrack | None
    torn: bool = False

    @property
    def start_ms(self) -> int:
        """Return where the source's clock begins: ffmpeg counts -ss from there, and so does what plays."""
        return min(track.start_ms for track in (self.video, self.audio) if track is not None)


def probe(path: Path, *, folder: Path, max_duration_ms: int = MAX_DURATION_MS) -> SourceInfo:
    """Return what is in the file, by scanning all its packets once. `folder` is the job's own folder.

    Raises EmptySource, NotMedia, NoMedia, TruncatedSource, UnsupportedFormat or TooLong for sources that cannot be
    published, and EngineFailed when the scan itself died or ran into a limit.
    """
    container = identify(path)
    size_bytes = path.stat().st_size
    data = scan_process.probe(path, container, folder=folder, max_ms=max_duration_ms)
    if not data["opened"]:
        raise _why_not_opened(path, container, data["error"])
    turned = boxes.rotations(path) if container.name == "mp4" else {}
    torn = data["torn"] or (container.name == "mp4" and _is_cut(path))
    return parse_probe(
        data,
        container=container.name,
        size_bytes=size_bytes,
        max_duration_ms=max_duration_ms,
        rotations=turned,
        torn=torn,
    )


def parse_probe(
    data: Mapping[str, Any],
    *,
    container: str,
    size_bytes: int,
    max_duration_ms: int,
    rotations: Mapping[int, int] | None = None,
    torn: bool = False,
) -> SourceInfo:
    """Return the SourceInfo for what the scan saw, or raise for what cannot be published."""
    if data["over_limit"]:
        raise TooLong(f"The source plays longer than {max_duration_ms} ms.", limit_ms=max_duration_ms)
    if data["refused"]:
        name = codec_name(str(data["refused"][0]))
        raise UnsupportedFormat(f"We cannot read {name} in {container} yet.", format_name=name)
    row = container_named(container)
    if data["clock_jumped"] and row.clock_jumps == "refused":
        name = f"chained {container.capitalize()}"
        raise UnsupportedFormat(f"Several {container} files stand in one.", format_name=name)
    seen = {track["kind"]: track for track in data["tracks"] if track["packets"]}
    if not seen:
        if torn:
            raise TruncatedSource("The source was cut before its first readable packet.")
        raise NoMedia("The source has no packets.")
    video = _video(seen["video"], rotations or {}, row) if "video" in seen else None
    audio = _audio(seen["audio"]) if "audio" in seen else None
    tracks = [track for track in (video, audio) if track is not None]
    return SourceInfo(
        container=container,
        size_bytes=size_bytes,
        duration_ms=max(max(track.end_ms for track in tracks) - min(track.start_ms for track in tracks), 1),
        video=video,
        audio=audio,
        torn=torn,
    )


def _video(seen: Mapping[str, Any], rotations: Mapping[int, int], row: Container) -> VideoTrack:
    width, height = int(seen["width"]), int(seen["height"])
    if width <= 0 or height <= 0:
        raise NotMedia("The picture has no size.")
    if width * height > MAX_PIXELS:
        raise UnsupportedFormat(f"A picture of {width} by {height} is too large.", format_name=f"{width} x {height}")
    if seen["tag"] in DOLBY_VISION_TAGS and not seen["transfer"]:
        # Its colours are of a kind of its own (IPTPQc2), green and purple to whoever takes them for others.
        raise UnsupportedFormat("We cannot read Dolby Vision of profile 5 yet.", format_name="Dolby Vision profile 5")
    across, down = seen["sample_aspect"]
    if not (across > 0 and down > 0 and 1 / 4 <= across / down <= 4):
        # A pixel four times as wide as high is a damaged header, not a camera.
        across, down = 1, 1
    span_us = max(seen["end_us"] - seen["first_us"], 1)
    return VideoTrack(
        codec=seen["codec"],
        profile=seen["profile"] or "",
        tag=seen["tag"] if seen["tag"].isprintable() else "",
        width=width,
        height=height,
        sample_aspect=(across, down),
        rotation=rotations.get(seen["id"], 0),
        pixel_format=seen["pixel_format"] or "",
        packet_count=seen["packets"],
        keyframe_count=seen["keyframes"],
        key_times_ms=tuple(round(time / 1000) for time in seen["key_times_us"]),
        longest_key_gap_ms=round(seen["longest_key_gap_us"] / 1000),
        several_sps=seen["sps_count"] > 1,
        open_gops=seen["open_gops"],
        start_ms=round(seen["first_us"] / 1000),
        end_ms=round(seen["end_us"] / 1000),
        last_frame_ms=round((seen["end_us"] - seen["last_us"]) / 1000),
        kbps=round(seen["bytes"] * 8000 / span_us),
        frame_rate=round(seen["packets"] * 1_000_000 / span_us, 3),
        color=Color(seen["transfer"], seen["primaries"], seen["matrix"], full_range=seen["full_range"]),
        interlaced=seen["interlaced"],
        lacks_times=seen["without_pts"] > 0 or not row.has_presentation_times,
        ordinal=seen["ordinal"],
    )


def _audio(seen: Mapping[str, Any]) -> AudioTrack:
    span_us = max(seen["end_us"] - seen["first_us"], 1)
    return AudioTrack(
        codec=seen["codec"],
        profile=seen["profile"] or "",
        sample_rate=seen["sample_rate"],
        channels=seen["channels"],
        packet_count=seen["packets"],
        longest_gap_ms=round(seen["longest_gap_us"] / 1000),
        start_ms=round(seen["first_us"] / 1000),
        end_ms=round(seen["end_us"] / 1000),
        kbps=round(seen["bytes"] * 8000 / span_us),
        hole_ends_ms=tuple(round(time / 1000) for time in seen["hole_ends_us"]),
        ambisonic=seen["ambisonic"],
        ordinal=seen["ordinal"],
    )


def _why_not_opened(path: Path, container: Container, error: str) -> NotMedia | TruncatedSource | NoMedia:
    """Return the error for a file whose first bytes were right and that no demuxer could open."""
    log.info("A %s file could not be opened: %s", container.name, error)
    if container.name == "mp4" and _lacks_moov(path):
        return TruncatedSource("The MP4 ends before its index (moov).")
    if container.name == "matroska" and path.stat().st_size < 4096:
        if _has_whole_tracks(path.read_bytes()):
            return NoMedia("The Matroska file has a header and nothing after it.")
        return TruncatedSource("The Matroska file ends within its header.")
    return NotMedia(f"The source begins like {container.name} and cannot be read.")


def _lacks_moov(path: Path) -> bool:
    with path.open("rb") as file:
        return not any(box.kind == "moov" and not box.torn for box in boxes.file_boxes(file))


def _has_whole_tracks(head: bytes) -> bool:
    """Whether a Matroska header holds its whole Tracks element (RFC 9559, 5.1.4), sized as RFC 8794, 4 says."""
    for tracks in re.finditer(rb"\x16\x54\xae\x6b([\x01-\xff])", head):  # the list of elements names it, too
        width = 9 - tracks[1][0].bit_length()
        body = tracks.start(1) + width
        size_bytes = int.from_bytes(head[tracks.start(1) : body], "big") - (1 << 7 * width)
        if body + size_bytes <= len(head):
            return True
    return False


def _is_cut(path: Path) -> bool:
    with path.open("rb") as file:
        return any(box.torn for box in boxes.file_boxes(file))
