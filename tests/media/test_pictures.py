"""The poster: which frame, which size, and that there is one even of odd videos."""

from dataclasses import replace
from pathlib import Path

import pytest

from media.errors import EngineFailed
from media.pictures import make_poster, poster_size, poster_time_ms
from media.probe import probe
from tests.media.samples import BROWSER_H264, H264_VIDEO, VP8, MakeSource


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
