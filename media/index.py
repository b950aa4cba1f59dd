"""Cuts a finished single-file fragmented MP4 into segments by reading its boxes, without ffmpeg.

A segment is one or more whole fragments and starts at a keyframe. Its time is that of its first frame; its duration
runs to the next segment's start (differences of `tfdt`; sums of sample durations are wrong in recordings), and the
last one's to the end of its samples. Specification: ISO 14496-12 section 8.8, RFC 6381 for the codec strings.
"""

import struct
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

from media.boxes import child_boxes, file_boxes, find, find_all, load
from media.codec_strings import codec_string
from media.errors import NoMedia, NotMedia, TruncatedSource

MIN_SEGMENT_MS = 1500
"""Fragments are joined until a segment is this long. Recorders set a keyframe about each two seconds."""

_MAX_SAMPLES = 4_000_000
_NON_SYNC = 0x10000  # sample_is_non_sync_sample, ISO 14496-12 section 8.8.3.1


@dataclass(frozen=True)
class Segment:
    """A byte range that starts at a keyframe. `start_ms` counts from the start of the first segment."""

    offset: int
    size_bytes: int
    start_ms: int
    duration_ms: int


@dataclass(frozen=True)
class FileIndex:
    """What a playlist needs of a file. `init` is (offset, size) in bytes; width and height are 0 without a picture."""

    init: tuple[int, int]
    segments: tuple[Segment, ...]
    codecs: str
    duration_ms: int
    width: int
    height: int


@dataclass
class Track:
    """A track of picture or sound as the init segment describes it; its samples have times in ticks of `timescale`."""

    id: int
    kind: str
    timescale: int
    codec: str
    width: int
    height: int
    media_time: int
    default_flags: int = 0
    default_duration: int = 0


@dataclass
class Run:
    """One traf: its decode time, whether it starts with a sync sample, first sample's offset and its end, in ticks.

    `last_duration` is how long its last sample is said to be, in ticks, `samples` how many there are.
    """

    track: Track
    decode_time: int
    starts_with_key: bool
    first_offset: int
    end: int
    last_duration: int
    samples: int


@dataclass
class _Fragment:
    """A fragment: from its first moof to the end of its last mdat."""

    offset: int
    end: int
    runs: list[Run] = field(default_factory=list)


def index_file(path: Path) -> FileIndex:
    """Return the index of the file. NoMedia without a fragment, TruncatedSource when cut, NotMedia when no fMP4."""
    init_end, tracks, fragments = _read(path)
    lead = next((track for track in tracks.values() if track.kind == "video"), None)
    segments, duration_ms = _segments(fragments, lead, len(tracks))
    return FileIndex(
        init=(0, init_end),
        segments=segments,
        codecs=",".join(track.codec for track in sorted(tracks.values(), key=lambda track: track.kind != "video")),
        duration_ms=duration_ms,
        width=lead.width if lead else 0,
        height=lead.height if lead else 0,
    )


def count_frames(path: Path) -> int:
    """Return how many frames the picture of the file has. Raises as index_file."""
    _init_end, _tracks, fragments = _read(path)
    return sum(run.samples for fragment in fragments for run in fragment.runs if run.track.kind == "video")


def _read(path: Path) -> tuple[int, dict[int, Track], list[_Fragment]]:
    """Return where the init segment ends, the tracks and the fragments, of which there is one at least."""
    try:
        with path.open("rb") as file:
            init_end, tracks, fragments = _walk(file)
    except (struct.error, IndexError) as error:
        raise NotMedia("The boxes of the file contradict each other.") from error
    if not fragments:
        raise NoMedia("The file has no fragment.")
    return init_end, tracks, fragments


