"""The poster: which frame, which size, and that there is one even of odd videos."""

from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image

from media.errors import EngineFailed
from media.looks import Look, look_at
from media.pictures import make_poster, other_times_ms, poster_size, poster_time_ms
from media.probe import probe
from tests.media.samples import BROWSER_H264, H264_VIDEO, LIVE_WEBM, VP8, MakeSource

SCENE = "testsrc2=s=320x180:r=10:d=20"
KEYS = ("-g", "20")  # a keyframe each two seconds


@pytest.mark.parametrize(
    ("duration_ms", "keys", "expected"),
    [
        (10_000, (0, 2000), 0),
        (20_000, (0, 2000, 4000), 2000),
        (600_000, tuple(range(0, 60_000, 2000)), 4000),
        (33, (0,), 0),
        (100_000, (700, 90_000), 700),
    ],
)
def test_the_poster_is_a_keyframe_of_the_first_tenth_and_the_first_five_seconds(
    duration_ms: int, keys: tuple[int, ...], expected: int
) -> None:
    video = replace(H264_VIDEO, key_times_ms=keys, start_ms=keys[0])
    assert poster_time_ms(video, duration_ms) == expected


def test_a_better_frame_is_looked_for_at_keyframes_as_far_as_they_are_known_and_never_twice() -> None:
    known = replace(H264_VIDEO, key_times_ms=(500, 2500, 4500, 6500, 8500), keyframe_count=5, start_ms=500)
    assert other_times_ms(known, 10_000, tried_ms=500) == (2500, 4500, 6500)
    long = replace(H264_VIDEO, key_times_ms=tuple(range(0, 128_000, 2000)), keyframe_count=1800)
    assert other_times_ms(long, 3_600_000, tried_ms=4000) == (72_000, 360_000, 900_000, 1_800_000, 2_700_000)
    assert other_times_ms(replace(known, key_times_ms=(500,), keyframe_count=1), 10_000, tried_ms=500) == ()


@pytest.mark.parametrize(
    ("brightness", "contrast", "sharpness", "is_good"),
    [
        (0, 0, 0, False),  # black
        (5, 8, 5, False),  # the first moment of a fade
        (43, 22, 40, False),  # a third of it
        (255, 0, 0, False),  # white
        (128, 60, 7, False),  # blurred
        (128, 60, 300, True),
        (40, 30, 400, True),  # an editor in dark colours
        (254, 12, 43, True),  # one line on white
    ],
)
def test_a_good_frame_is_neither_black_nor_blank_nor_blurred(
    brightness: float, contrast: float, sharpness: float, is_good: bool
) -> None:
    assert Look(brightness, contrast, sharpness).is_good == is_good


@pytest.mark.parametrize("size", [(1280, 720), (333, 500), (2, 2), (1, 1)])
def test_a_picture_of_one_colour_has_no_contrast_and_no_edges(size: tuple[int, int], tmp_path: Path) -> None:
    Image.new("RGB", size, (90, 90, 90)).save(tmp_path / "grey.jpg")
    look = look_at(tmp_path / "grey.jpg")
    assert (round(look.brightness), look.contrast, look.sharpness) == (90, 0, 0)


@pytest.mark.parametrize(
    "beginning",
    ["drawbox=color=black:t=fill:enable=lt(t\\,3)", "fade=in:d=6", "gblur=sigma=12:enable=lt(t\\,3)"],
    ids=["black", "faded", "blurred"],
)
def test_a_bad_beginning_is_passed_over(
    beginning: str, make_source: MakeSource, tmp_path: Path, ffmpeg_path: Path
) -> None:
    name = beginning.partition("=")[0]
    source = make_source(f"begins-{name}.mp4", "-f", "lavfi", "-i", f"{SCENE},{beginning}", *BROWSER_H264, *KEYS)
    info = probe(source, folder=tmp_path)
    poster = make_poster(source, info, folder=tmp_path, ffmpeg_path=ffmpeg_path)
    assert poster is not None
    assert look_at(poster).is_good
    first = make_poster(source, info, folder=tmp_path, ffmpeg_path=ffmpeg_path, chosen_ms=2000)
    assert first is not None
    assert not look_at(first).is_good, "what would have been the poster"


def test_of_a_video_that_is_black_throughout_the_poster_is_black(
    make_source: MakeSource, tmp_path: Path, ffmpeg_path: Path
) -> None:
    source = make_source("black.mp4", "-f", "lavfi", "-i", "color=black:s=64x64:r=10:d=10", *BROWSER_H264, *KEYS)
    poster = make_poster(source, probe(source, folder=tmp_path), folder=tmp_path, ffmpeg_path=ffmpeg_path)
    assert poster is not None
    assert look_at(poster).brightness < 2


