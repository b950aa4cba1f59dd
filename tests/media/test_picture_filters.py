"""What comes out of the filters, in numbers: colours, ranges, tags and whole frames, on both versions of ffmpeg."""

from dataclasses import replace
from pathlib import Path

import av
import pytest

from media import publish
from media.picture_filters import assumed_color
from media.probe import Color, SourceInfo
from tests.media.samples import H264, H264_VIDEO, HEVC, MakeSource

pytestmark = pytest.mark.both_versions

BT709 = (1, 1, 1)
"""Primaries, transfer and matrix as code points of ITU-T H.273; 6 is BT.601."""
BT601 = (6, 6, 6)
LIMITED = 1
REC_2020 = {"pq": "smpte2084", "hlg": "arib-std-b67"}


def encoded(source: Path, folder: Path, ffmpeg_path: Path) -> tuple[SourceInfo, Path]:
    """What was probed, and its H.264 encode."""
    info = publish.probe(source, folder=folder)
    (item,) = publish.plan_publication(info, without_copies=True).slow
    made = publish.make_rendition(source, info, item, folder=folder, ffmpeg_path=ffmpeg_path, threads=1)
    return info, made.path


def luma(video: Path) -> list[bytes]:
    """The rows of the brightness of a frame in the middle."""
    with av.open(str(video)) as container:
        frames = list(container.decode(video=0))
        plane = frames[len(frames) // 2].planes[0]
    data = bytes(plane)
    return [data[y * plane.line_size : y * plane.line_size + plane.width] for y in range(plane.height)]


def tags(video: Path) -> tuple[tuple[int, int, int], int]:
    with av.open(str(video)) as container:
        context = container.streams.video[0].codec_context
        return (context.color_primaries, context.color_trc, context.colorspace), context.color_range


def gray(level: int, pixels: str, color: str) -> tuple[str, ...]:
    """A quarter of a second of one brightness; colour `color` is transfer, primaries, matrix and range."""
    transfer, primaries, matrix, its_range = color.split()
    says = f"setparams=color_trc={transfer}:color_primaries={primaries}:colorspace={matrix}:range={its_range}"
    middle = 512 if "10" in pixels else 128
    picture = f"color=s=64x64:r=20:d=0.25,format={pixels},geq=lum={level}:cb={middle}:cr={middle},{says}"
    return ("-f", "lavfi", "-i", picture)


@pytest.mark.parametrize(
    ("curve", "level", "expected"),
    [
        # 10-bit limited code values: 203 nits are 58 % of PQ and 75 % of HLG (ITU-R BT.2408), 1000 nits 75 % and all.
        ("pq", 64 + round(876 * 0.581), 200),
        ("pq", 64 + round(876 * 0.752), 235),
        ("hlg", 64 + round(876 * 0.75), 200),
    ],
)
def test_white_stays_bright_and_the_brightest_is_not_lost_when_hdr_becomes_sdr(
    make_source: MakeSource, tmp_path: Path, ffmpeg_path: Path, curve: str, level: int, expected: int
) -> None:
    says = f"{REC_2020[curve]} bt2020 bt2020nc tv"
    source = make_source(f"{curve}-{level}.mkv", *gray(level, "yuv420p10le", says), *HEVC, "-crf", "10")

    info, video = encoded(source, tmp_path, ffmpeg_path)

    assert info.video is not None
    assert info.video.color == Color(REC_2020[curve], "bt2020", "bt2020nc")
    assert luma(video)[32][32] == pytest.approx(expected, abs=8)
    assert tags(video) == (BT709, LIMITED)


def test_white_of_full_range_is_white_of_limited_range(
    make_source: MakeSource, tmp_path: Path, ffmpeg_path: Path
) -> None:
    source = make_source("full.mkv", *gray(255, "yuv420p", "bt709 bt709 bt709 pc"), *H264, "-qp", "1")

    info, video = encoded(source, tmp_path, ffmpeg_path)

    assert info.video is not None
    assert info.video.color.full_range
    assert luma(video)[32][32] == pytest.approx(235, abs=2)
    assert tags(video) == (BT709, LIMITED)


@pytest.mark.parametrize(
    ("said", "size", "expected"),
    [
        (Color(), (1920, 1080), Color("bt709", "bt709", "bt709")),
        (Color(), (1080, 1920), Color("bt709", "bt709", "bt709")),
        (Color(), (640, 480), Color("smpte170m", "smpte170m", "smpte170m")),
        (Color(matrix="bt709"), (640, 480), Color("bt709", "bt709", "bt709")),
        (Color(matrix="bt470bg", full_range=True), (640, 480), Color("smpte170m", "smpte170m", "bt470bg")),
        (Color(matrix="bt2020nc"), (1920, 1080), Color("bt2020-10", "bt2020", "bt2020nc")),
        (Color("iec61966-2-1", "bt709", "gbr"), (640, 480), Color("iec61966-2-1", "bt709", "bt709")),
    ],
)
def test_what_is_not_said_of_colours_is_taken_as_browsers_take_it(
    said: Color, size: tuple[int, int], expected: Color
) -> None:
    video = replace(H264_VIDEO, color=said, width=size[0], height=size[1])
    assert assumed_color(video) == expected


def test_small_pictures_that_say_nothing_are_tagged_as_bt601(
    make_source: MakeSource, tmp_path: Path, ffmpeg_path: Path
) -> None:
    source = make_source("untagged.mp4", "-f", "lavfi", "-i", "testsrc2=s=64x64:r=10:d=0.5", *H264)
    assert tags(encoded(source, tmp_path, ffmpeg_path)[1]) == (BT601, LIMITED)


def test_red_of_an_rgb_screen_recording_is_red(make_source: MakeSource, tmp_path: Path, ffmpeg_path: Path) -> None:
    """BT.709 has red at 63 and BT.601, which is what scale takes unless told otherwise, at 81."""
    red = ("-f", "lavfi", "-i", "color=red:s=1280x720:r=20:d=0.2,format=rgb24")
    source = make_source("rgb.mkv", *red, "-c:v", "libx264rgb", "-preset", "ultrafast", "-qp", "1")
    video = encoded(source, tmp_path, ffmpeg_path)[1]
    assert luma(video)[32][32] == pytest.approx(63, abs=2)
    assert tags(video) == (BT709, LIMITED)


def poster_color(source: Path, folder: Path, ffmpeg_path: Path) -> tuple[int, ...]:
    """Red, green and blue in the middle of the poster, as a browser shows a JPEG."""
    poster = publish.make_poster(source, publish.probe(source, folder=folder), folder=folder, ffmpeg_path=ffmpeg_path)
    assert poster is not None
    with av.open(str(poster)) as container:
        plane = next(container.decode(video=0)).reformat(format="rgb24").planes[0]
    at = plane.line_size * (plane.height // 2) + 3 * (plane.width // 2)
    return tuple(bytes(plane)[at : at + 3])


def test_red_of_bt709_is_red_in_the_poster(make_source: MakeSource, tmp_path: Path, ffmpeg_path: Path) -> None:
    red = "color=red:s=64x64:r=20:d=0.25,format=rgb24,scale=out_color_matrix=bt709,format=yuv420p"
    says = "setparams=color_trc=bt709:color_primaries=bt709:colorspace=bt709:range=tv"
    source = make_source("red-bt709.mkv", "-f", "lavfi", "-i", f"{red},{says}", *H264, "-qp", "1")
    assert poster_color(source, tmp_path, ffmpeg_path) == pytest.approx((254, 0, 0), abs=4)


def test_white_in_hdr_is_no_gray_in_the_poster(make_source: MakeSource, tmp_path: Path, ffmpeg_path: Path) -> None:
    says = "arib-std-b67 bt2020 bt2020nc tv"
    level = 64 + round(876 * 0.75)
    source = make_source(f"hlg-{level}.mkv", *gray(level, "yuv420p10le", says), *HEVC, "-crf", "10")
    assert poster_color(source, tmp_path, ffmpeg_path) == pytest.approx((214, 214, 214), abs=10)


def combs(rows: list[bytes]) -> int:
    """How much each line differs from both of its neighbours, where those agree: 0 for a picture without combs."""
    found = 0
    for above, line, below in zip(rows, rows[1:], rows[2:], strict=False):
        found += sum(min(abs(b - a), abs(b - c)) for a, b, c in zip(above, line, below, strict=True) if abs(a - c) < 16)
    return found


FIELDS = "geq=lum='if(lt(mod(X-12*N,64),32),16,235)':cb=128:cr=128,tinterlace=interleave_top,setfield=tff"


@pytest.mark.parametrize(
    ("name", "codec"),
    [
        ("fields.ts", ("-c:v", "libx264", "-preset", "ultrafast", "-qp", "10")),
        ("fields-2.ts", ("-c:v", "mpeg2video", "-q:v", "2")),
    ],
)
def test_two_fields_become_one_whole_frame(
    make_source: MakeSource, tmp_path: Path, ffmpeg_path: Path, name: str, codec: tuple[str, ...]
) -> None:
    picture = ("-f", "lavfi", "-i", f"color=s=128x96:r=50:d=1,format=yuv420p,{FIELDS}")
    source = make_source(name, *picture, *codec, "-flags", "+ildct+ilme")

    info, whole = encoded(source, tmp_path, ffmpeg_path)

    assert info.video is not None
    assert info.video.interlaced
    assert combs(luma(whole)) < combs(luma(source)) / 10
    with av.open(str(whole)) as container:
        assert len([packet for packet in container.demux(video=0) if packet.size]) == 25