def _walk(file: BinaryIO) -> tuple[int, dict[int, Track], list[_Fragment]]:
    """Walk the top-level boxes once and return where the init segment ends, the tracks and the fragments."""
    init_end, tracks, fragments = 0, {}, []
    open_fragment: _Fragment | None = None
    for box in file_boxes(file):
        if box.torn:
            raise TruncatedSource(f"The box {box.kind} reaches past the end of the file.")
        if box.kind == "moov":
            tracks = read_tracks(load(file, box))
            init_end = box.end
        elif box.kind == "moof":
            if not tracks:
                raise NotMedia("A fragment comes before the description of its tracks.")
            open_fragment = _Fragment(box.offset, box.end, read_runs(load(file, box), tracks))
        elif box.kind == "mdat" and open_fragment is not None:
            open_fragment.end = box.end
            if open_fragment.runs:
                fragments.append(open_fragment)
            open_fragment = None
    if not tracks:
        raise NotMedia("The file has no moov.")
    return init_end, tracks, fragments


def read_tracks(moov: bytes) -> dict[int, Track]:
    """Return the tracks of picture and sound in the body of a `moov`, by their ids."""
    tracks = {}
    for trak in find_all(moov, "trak"):
        track = _track(trak)
        if track is not None:
            tracks[track.id] = track
    for trex in find_all(find(moov, "mvex") or b"", "trex"):
        track_id, _, duration, _, flags = struct.unpack_from(">5I", trex, 4)
        if track_id in tracks:
            tracks[track_id].default_duration = duration
            tracks[track_id].default_flags = flags
    return tracks


def _track(trak: bytes) -> Track | None:
    """Return the track, None when it is neither picture nor sound."""
    tkhd, mdhd = find(trak, "tkhd"), find(trak, "mdia", "mdhd")
    hdlr, stsd = find(trak, "mdia", "hdlr"), find(trak, "mdia", "minf", "stbl", "stsd")
    if not (tkhd and mdhd and hdlr and stsd):
        return None
    kind = {b"vide": "video", b"soun": "audio"}.get(hdlr[8:12])
    entry = next(child_boxes(stsd, 8), None)
    (timescale,) = struct.unpack_from(">I", mdhd, 20 if mdhd[0] == 1 else 12)
    if kind is None or entry is None or entry.torn or not timescale:
        return None
    body = stsd[entry.body : entry.end]
    width, height = struct.unpack_from(">HH", body, 24) if kind == "video" else (0, 0)
    (track_id,) = struct.unpack_from(">I", tkhd, 20 if tkhd[0] == 1 else 12)
    return Track(
        track_id,
        kind,
        timescale,
        codec_string(entry.kind, body),
        width,
        height,
        _media_time(find(trak, "edts", "elst")),
    )


def _media_time(elst: bytes | None) -> int:
    """Return how many ticks the first edit that is not empty takes off every time; 0 without edits."""
    if elst is None:
        return 0
    wide = elst[0] == 1
    (count,) = struct.unpack_from(">I", elst, 4)
    for number in range(min(count, 16)):
        time: int
        (time,) = (
            struct.unpack_from(">q", elst, 16 + number * 20)
            if wide
            else struct.unpack_from(">i", elst, 12 + number * 12)
        )
        if time >= 0:
            return time
    return 0


def read_runs(moof: bytes, tracks: Mapping[int, Track]) -> list[Run]:
    """Return what the body of a `moof` says of each of these tracks that has samples in it."""
    runs = []
    for traf in find_all(moof, "traf"):
        tfhd, tfdt = find(traf, "tfhd"), find(traf, "tfdt")
        if not (tfhd and tfdt):
            continue
        (track_id,) = struct.unpack_from(">I", tfhd, 4)
        (decode_time,) = struct.unpack_from(">Q" if tfdt[0] == 1 else ">I", tfdt, 4)
        if track_id in tracks:
            run = _run(tracks[track_id], decode_time, tfhd, find_all(traf, "trun"))
            if run is not None:
                runs.append(run)
    return runs


