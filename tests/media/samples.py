"""Words for making sources with ffmpeg, a look into files, and the facts of a source for tests of pure functions."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import av

from media.probe import AudioTrack, SourceInfo, VideoTrack

PICTURE = ("-f", "lavfi", "-i", "testsrc2=s=320x180:r=30:d=5")
SOUND = ("-f", "lavfi", "-i", "sine=frequency=440:sample_rate=48000:duration=5")
H264 = ("-c:v", "libx264", "-preset", "ultrafast", "-bf", "2", "-g", "60", "-pix_fmt", "yuv420p")
BROWSER_H264 = ("-c:v", "libx264", "-preset", "ultrafast", "-tune", "zerolatency", "-g", "60", "-pix_fmt", "yuv420p")
VP8 = ("-c:v", "libvpx", "-b:v", "300k", "-deadline", "realtime", "-cpu-used", "8", "-g", "60")
LIVE_WEBM = ("-f", "webm", "-live", "1")

MakeSource = Callable[..., Path]

H264_VIDEO = VideoTrack(
    codec="h264",
    profile="High",
    tag="avc1",
    width=1920,
    height=1080,
    sample_aspect=(1, 1),
    rotation=0,
    pixel_format="yuv420p",
    packet_count=300,
    keyframe_count=5,
    key_times_ms=(0, 2000, 4000, 6000, 8000),
    longest_key_gap_ms=2000,
    several_sps=False,
    start_ms=0,
    end_ms=10_000,
    last_frame_ms=33,
    kbps=2500,
    frame_rate=30.0,
)
AAC_AUDIO = AudioTrack(
    codec="aac",
    profile="LC",
    sample_rate=48_000,
    channels=2,
    packet_count=469,
    longest_gap_ms=0,
    start_ms=0,
    end_ms=10_000,
    kbps=128,
)


def source_info(
    video: dict[str, Any] | None = None, audio: dict[str, Any] | None = None, *, container: str = "mp4"
) -> SourceInfo:
    """Ten seconds of 1080p H.264 with AAC, but for what is given; `None` leaves that track out."""
    return SourceInfo(
        container=container,
        size_bytes=3_000_000,
        duration_ms=10_000,
        video=None if video is None else replace(H264_VIDEO, **video),
        audio=None if audio is None else replace(AAC_AUDIO, **audio),
    )


def timestamps(path: Path, kind: str) -> list[float]:
    """The presentation times in seconds of all packets of the first stream of that kind, in order of showing."""
    with av.open(str(path)) as container:
        stream = next(stream for stream in container.streams if stream.type == kind)
        times = (packet.pts * packet.time_base for packet in container.demux(stream) if packet.pts is not None)
        return sorted(float(time) for time in times)
