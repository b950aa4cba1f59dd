"""Which recordings play part by part, as they were recorded, and which must be packaged first."""

import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from media.index import index_file
from media.recorded import HEAD_BYTES, Part, Recorded, index_part, mended, segments_of
from tests.fragments import cut
from tests.media.made_boxes import (
    FRAMES,
    INIT,
    PACKET,
    PACKETS,
    SOUND,
    VIDEO,
    box,
    fragment,
    init,
    traf,
    trak,
    two_seconds,
)

PICTURE = "-f lavfi -i testsrc2=size=320x180:rate=30:duration=5 -f lavfi -i sine=frequency=440:duration=5"
CUT = "-movflags frag_keyframe+empty_moov+default_base_moof -f mp4"


def recorded(*contents: bytes) -> Recorded | None:
    """Read each part as it arrives, and put them together."""
    parts: list[Part] = []
    for content in contents:
        begun_by = parts[0].index if parts else None
        parts.append(Part(len(content), index_part(content[:HEAD_BYTES], len(content), begun_by)))
    return segments_of(parts)


def test_each_fragment_is_a_segment_from_its_first_frame_to_the_next_ones() -> None:
    parts = [
        two_seconds(0),
        two_seconds(1, picture_late_ms=7),
        fragment(traf(1, 4080, [40, 40]), traf(2, 195_840, [2880])),
    ]
    found = recorded(INIT, *parts)
    assert found is not None
    assert [(s.start_ms, s.duration_ms) for s in found.segments] == [(0, 2047), (2047, 2033), (4080, 80)]
    assert [s.size_bytes for s in found.segments] == [len(part) for part in parts]
    assert (found.codecs, found.width, found.height) == ("avc1.640028,opus", 640, 360)
    assert (found.duration_ms, found.has_audio, found.plays_everywhere) == (4160, True, False)


def test_the_first_segment_begins_with_whatever_comes_first() -> None:
    found = recorded(INIT, two_seconds(0, picture_late_ms=30), two_seconds(1))
    assert found is not None
    assert [(s.start_ms, s.duration_ms) for s in found.segments] == [(0, 2040), (2040, 2040)]


def test_a_recording_without_sound_plays_too() -> None:
    found = recorded(init(VIDEO), fragment(traf(1, 0, FRAMES)), fragment(traf(1, 2040, FRAMES)))
    assert found is not None
    assert (found.codecs, found.has_audio, found.plays_everywhere) == ("avc1.640028", False, True)


def test_parameters_in_the_stream_play_in_fewer_places() -> None:
    found = recorded(init(VIDEO.replace(b"avc1", b"avc3")), fragment(traf(1, 0, FRAMES)))
    assert found is not None
    assert (found.codecs, found.plays_everywhere) == ("avc3.640028", False)


@pytest.mark.parametrize("late_ms", [-29, 29])
def test_the_clock_of_the_sound_may_be_a_little_off(late_ms: int) -> None:
    assert recorded(INIT, two_seconds(0), two_seconds(1, sound_late_ms=late_ms)) is not None


@pytest.mark.parametrize("late_ms", [-100, 100])
def test_a_frame_may_come_when_it_comes(late_ms: int) -> None:
    assert recorded(INIT, two_seconds(0), two_seconds(1, picture_late_ms=late_ms)) is not None


def as_played(found: Recorded, number: int, content: bytes) -> bytes:
    """Return segment `number`, counted from 0, as a player gets it."""
    return b"".join(mended([content[:130], content[130:131], content[131:]], found.mends[number]))


@pytest.mark.parametrize(
    ("ends", "begins", "should_end"),
    [
        ({"last_packet": 1008}, {}, {"last_packet": PACKET}),
        ({}, {"sound_late_ms": 31}, {"last_packet": PACKET + 31 * 48}),
        ({}, {"sound_late_ms": 100}, {"last_packet": PACKET + 100 * 48}),
        ({"last_packet": 1008}, {"sound_late_ms": 60}, {"last_packet": PACKET + 60 * 48}),
        ({}, {"picture_late_ms": 101}, {"last_frame_ms": 141}),
        ({"last_frame_ms": 33}, {"picture_late_ms": 1200}, {"last_frame_ms": 1240}),
        (
            {"last_frame_ms": 1, "last_packet": 1},
            {"picture_late_ms": 900, "sound_late_ms": 1},
            {"last_frame_ms": 940, "last_packet": PACKET + 48},
        ),
    ],
)
def test_a_last_sample_that_is_said_to_be_too_short_ends_where_the_next_part_begins(
    ends: dict[str, int], begins: dict[str, int], should_end: dict[str, int]
) -> None:
    first, second = two_seconds(0, **ends), two_seconds(1, **begins)
    found = recorded(INIT, first, second)
    assert found is not None
    assert as_played(found, 0, first) == two_seconds(0, **should_end)
    assert as_played(found, 1, second) == second


def test_what_needs_no_mend_is_played_as_it_is_stored() -> None:
    found = recorded(INIT, two_seconds(0), two_seconds(1, picture_late_ms=99, sound_late_ms=29))
    assert found is not None
    assert found.mends == ((), ())


def test_what_an_earlier_release_has_read_of_a_part_is_not_mended() -> None:
    contents = [INIT, two_seconds(0), two_seconds(1, picture_late_ms=101)]
    first = index_part(INIT, len(INIT), None)
    parts = [Part(len(INIT), first)]
    for content in contents[1:]:
        spans = index_part(content, len(content), first)["spans"]
        parts.append(Part(len(content), {"spans": [row[:6] for row in spans]}))
    assert segments_of(parts[:2]) is not None
    assert segments_of(parts) is None


