"""The preview: three seconds, small, and moving."""

from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image

from media.preview import MOST_BYTES, make_preview, moments_ms
from media.probe import probe
from tests.media.samples import BROWSER_H264, H264_VIDEO, LIVE_WEBM, VP8, MakeSource


@pytest.mark.parametrize(
    ("duration_ms", "keys", "count", "expected"),
    [
        (600_000, tuple(range(0, 128_000, 2000)), 300, (60_000, 270_000, 480_000)),
        (20_000, tuple(range(0, 20_000, 2000)), 10, (2000, 8000, 16_000)),
        (20_000, (0, 9000), 2, (0, 9000)),
        (20_000, (0,), 1, (0,)),
        (5000, (0, 2000, 4000), 3, (0,)),
    ],
)
def test_moments_begin_at_keyframes_and_none_is_shown_twice(
    duration_ms: int, keys: tuple[int, ...], count: int, expected: tuple[int, ...]
) -> None:
    assert moments_ms(replace(H264_VIDEO, key_times_ms=keys, keyframe_count=count), duration_ms) == expected


@pytest.mark.parametrize(
    ("name", "codec"),
    [("moves.mp4", BROWSER_H264), ("moves.webm", (*VP8, *LIVE_WEBM))],
    ids=["mp4", "webm"],
)
@pytest.mark.parametrize("seconds", [2, 12])
def test_it_moves_for_three_seconds_or_as_long_as_the_video_and_again_and_again(
    name: str, codec: tuple[str, ...], seconds: int, make_source: MakeSource, tmp_path: Path, ffmpeg_path: Path
) -> None:
    picture = f"testsrc2=s=640x360:r=12:d={seconds}"
    source = make_source(f"{seconds}-{name}", "-f", "lavfi", "-i", picture, *codec, "-g", "24")
    frames = frames_of(made(source, tmp_path, ffmpeg_path))
    assert {size for size, _duration in frames} == {(320, 180)}
    assert len(frames) == (12 if seconds == 2 else 18)
    assert 2900 <= sum(duration for _size, duration in frames) <= 3100


def test_a_screen_that_stands_still_is_shown_as_long_as_one_that_moves(
    make_source: MakeSource, tmp_path: Path, ffmpeg_path: Path
) -> None:
    """A picture each five seconds, and each of them a keyframe."""
    still = "testsrc2=s=320x180:r=1/5:d=30"
    source = make_source("still.mp4", "-f", "lavfi", "-i", still, *BROWSER_H264, "-g", "1")
    assert [duration for _size, duration in frames_of(made(source, tmp_path, ffmpeg_path))] == [1000, 1000, 1000]


def test_a_moment_in_the_dark_is_left_out(make_source: MakeSource, tmp_path: Path, ffmpeg_path: Path) -> None:
    dark = "testsrc2=s=320x180:r=10:d=20,drawbox=color=black:t=fill:enable=lt(t\\,5)"
    source = make_source("dark.mp4", "-f", "lavfi", "-i", dark, *BROWSER_H264, "-g", "20")
    assert len(frames_of(made(source, tmp_path, ffmpeg_path))) == 10


def test_what_is_hard_to_keep_small_is_kept_small(make_source: MakeSource, tmp_path: Path, ffmpeg_path: Path) -> None:
    leaves = "color=gray:s=320x180:r=10:d=8,noise=alls=60:allf=t"
    source = make_source("leaves.mp4", "-f", "lavfi", "-i", leaves, *BROWSER_H264, "-g", "20")
    preview = made(source, tmp_path, ffmpeg_path)
    assert preview is not None
    assert preview.stat().st_size <= MOST_BYTES
    assert 2900 <= sum(duration for _size, duration in frames_of(preview)) <= 3100


def test_one_frame_does_not_move_and_neither_does_sound(
    make_source: MakeSource, wav: Path, tmp_path: Path, ffmpeg_path: Path
) -> None:
    source = make_source("one-frame.mp4", "-f", "lavfi", "-i", "testsrc2=s=64x64:r=30:d=0.03", *BROWSER_H264)
    assert made(source, tmp_path, ffmpeg_path) is None
    assert made(wav, tmp_path, ffmpeg_path) is None


def made(source: Path, folder: Path, ffmpeg_path: Path) -> Path | None:
    return make_preview(source, probe(source, folder=folder), folder=folder, ffmpeg_path=ffmpeg_path)


def frames_of(preview: Path | None) -> list[tuple[tuple[int, int], int]]:
    """Return size and duration in ms of each frame."""
    assert preview is not None
    found = []
    with Image.open(preview) as opened:
        assert opened.format == "WEBP"
        assert opened.info["loop"] == 0
        for number in range(getattr(opened, "n_frames", 1)):
            opened.seek(number)
            opened.load()
            found.append((opened.size, int(opened.info["duration"])))
    return found
