"""Words for making sources with ffmpeg, a look into files, and the facts of a source for tests of pure functions."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import av

from media import publish
from media.probe import AudioTrack, SourceInfo, VideoTrack
from media.publish import MadeRendition

PICTURE = ("-f", "lavfi", "-i", "testsrc2=s=320x180:r=30:d=5")
SOUND = ("-f", "lavfi", "-i", "sine=frequency=440:sample_rate=48000:duration=5")
H264 = ("-c:v", "libx264", "-preset", "ultrafast", "-bf", "2", "-g", "60", "-pix_fmt", "yuv420p")
BROWSER_H264 = ("-c:v", "libx264", "-preset", "ultrafast", "-tune", "zerolatency", "-g", "60", "-pix_fmt", "yuv420p")
VP8 = ("-c:v", "libvpx", "-b:v", "300k", "-deadline", "realtime", "-cpu-used", "8", "-g", "60")
LIVE_WEBM = ("-f", "webm", "-live", "1")
SHORT_PICTURE = ("-f", "lavfi", "-i", "testsrc2=s=160x90:r=25:d=1")
SHORT_SOUND = ("-f", "lavfi", "-i", "sine=frequency=440:sample_rate=48000:duration=1")
SHORT = (*SHORT_PICTURE, *SHORT_SOUND)
HEVC = ("-c:v", "libx265", "-x265-params", "log-level=none", "-preset", "ultrafast")

MakeSource = Callable[..., Path]

SAMPLES: dict[str, dict[str, tuple[str, ...]]] = {
    "mp4": {
        "row.mp4": (*SHORT, *H264, "-c:a", "aac"),
        "prores.mov": (*SHORT, "-c:v", "prores_ks", "-c:a", "pcm_s16le"),
        "dnxhr.mov": (
            *("-f", "lavfi", "-i", "testsrc2=s=256x144:r=25:d=1,format=yuv422p"),
            *("-c:v", "dnxhd", "-profile:v", "dnxhr_sq"),
        ),
        "camera.mov": (*SHORT, "-c:v", "mjpeg", "-c:a", "pcm_u8"),
        "phone.mp4": (*SHORT, "-c:v", "mpeg4", "-c:a", "aac"),
        "row.m4a": SHORT_SOUND,
    },
    "matroska": {
        "row.mkv": (*SHORT, *H264, "-c:a", "ac3"),
        "row.webm": (*SHORT, *VP8, "-c:a", "libvorbis"),
    },
    "wav": {"row.wav": SHORT_SOUND, "row64.wav": (*SHORT_SOUND, "-rf64", "always")},
    "mp3": {"row.mp3": SHORT_SOUND, "bare.mp3": (*SHORT_SOUND, "-id3v2_version", "0", "-write_xing", "0")},
    "avi": {
        "mpeg4.avi": (*SHORT, "-c:v", "mpeg4", "-bf", "2", "-c:a", "libmp3lame"),
        "camera.avi": (*SHORT, "-c:v", "mjpeg", "-c:a", "pcm_u8"),
        "h264.avi": (*SHORT, *H264, "-c:a", "aac"),
    },
    "mpegts": {
        "h264.ts": (*SHORT, *H264, "-c:a", "aac"),
        "row.m2ts": (*SHORT, *H264, "-c:a", "ac3", "-f", "mpegts", "-mpegts_m2ts_mode", "1"),
        "hevc.ts": (*SHORT, *HEVC, "-c:a", "aac"),
        "mpeg2.ts": (*SHORT, "-c:v", "mpeg2video", "-bf", "2", "-c:a", "mp2"),
    },
    "ogg": {
        "vorbis.ogg": (*SHORT_SOUND, "-c:a", "libvorbis"),
        "row.opus": (*SHORT_SOUND, "-c:a", "libopus"),
        "flac.oga": (*SHORT_SOUND, "-c:a", "flac"),
        "theora.ogv": (*SHORT, "-c:v", "libtheora", "-c:a", "libvorbis"),
    },
    "flac": {"row.flac": SHORT_SOUND},
    "adts": {"row.aac": SHORT_SOUND},
}
"""For each row of the table of containers: one second of each kind of file that stands for something of its own."""

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


def publish_all(source: Path, folder: Path, ffmpeg_path: Path) -> list[MadeRendition]:
    """All renditions of a source, as they are planned, in the order in which they are made."""
    info = publish.probe(source, folder=folder)
    plan = publish.plan_publication(info)
    return [
        publish.make_rendition(source, info, item, folder=folder, ffmpeg_path=ffmpeg_path)
        for item in plan.fast + plan.slow
    ]


def timestamps(path: Path, kind: str) -> list[float]:
    """The presentation times in seconds of all packets of the first stream of that kind, in order of showing."""
    with av.open(str(path)) as container:
        stream = next(stream for stream in container.streams if stream.type == kind)
        times = (packet.pts * packet.time_base for packet in container.demux(stream) if packet.pts is not None)
        return sorted(float(time) for time in times)


def furthest_apart(source: Path, rendition: Path, kind: str, by: str = "video") -> float:
    """Seconds by which the worst timestamp moved, once the starts of the streams called `by` lie on each other."""
    before, after = timestamps(source, kind), timestamps(rendition, kind)
    assert len(before) == len(after)
    offset = timestamps(rendition, by)[0] - timestamps(source, by)[0]
    return max(abs(b - a - offset) for a, b in zip(before, after, strict=True))