UNCERTAIN = {
    "nothing but the beginning": [INIT],
    "a hole in the sound that is filled with silence": [INIT, two_seconds(0), two_seconds(1, sound_late_ms=101)],
    "sound that overlaps": [INIT, two_seconds(0), two_seconds(1, sound_late_ms=-31)],
    "a picture that stood still for too long": [INIT, two_seconds(0), two_seconds(1, picture_late_ms=9961)],
    "lengths that all samples share": [
        INIT,
        fragment(traf(1, 0, FRAMES).replace(b"trun\x01\x00\x0f\x01", b"trun\x01\x00\x0e\x01"), traf(2, 0, PACKETS)),
        two_seconds(1),
    ],
    "two runs of one track": [INIT, fragment(traf(1, 0, FRAMES), traf(1, 2040, FRAMES), traf(2, 0, PACKETS))],
    "a picture that goes back": [INIT, two_seconds(0), two_seconds(1, picture_late_ms=-101)],
    "a part that is missing": [INIT, two_seconds(0), two_seconds(2)],
    "parts out of order": [INIT, two_seconds(1), two_seconds(0)],
    "no picture at the end": [INIT, two_seconds(0), fragment(traf(2, 97_920, PACKETS))],
    "no sound at the end": [INIT, two_seconds(0), fragment(traf(1, 2040, FRAMES))],
    "no keyframe at the start of a part": [
        INIT,
        two_seconds(0),
        fragment(traf(1, 2040, FRAMES, key=False), traf(2, 97_920, PACKETS)),
    ],
    "frames that are shown in another order": [INIT, fragment(traf(1, 0, FRAMES, shift=80), traf(2, 0, PACKETS))],
    "an edit": [init(trak(1, "vide", 1000, media_time=80), SOUND), two_seconds(0)],
    "sound alone": [init(trak(1, "soun", 48_000)), fragment(traf(1, 0, PACKETS))],
    "two pictures": [init(VIDEO, trak(2, "vide", 1000)), fragment(traf(1, 0, FRAMES), traf(2, 0, FRAMES))],
    "two fragments in a part": [INIT, two_seconds(0) + two_seconds(1)],
    "half a fragment": [INIT, two_seconds(0), two_seconds(1)[:-1]],
    "more than a fragment": [INIT, two_seconds(0), two_seconds(1) + b"x"],
    "a fragment with the beginning": [INIT + two_seconds(0)],
    "no beginning": [two_seconds(0), two_seconds(1)],
    "a second beginning": [INIT, two_seconds(0), INIT, two_seconds(1)],
    "something else": [b"\x1a\x45\xdf\xa3" + bytes(100), bytes(100)],
    "an empty box": [INIT, box("moof") + box("mdat")],
    "nothing": [],
}


@pytest.mark.parametrize("name", UNCERTAIN)
def test_what_is_not_certain_is_packaged(name: str) -> None:
    assert recorded(*UNCERTAIN[name]) is None


def test_a_fragment_larger_than_what_is_looked_at_is_known_by_its_head() -> None:
    large = fragment(traf(1, 0, FRAMES), traf(2, 0, PACKETS), payload=2 * HEAD_BYTES)
    found = recorded(INIT, large)
    assert found is not None
    assert found.segments[0].size_bytes == len(large)


@pytest.mark.parametrize(
    ("how", "plays", "everywhere"),
    [
        ("-c:v libx264 -preset ultrafast -bf 0 -g 60 -pix_fmt yuv420p -c:a libopus", True, False),
        ("-c:v libx264 -preset ultrafast -bf 0 -g 60 -pix_fmt yuv420p -c:a aac -use_editlist 0", True, True),
        ("-c:v libvpx-vp9 -deadline realtime -cpu-used 8 -g 60 -c:a libopus -strict -2", False, False),
    ],
)
def test_of_an_encoders_fragments_h264_plays_and_is_as_long_as_the_file(
    how: str, plays: bool, everywhere: bool, tmp_path: Path
) -> None:
    path = tmp_path / "made.mp4"
    subprocess.run(["ffmpeg", "-v", "error", *f"{PICTURE} {how} {CUT}".split(), str(path)], check=True)
    found = recorded(*cut(path.read_bytes()))
    assert (found is not None) == plays
    if found is not None:
        assert found.plays_everywhere == everywhere
        assert abs(found.duration_ms - index_file(path).duration_ms) <= 1
        assert found.codecs == index_file(path).codecs


WHOLE = two_seconds(0)


@given(changes=st.lists(st.tuples(st.integers(0, len(WHOLE) - 1), st.integers(0, 255)), min_size=1, max_size=30))
def test_no_bytes_make_the_reading_of_a_part_crash(changes: list[tuple[int, int]]) -> None:
    broken = bytearray(WHOLE)
    for at, value in changes:
        broken[at] = value
    first = index_part(INIT, len(INIT), None)
    index = index_part(bytes(broken), len(broken), first)
    assert index.keys() <= {"spans"}
    segments_of([Part(len(INIT), first), Part(len(broken), index)])


@given(changes=st.lists(st.tuples(st.integers(0, len(INIT) - 1), st.integers(0, 255)), min_size=1, max_size=30))
def test_no_beginning_makes_it_crash_either(changes: list[tuple[int, int]]) -> None:
    broken = bytearray(INIT)
    for at, value in changes:
        broken[at] = value
    first = index_part(bytes(broken), len(broken), None)
    assert first.keys() <= {"tracks"}
    segments_of([Part(len(broken), first), Part(len(WHOLE), index_part(WHOLE, len(WHOLE), first))])