@pytest.mark.parametrize("still", [False, True], ids=["moving", "standing still"])
@pytest.mark.parametrize(
    ("name", "codec"), [("lighter.mp4", BROWSER_H264), ("lighter.webm", (*VP8, *LIVE_WEBM))], ids=["mp4", "webm"]
)
def test_a_chosen_frame_is_the_one_that_is_seen_at_that_time(
    name: str, codec: tuple[str, ...], still: bool, make_source: MakeSource, tmp_path: Path, ffmpeg_path: Path
) -> None:
    """Each tenth of a second is 4 lighter than the one before; standing still, only every tenth picture is there."""
    lighter = "nullsrc=s=64x64:r=10:d=6,geq=lum=4*N:cb=128:cr=128" + (",select=not(mod(n\\,10))" if still else "")
    rate = ("-fps_mode", "vfr")
    source = make_source(f"{still}-{name}", "-f", "lavfi", "-i", lighter, *codec, "-g", "7", *rate)
    info = probe(source, folder=tmp_path)
    for chosen_ms in (2340, 5900, 99_000):
        poster = make_poster(source, info, folder=tmp_path, ffmpeg_path=ffmpeg_path, chosen_ms=chosen_ms)
        assert poster is not None
        number = min(chosen_ms // 100, 59)
        expected = 4 * (number // 10 * 10 if still else number)
        # Limited range: 16 is black, 235 is white.
        assert look_at(poster).brightness == pytest.approx(max(expected - 16, 0) * 255 / 219, abs=4), chosen_ms
        poster.unlink()


@pytest.mark.parametrize(
    ("size", "expected"),
    [((1920, 1080), (1280, 720)), ((640, 360), (640, 360)), ((1080, 1920), (1080, 1920)), ((321, 181), (320, 180))],
)
def test_a_poster_is_at_most_1280_wide_and_never_larger_than_the_video(
    size: tuple[int, int], expected: tuple[int, int]
) -> None:
    assert poster_size(*size) == expected


def test_one_frame_is_enough(make_source: MakeSource, tmp_path: Path, ffmpeg_path: Path) -> None:
    source = make_source("one-frame.mp4", "-f", "lavfi", "-i", "testsrc2=s=64x64:r=30:d=0.03", *BROWSER_H264)
    poster = make_poster(source, probe(source, folder=tmp_path), folder=tmp_path, ffmpeg_path=ffmpeg_path)
    assert poster is not None
    assert poster.read_bytes().startswith(b"\xff\xd8\xff")


def test_of_a_live_recording_the_wanted_keyframe_is_found_without_an_index(
    make_source: MakeSource, tmp_path: Path, ffmpeg_path: Path
) -> None:
    """Black for two seconds, then white: with a keyframe each two seconds the poster of 30 s is white."""
    light = "color=black:s=64x64:r=10:d=30,drawbox=color=white:t=fill:enable=gte(t\\,2)"
    source = make_source("light.webm", "-f", "lavfi", "-i", light, *VP8, "-g", "20", "-f", "webm", "-live", "1")
    poster = make_poster(source, probe(source, folder=tmp_path), folder=tmp_path, ffmpeg_path=ffmpeg_path)
    assert poster is not None
    assert _brightness(poster) > 200


def test_pixels_that_are_not_square_are_made_so(make_source: MakeSource, tmp_path: Path, ffmpeg_path: Path) -> None:
    wide = ("-f", "lavfi", "-i", "testsrc2=s=240x180:r=10:d=0.5,setsar=4/3")
    source = make_source("anamorphic.mp4", *wide, *BROWSER_H264)
    poster = make_poster(source, probe(source, folder=tmp_path), folder=tmp_path, ffmpeg_path=ffmpeg_path)
    assert poster is not None
    assert _size(poster) == (320, 180)


def test_sound_alone_has_no_poster(wav: Path, tmp_path: Path, ffmpeg_path: Path) -> None:
    assert make_poster(wav, probe(wav, folder=tmp_path), folder=tmp_path, ffmpeg_path=ffmpeg_path) is None


def test_a_picture_that_cannot_be_decoded_raises_and_leaves_no_file(
    h264_aac: Path, tmp_path: Path, ffmpeg_path: Path
) -> None:
    info = probe(h264_aac, folder=tmp_path)
    broken = tmp_path / "broken.mp4"
    data = h264_aac.read_bytes()
    start = data.index(b"mdat") + 4
    broken.write_bytes(data[:start] + bytes(data.rindex(b"moov") - 4 - start) + data[data.rindex(b"moov") - 4 :])
    with pytest.raises(EngineFailed):
        make_poster(broken, info, folder=tmp_path, ffmpeg_path=ffmpeg_path)
    assert not (tmp_path / "poster.jpg").exists()


def _size(picture: Path) -> tuple[int, int]:
    import av

    with av.open(str(picture)) as container:
        context = container.streams.video[0].codec_context
        return context.width, context.height


def _brightness(picture: Path) -> int:
    import av

    with av.open(str(picture)) as container:
        plane = next(container.decode(video=0)).reformat(format="gray").planes[0]
    return bytes(plane)[plane.line_size * 32 + 32]
