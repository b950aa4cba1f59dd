"""The storyboard: which tiles, what they show at which time, and the cues that say so."""

from pathlib import Path

import pytest
from PIL import Image

from media.probe import probe
from media.storyboard import MOST_TILES, Storyboard, make_storyboard, step_ms, storyboard_vtt
from tests.media.samples import BROWSER_H264, LIVE_WEBM, VP8, MakeSource

# Each two seconds another grey: 20, 40, 60, …, as the keyframes are.
STEPS = "nullsrc=s=320x180:r=10:d=24,geq=lum=16+15*floor(N/20):cb=128:cr=128"


@pytest.mark.parametrize(
    ("duration_ms", "expected_ms"), [(1000, 500), (60_000, 500), (60_001, 501), (3 * 3_600_000, 90_000)]
)
def test_tiles_are_half_a_second_apart_or_more_and_never_too_many(duration_ms: int, expected_ms: int) -> None:
    assert step_ms(duration_ms) == expected_ms
    assert duration_ms / step_ms(duration_ms) <= MOST_TILES


@pytest.mark.parametrize(
    ("name", "codec"), [("steps.mp4", BROWSER_H264), ("steps.webm", (*VP8, *LIVE_WEBM))], ids=["mp4", "webm"]
)
def test_each_tile_shows_what_is_seen_at_its_time(
    name: str, codec: tuple[str, ...], make_source: MakeSource, tmp_path: Path, ffmpeg_path: Path
) -> None:
    board = storyboard_of(make_source(name, "-f", "lavfi", "-i", STEPS, *codec, "-g", "20"), tmp_path, ffmpeg_path)
    assert board is not None
    assert board.times_ms == tuple(range(0, 24_000, 2000))
    with Image.open(board.path) as sprite:
        assert sprite.size == (10 * 160, 2 * 90), "ten in a row"
        grey = sprite.convert("L")
        shown = [grey.getpixel((number % 10 * 160 + 80, number // 10 * 90 + 45)) for number in range(12)]
    assert shown == pytest.approx([15 * number * 255 / 219 for number in range(12)], abs=4)
    assert [path.name for path in tmp_path.iterdir()] == ["storyboard.jpg"]


def test_a_sound_that_begins_earlier_moves_the_times_as_it_moves_what_plays(
    make_source: MakeSource, tmp_path: Path, ffmpeg_path: Path
) -> None:
    late = ("-f", "lavfi", "-itsoffset", "1.5", "-i", STEPS, "-f", "lavfi", "-i", "sine=d=25")
    source = make_source("late.mp4", *late, "-map", "0:v", "-map", "1:a", *BROWSER_H264, "-g", "20", "-c:a", "aac")
    board = storyboard_of(source, tmp_path, ffmpeg_path)
    assert board is not None
    assert board.times_ms[:3] == pytest.approx((1500, 3500, 5500), abs=30)


def test_an_upright_video_has_upright_tiles(make_source: MakeSource, tmp_path: Path, ffmpeg_path: Path) -> None:
    upright = ("-f", "lavfi", "-i", "testsrc2=s=180x320:r=10:d=4", *BROWSER_H264, "-g", "20")
    board = storyboard_of(make_source("upright.mp4", *upright), tmp_path, ffmpeg_path)
    assert board is not None
    assert (board.tile_width, board.tile_height) == (90, 160)


def test_one_keyframe_is_no_storyboard_and_neither_is_sound(
    make_source: MakeSource, wav: Path, tmp_path: Path, ffmpeg_path: Path
) -> None:
    source = make_source("short.mp4", "-f", "lavfi", "-i", "testsrc2=s=64x64:r=10:d=1", *BROWSER_H264)
    assert storyboard_of(source, tmp_path, ffmpeg_path) is None
    assert storyboard_of(wav, tmp_path, ffmpeg_path) is None


def test_cues_follow_each_other_from_the_start_to_the_end() -> None:
    text = storyboard_vtt(
        (700, 4000, 3_601_000), duration_ms=3_605_500, tile=(160, 90), columns=2, sprite_name="storyboard.jpg"
    )
    assert text == (
        "WEBVTT\n\n"
        "00:00:00.000 --> 00:00:04.000\nstoryboard.jpg#xywh=0,0,160,90\n\n"
        "00:00:04.000 --> 01:00:01.000\nstoryboard.jpg#xywh=160,0,160,90\n\n"
        "01:00:01.000 --> 01:00:05.500\nstoryboard.jpg#xywh=0,90,160,90\n"
    )


def storyboard_of(source: Path, folder: Path, ffmpeg_path: Path) -> Storyboard | None:
    return make_storyboard(source, probe(source, folder=folder), folder=folder, ffmpeg_path=ffmpeg_path)
