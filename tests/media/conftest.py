"""Sources made with ffmpeg, short and small, once a session; and the two versions of ffmpeg to be right on."""

import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import imageio_ffmpeg
import pytest

SYSTEM_FFMPEG = shutil.which("ffmpeg")
WHEEL_FFMPEG = imageio_ffmpeg.get_ffmpeg_exe()


@pytest.fixture(scope="session", params=["system", "wheel"])
def ffmpeg_path(request: pytest.FixtureRequest) -> Path:
    """The ffmpeg under test: Debian's 5.1 and the wheel's 9.0, one after the other."""
    if request.param == "wheel":
        return Path(WHEEL_FFMPEG)
    assert SYSTEM_FFMPEG, "the system's ffmpeg is part of the test machine: apt-get install ffmpeg"
    return Path(SYSTEM_FFMPEG)


@pytest.fixture(scope="session")
def make_source(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Path]:
    """Make a source by ffmpeg arguments, once for each name: `make_source("a.mp4", "-f", "lavfi", …)`."""
    folder = tmp_path_factory.mktemp("sources")

    def make(name: str, *arguments: str) -> Path:
        path = folder / name
        if not path.exists():
            subprocess.run([WHEEL_FFMPEG, "-v", "error", "-nostdin", *arguments, str(path)], check=True, timeout=60)
        return path

    return make


PICTURE = ("-f", "lavfi", "-i", "testsrc2=s=320x180:r=30:d=5")
SOUND = ("-f", "lavfi", "-i", "sine=frequency=440:sample_rate=48000:duration=5")
H264 = ("-c:v", "libx264", "-preset", "ultrafast", "-bf", "2", "-g", "60", "-pix_fmt", "yuv420p")


@pytest.fixture(scope="session")
def h264_aac(make_source: Callable[..., Path]) -> Path:
    """Five seconds of H.264 with B-frames and AAC, a keyframe each two seconds: what most files are."""
    return make_source("h264_aac.mp4", *PICTURE, *SOUND, *H264, "-c:a", "aac")


@pytest.fixture(scope="session")
def h264_opus(make_source: Callable[..., Path]) -> Path:
    """A fragmented MP4 of H.264 without B-frames and Opus, parameter sets in the stream, as a browser records it."""
    return make_source(
        "h264_opus.mp4",
        *PICTURE,
        *SOUND,
        *("-c:v", "libx264", "-preset", "ultrafast", "-tune", "zerolatency", "-g", "60", "-pix_fmt", "yuv420p"),
        *("-c:a", "libopus", "-tag:v", "avc3", "-bsf:v", "dump_extra"),
        *("-movflags", "frag_keyframe+empty_moov+default_base_moof"),
    )


@pytest.fixture(scope="session")
def vp8_opus(make_source: Callable[..., Path]) -> Path:
    """A live WebM of VP8 and Opus: no duration, no cues."""
    return make_source(
        "vp8_opus.webm",
        *PICTURE,
        *SOUND,
        *("-c:v", "libvpx", "-b:v", "500k", "-deadline", "realtime", "-cpu-used", "8", "-c:a", "libopus"),
        *("-f", "webm", "-live", "1"),
    )


@pytest.fixture(scope="session")
def sound_only(make_source: Callable[..., Path]) -> Path:
    """Five seconds of sound in a WAV file."""
    return make_source("sound.wav", *SOUND)
