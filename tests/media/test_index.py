"""The index of fragmented MP4, on files made box by box: what the rules say, and what hostile boxes get."""

import struct
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from media.boxes import file_boxes, rotations
from media.errors import MediaError, NoMedia, NotMedia, TruncatedSource
from media.index import FileIndex, index_file
from tests.media.made_boxes import SOUND, VIDEO, box, fragment, full, init, traf, trak


def indexed(tmp_path: Path, *parts: bytes) -> FileIndex:
    path = tmp_path / "file.mp4"
    path.write_bytes(b"".join(parts))
    return index_file(path)


def test_durations_are_differences_of_decode_times_and_the_last_one_of_its_samples(tmp_path: Path) -> None:
    """As in browsers' recordings, where the samples of a fragment do not add up to the start of the next."""
    head = init(VIDEO)
    parts = [fragment(traf(1, 0, [900, 900])), fragment(traf(1, 2000, [1000, 1000])), fragment(traf(1, 4100, [33, 34]))]
    index = indexed(tmp_path, head, *parts)
    assert [(s.start_ms, s.duration_ms) for s in index.segments] == [(0, 2000), (2000, 2100), (4100, 67)]
    assert index.duration_ms == 4167
    assert index.init == (0, len(head))
    assert [s.offset for s in index.segments] == [len(head), len(head + parts[0]), len(head + parts[0] + parts[1])]
    assert sum(s.size_bytes for s in index.segments) == sum(map(len, parts))
    assert (index.codecs, index.width, index.height) == ("avc1.640028", 640, 360)


def test_a_fragment_without_keyframe_belongs_to_the_segment_before(tmp_path: Path) -> None:
    parts = [fragment(traf(1, 0, [5000])), fragment(traf(1, 5000, [5000], key=False)), fragment(traf(1, 10_000, [40]))]
    index = indexed(tmp_path, init(VIDEO), *parts)
    assert [s.duration_ms for s in index.segments] == [10_000, 40]


def test_short_fragments_are_joined(tmp_path: Path) -> None:
    parts = [fragment(traf(1, at, [500])) for at in range(0, 5000, 500)]
    assert [s.duration_ms for s in indexed(tmp_path, init(VIDEO), *parts).segments] == [1500, 1500, 1500, 500]


def test_a_fragment_that_lacks_a_track_belongs_to_the_segment_before(tmp_path: Path) -> None:
    both = fragment(traf(1, 0, [2000]), traf(2, 0, [96_000]))
    alone = fragment(traf(1, 2000, [3000]))
    assert [s.duration_ms for s in indexed(tmp_path, init(VIDEO, SOUND), both, alone).segments] == [5000]


def test_sound_alone_is_cut_anywhere(tmp_path: Path) -> None:
    parts = [fragment(traf(1, at * 48_000, [96_000], key=False)) for at in (0, 2, 4)]
    index = indexed(tmp_path, init(trak(1, "soun", 48_000)), *parts)
    assert [s.duration_ms for s in index.segments] == [2000, 2000, 2000]
    assert (index.codecs, index.width, index.height) == ("opus", 0, 0)


def test_edits_and_reordered_frames_count_as_they_are_shown(tmp_path: Path) -> None:
    """B-frames: the first frame is shown two frames after it is decoded, and the edit takes that off again."""
    head = init(trak(1, "vide", 1000, media_time=80), SOUND)
    parts = [
        fragment(traf(1, 80, [2000], shift=80), traf(2, 3840, [96_000])),
        fragment(traf(1, 2080, [1000], shift=80), traf(2, 99_840, [48_000])),
    ]
    assert [(s.start_ms, s.duration_ms) for s in indexed(tmp_path, head, *parts).segments] == [(0, 2000), (2000, 1000)]


def test_the_first_segment_begins_with_whatever_track_comes_first(tmp_path: Path) -> None:
    """Else a playlist would run ahead of the media by as much as the picture is late."""
    parts = [
        fragment(traf(1, 1500, [2000]), traf(2, 0, [168_000])),
        fragment(traf(1, 3500, [1000]), traf(2, 168_000, [48_000])),
    ]
    index = indexed(tmp_path, init(VIDEO, SOUND), *parts)
    assert [s.duration_ms for s in index.segments] == [3500, 1000]


def test_only_fragments_make_a_segment(tmp_path: Path) -> None:
    with pytest.raises(NoMedia):
        indexed(tmp_path, init(VIDEO))
    with pytest.raises(NotMedia):
        indexed(tmp_path, box("free", bytes(100)))
    with pytest.raises(NotMedia):
        indexed(tmp_path, fragment(traf(1, 0, [1])), init(VIDEO))


def test_a_cut_file_is_truncated(tmp_path: Path) -> None:
    whole = init(VIDEO) + fragment(traf(1, 0, [2000]))
    with pytest.raises(TruncatedSource):
        indexed(tmp_path, whole[:-1])


@pytest.mark.parametrize(
    "trun",
    [
        full("trun", 0, 0, struct.pack(">I", 0xFFFF_FFFF)),
        full("trun", 0, 0x100, struct.pack(">I", 1000)),
        full("trun", 0, 0x305, bytes(3)),
    ],
    ids=["4 billion samples", "samples that are not there", "cut in its head"],
)
def test_a_fragment_that_claims_too_much_is_refused(tmp_path: Path, trun: bytes) -> None:
    bad = box("traf", full("tfhd", 0, 0, struct.pack(">I", 1)), full("tfdt", 0, 0, bytes(4)), trun)
    with pytest.raises(NotMedia):
        indexed(tmp_path, init(VIDEO), fragment(bad))


@pytest.mark.parametrize("size", [0, 1, 7, 0xFFFF_FFFF])
def test_boxes_of_impossible_size_end_the_walk(tmp_path: Path, size: int) -> None:
    path = tmp_path / "file.mp4"
    path.write_bytes(init(VIDEO) + struct.pack(">I", size) + b"free" + bytes(20))
    with path.open("rb") as file:
        kinds = [found.kind for found in file_boxes(file)]
    assert kinds[:2] == ["ftyp", "moov"]
    assert len(kinds) <= 3


@pytest.fixture(scope="module")
def mutant(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("mutants") / "file.mp4"


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    changes=st.lists(st.tuples(st.integers(0, 900), st.integers(0, 255)), min_size=1, max_size=6),
    cut=st.integers(0, 900),
)
def test_no_bytes_make_the_index_crash(mutant: Path, changes: list[tuple[int, int]], cut: int) -> None:
    data = bytearray(init(trak(1, "vide", 1000), SOUND) + fragment(traf(1, 0, [1000]), traf(2, 0, [960, 960])))
    for at, value in changes:
        data[at % len(data)] = value
    mutant.write_bytes(data[: max(len(data) - cut, 1)])
    try:
        index = index_file(mutant)
    except MediaError:
        return
    finally:
        rotations(mutant)
    assert all(segment.duration_ms > 0 and segment.size_bytes > 0 for segment in index.segments)