def _run(track: Track, decode_time: int, tfhd: bytes, truns: list[bytes]) -> Run | None:
    """Return what the samples of one traf say, None when it has none."""
    duration, flags = _tfhd_defaults(track, tfhd)
    now, end, first, length, samples = decode_time, decode_time, None, duration, 0
    for trun in truns:
        head, count = int.from_bytes(trun[:4], "big"), int.from_bytes(trun[4:8], "big")
        if count > _MAX_SAMPLES:
            raise NotMedia(f"A fragment claims {count} samples.")
        at = 8 + 4 * bool(head & 1)
        first_flags = int.from_bytes(trun[at : at + 4], "big") if head & 4 else None
        at += 4 * bool(head & 4)
        samples += count
        width = 4 * bin(head & 0xF00).count("1")
        if at + width * count > len(trun):
            raise NotMedia("A fragment claims more samples than it describes.")
        signed = ">i" if head >> 24 else ">I"
        for number in range(count):
            field_at = at + number * width
            length = duration
            if head & 0x100:
                (length,) = struct.unpack_from(">I", trun, field_at)
                field_at += 4
            field_at += 4 * bool(head & 0x200)
            own_flags = flags
            if head & 0x400:
                (own_flags,) = struct.unpack_from(">I", trun, field_at)
                field_at += 4
            elif number == 0 and first_flags is not None:
                own_flags = first_flags
            shift = struct.unpack_from(signed, trun, field_at)[0] if head & 0x800 else 0
            if first is None:
                first = (shift, not own_flags & _NON_SYNC)
            end = max(end, now + shift + length)
            now += length
    return None if first is None else Run(track, decode_time, first[1], first[0], end, length, samples)


def _tfhd_defaults(track: Track, tfhd: bytes) -> tuple[int, int]:
    """Return default duration and flags of the samples (ISO 14496-12 section 8.8.7: optional fields in flag order)."""
    head, at = int.from_bytes(tfhd[:4], "big"), 8
    duration, flags = track.default_duration, track.default_flags
    at += 8 * bool(head & 1) + 4 * bool(head & 2)
    if head & 8:
        (duration,) = struct.unpack_from(">I", tfhd, at)
        at += 4
    at += 4 * bool(head & 0x10)
    if head & 0x20:
        (flags,) = struct.unpack_from(">I", tfhd, at)
    return duration, flags


def _segments(fragments: list[_Fragment], lead: Track | None, track_count: int) -> tuple[tuple[Segment, ...], int]:
    """Join fragments to segments; return them and the duration in ms from first start to last end."""
    # (offset in bytes, time in ms) of each segment. The first begins with whatever comes first: where the picture
    # starts later than the sound, a playlist that began with the picture would shift every segment after it.
    first = fragments[0]
    starts = [(first.offset, min(_ms(run.track, run.decode_time + run.first_offset) for run in first.runs))]
    for fragment in fragments[1:]:
        at = _start_ms(fragment, lead)
        if _may_start(fragment, lead, track_count) and at - starts[-1][1] >= MIN_SEGMENT_MS:
            starts.append((fragment.offset, at))
    end_ms = max(_ms(run.track, run.end) for fragment in fragments for run in fragment.runs)
    origin = starts[0][1]
    ends = [*starts[1:], (fragments[-1].end, max(end_ms, starts[-1][1] + 1))]
    segments = tuple(
        Segment(offset, end_offset - offset, at - origin, end_at - at)
        for (offset, at), (end_offset, end_at) in zip(starts, ends, strict=True)
    )
    return segments, ends[-1][1] - origin


def _start_ms(fragment: _Fragment, lead: Track | None) -> int:
    run = next((run for run in fragment.runs if run.track is lead), fragment.runs[0])
    return _ms(run.track, run.decode_time + run.first_offset)


def _may_start(fragment: _Fragment, lead: Track | None, track_count: int) -> bool:
    """Whether a segment may start here: at a keyframe (anywhere in sound alone), and with every track in it.

    A segment that lacks a track adds nothing to what a player can play: hls.js gives up on it and the end of the video
    is lost (measured with sound that ends 0.3 s before the picture). So such fragments belong to the segment before.
    """
    if lead is not None and len(fragment.runs) < track_count:
        return False
    return all(run.starts_with_key for run in fragment.runs if run.track is lead)


def _ms(track: Track, ticks: int) -> int:
    return round((ticks - track.media_time) * 1000 / track.timescale)
