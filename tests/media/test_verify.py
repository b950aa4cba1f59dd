"""A rendition that is not what its source says never gets out."""

from pathlib import Path
from typing import Any

import pytest

from media import publish
from media.errors import EngineFailed
from media.plan import RenditionPlan
from media.runner import Limits
from media.verify import check_copied, check_encoded, verify_rendition
from tests.media.conftest import WHEEL_FFMPEG
from tests.media.samples import MakeSource


def seen(*, packets: int = 100, apart_us: int = 0) -> dict[str, int]:
    return {"source_packets": 100, "packets": packets, "apart_us": apart_us}


def test_a_copy_may_move_by_80_ms_and_no_more() -> None:
    check_copied("copy", "video", seen(apart_us=80_000))
    with pytest.raises(EngineFailed, match="moved"):
        check_copied("copy", "video", seen(apart_us=80_001))


@pytest.mark.parametrize("packets", [99, 101])
def test_a_copy_has_the_same_number_of_packets(packets: int) -> None:
    with pytest.raises(EngineFailed, match="packets"):
        check_copied("copy", "video", seen(packets=packets))


def spans(
    kind: str, first_ms: int, last_ms: int, end_ms: int, heard_ms: tuple[int, int] = (0, 11_000)
) -> dict[str, Any]:
    """Ten seconds of video and eleven of sound, heard `heard_ms`, and an encode of `kind` with these times."""
    sources = {"video": [0, 9_960_000, 10_000_000], "audio": [0, 10_980_000, 11_000_000]}
    made = [first_ms * 1000, last_ms * 1000, end_ms * 1000]
    return {
        own: {
            "source_us": source,
            "heard_us": [1000 * heard for heard in heard_ms],
            "us": made if own == kind else source,
        }
        for own, source in sources.items()
    }


@pytest.mark.parametrize(
    ("kind", "filled", "times", "good"),
    [
        ("video", False, (80, 9880, 9900), True),
        ("video", False, (0, 10_040, 12_000), True),  # how long the last frame lasts is a guess
        ("video", False, (81, 9960, 10_000), False),
        ("video", False, (0, 9879, 10_000), False),
        ("video", False, (0, 10_041, 10_100), False),
        ("audio", False, (-80, 10_900, 11_080), True),
        ("audio", False, (0, 10_900, 10_919), False),
        ("audio", False, (0, 10_900, 11_081), False),
        ("video", True, (0, 9_920, 9_950), True),  # held: the last repetition a second before the end of the sound
        ("video", True, (0, 9_919, 9_950), False),
        ("audio", True, (0, 10_900, 11_000), True),
        ("audio", True, (0, 9_900, 10_000), False),
    ],
)
def test_an_encode_starts_and_ends_within_80_ms(
    kind: str, filled: bool, times: tuple[int, int, int], good: bool
) -> None:
    if good:
        check_encoded("h264", kind, spans(kind, *times), filled=filled)
        return
    with pytest.raises(EngineFailed):
        check_encoded("h264", kind, spans(kind, *times), filled=filled)


@pytest.mark.parametrize(
    ("first_ms", "end_ms", "good"),
    [
        (-80, 11_080, True),
        (193, 10_850, True),
        (-81, 11_000, False),
        (194, 11_000, False),
        (0, 11_081, False),
        (0, 10_849, False),
    ],
)
def test_a_sound_spans_its_packets_or_what_is_heard_of_them(first_ms: int, end_ms: int, good: bool) -> None:
    seen = spans("audio", first_ms, end_ms - 20, end_ms, heard_ms=(113, 10_930))
    if good:
        check_encoded("copy-aac", "audio", seen, filled=False)
        return
    with pytest.raises(EngineFailed):
        check_encoded("copy-aac", "audio", seen, filled=False)


@pytest.mark.parametrize(("end_ms", "good"), [(10_900, True), (10_899, False)])
def test_where_the_last_packet_may_be_half_of_one_its_sound_may_be_missing(end_ms: int, good: bool) -> None:
    seen = spans("audio", 0, end_ms - 20, end_ms)
    if good:
        check_encoded("sound", "audio", seen, filled=False, torn=True)
        return
    with pytest.raises(EngineFailed):
        check_encoded("sound", "audio", seen, filled=False, torn=True)


def copy_plan(source: Path, folder: Path) -> tuple[publish.SourceInfo, RenditionPlan]:
    info = publish.probe(source, folder=folder)
    return info, publish.plan_publication(info).fast[0]


@pytest.mark.parametrize(
    ("what", "arguments"),
    [
        ("the end is missing", ("-t", "4")),
        ("the sound is missing", ("-an",)),
        ("the sound has moved", ("-bsf:a", "setts=ts=TS+0.1/TB")),
        ("one frame has moved", ("-bsf:v", "setts=pts=PTS+eq(N\\,10)*0.09/TB:dts=DTS")),
    ],
)
def test_a_copy_that_lost_or_moved_something_is_refused(
    what: str, arguments: tuple[str, ...], h264_aac: Path, make_source: MakeSource, tmp_path: Path
) -> None:
    name = f"{what.replace(' ', '-')}.mp4"
    bad = make_source(name, "-i", str(h264_aac), "-c", "copy", *arguments, "-movflags", "frag_keyframe+delay_moov")
    info, item = copy_plan(h264_aac, tmp_path)
    with pytest.raises(EngineFailed):
        verify_rendition(h264_aac, info, item, bad, folder=tmp_path, ffmpeg_path=Path(WHEEL_FFMPEG), limits=Limits())


def test_an_encode_that_does_not_decode_is_refused(vp8_opus: Path, tmp_path: Path, ffmpeg_path: Path) -> None:
    info = publish.probe(vp8_opus, folder=tmp_path)
    (item,) = publish.plan_publication(info).slow
    made = publish.make_rendition(vp8_opus, info, item, folder=tmp_path, ffmpeg_path=ffmpeg_path)
    data = bytearray(made.path.read_bytes())
    middle = made.index.segments[1]
    at = data.index(b"mdat", middle.offset) + 2000
    data[at : at + 3000] = bytes(3000)
    made.path.write_bytes(data)

    with pytest.raises(EngineFailed):
        verify_rendition(vp8_opus, info, item, made.path, folder=tmp_path, ffmpeg_path=ffmpeg_path, limits=Limits())


def test_the_same_file_moved_as_a_whole_is_the_same(h264_aac: Path, make_source: MakeSource, tmp_path: Path) -> None:
    moved = make_source("moved.mkv", "-i", str(h264_aac), "-c", "copy", "-output_ts_offset", "3")
    info, item = copy_plan(h264_aac, tmp_path)
    again = make_source("moved.mp4", "-copyts", "-i", str(moved), "-c", "copy", "-copyts")
    verify_rendition(
        h264_aac,
        info,
        item,
        again,
        folder=tmp_path,
        ffmpeg_path=Path(WHEEL_FFMPEG),
        limits=Limits(),
    )


def test_subprocesses_are_started_by_the_runner_alone() -> None:
    root = Path(publish.__file__).parent
    starters = ("import subprocess", "os.system", "os.popen", "os.exec", "os.fork", "os.spawn")
    users = {path.name for path in root.rglob("*.py") if any(word in path.read_text() for word in starters)}
    assert users == {"runner.py", "launcher.py"}
