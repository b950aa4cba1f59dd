"""Sources made with ffmpeg, short and small, once a session; and the two versions of ffmpeg to be right on."""

import shutil
import subprocess
import zlib
from pathlib import Path

import imageio_ffmpeg
import pytest

from tests.media.samples import BROWSER_H264, H264, LIVE_WEBM, PICTURE, SOUND, VP8, MakeSource

SYSTEM_FFMPEG = shutil.which("ffmpeg")
WHEEL_FFMPEG = imageio_ffmpeg.get_ffmpeg_exe()
VERSIONS = ("system", "wheel")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let the versions of ffmpeg take turns, but where a test is marked `both_versions`; the other turn is `long`.

    What we ask of ffmpeg is the same for both, so that one of them finds our mistakes. Marked is where they may differ:
    hostile files, limits of the machine, colours, times, and a source of each kind.
    """
    for item in items:
        version = getattr(item, "callspec", None) and item.callspec.params.get("ffmpeg_path")  # type: ignore[attr-defined]
        if version is not None and not item.get_closest_marker("both_versions") and version != turn_of(item.name):
            item.add_marker(pytest.mark.long)


def turn_of(name: str) -> str:
    """Return the version whose turn it is in a test of this name: the same one each time, half of the tests each."""
    case = "-".join(word for word in name.replace("[", "-").rstrip("]").split("-") if word not in VERSIONS)
    return VERSIONS[zlib.crc32(case.encode()) % 2]


@pytest.fixture(scope="session", params=VERSIONS)
def ffmpeg_path(request: pytest.FixtureRequest) -> Path:
    """The ffmpeg under test: Debian's 5.1 and the wheel's 9.0; `make test` runs most tests on one of them."""
    if request.param == "wheel":
        return Path(WHEEL_FFMPEG)
    assert SYSTEM_FFMPEG, "the system's ffmpeg is part of the test machine: apt-get install ffmpeg"
    return Path(SYSTEM_FFMPEG)


@pytest.fixture(scope="session")
def make_source(tmp_path_factory: pytest.TempPathFactory) -> MakeSource:
    """Make a source by ffmpeg arguments, once for each name and way: `make_source("a.mp4", "-f", "lavfi", …)`."""
    folder = tmp_path_factory.mktemp("sources")
    ways: dict[tuple[str, ...], Path] = {}

    def make(name: str, *arguments: str) -> Path:
        path = ways.setdefault((name, *arguments), folder / str(len(ways)) / name)
        if not path.exists():
            path.parent.mkdir(exist_ok=True)
            subprocess.run([WHEEL_FFMPEG, "-v", "error", "-nostdin", *arguments, str(path)], check=True, timeout=60)
        return path

    return make


@pytest.fixture(scope="session")
def h264_aac(make_source: MakeSource) -> Path:
    """Five seconds of H.264 with B-frames and AAC, a keyframe each two seconds: what most files are."""
    return make_source("h264_aac.mp4", *PICTURE, *SOUND, *H264, "-c:a", "aac")


@pytest.fixture(scope="session")
def h264_opus(make_source: MakeSource) -> Path:
    """A fragmented MP4 of H.264 without B-frames and Opus, parameter sets in the stream, as a browser records it."""
    return make_source(
        "h264_opus.mp4",
        *(*PICTURE, *SOUND, *BROWSER_H264, "-c:a", "libopus", "-tag:v", "avc3", "-bsf:v", "dump_extra"),
        *("-movflags", "frag_keyframe+empty_moov+default_base_moof"),
    )


@pytest.fixture(scope="session")
def vp8_opus(make_source: MakeSource) -> Path:
    """A live WebM of VP8 and Opus: no duration, no cues."""
    return make_source("vp8_opus.webm", *PICTURE, *SOUND, *VP8, "-c:a", "libopus", *LIVE_WEBM)


@pytest.fixture(scope="session")
def vp9_opus(make_source: MakeSource) -> Path:
    """A live WebM of VP9 and Opus."""
    codec = ("-c:v", "libvpx-vp9", "-b:v", "300k", "-deadline", "realtime", "-cpu-used", "8", "-g", "60")
    return make_source("vp9_opus.webm", *PICTURE, *SOUND, *codec, "-c:a", "libopus", *LIVE_WEBM)


@pytest.fixture(scope="session")
def wav(make_source: MakeSource) -> Path:
    """Five seconds of sound in a WAV file."""
    return make_source("sound.wav", *SOUND)
