"""The parts of a recording as segments that play one after the other as they are, without ffmpeg.

A recorder that cuts where fragments begin (apps/videos/ts/recorder/cutter.ts) sends part 1 = `ftyp` and `moov`, and
each later part = one `moof` and `mdat`. Each part is read once, when it arrives: `index_part`. When the recording has
ended, `segments_of` puts what was read together, without opening a part again.

A player drops frames without a word where sound does not go on exactly (62 of 150 were shown of fragments whose last
packet is declared too short), and stands still at holes in the picture. A recorder does not know how long a fragment's
last sample lasts, and guesses. The next fragment says so: a `Mend` corrects the guess while the part is played, and the
stored part stays as it was.

Whatever is not certain is None, and plays once it was packaged: a segment that lacks a track is lost, and nothing is
shown until a keyframe.
"""

import struct
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import pairwise
from typing import Any

from media.boxes import Box, child_boxes
from media.errors import MediaError
from media.index import Run, Segment, Track, read_runs, read_tracks
from media.plan import MAX_SOUND_GAP_MS

HEAD_BYTES = 256 * 1024
"""What is looked at of a part. A `moof` of 16 s at 60 frames has 16 KB, a recorder's `moov` under 2 KB."""

SOUND_GAP = 0.5
"""How far a fragment's sound may start from where the one before ends, in lengths of its last packet. From 1 on Media
Source takes it for a discontinuity. Chromium's clock is up to 10 ms off at 60 ms a packet; the last packet of a
fragment that nobody has mended is said to be 21 ms long, and a hole of 39 follows it."""

LONGEST_PACKET_MS = 120.0
"""The longest packet of Opus (RFC 6716, 2.1.4): a hole that one such could have filled was a wrong guess. A machine
that is out of breath loses sound besides (78 ms of a minute of 1080p on two cores); up to MAX_SOUND_GAP_MS that hole is
in what is packaged, too, and longer ones become silence there."""

PICTURE_GAP_MS = 100.0
"""The same of the picture: a fragment's last frame is said to last 33 ms, and on a machine that is out of breath or of
a screen on which nothing moves the next one comes much later. Chromium went over holes of 1.27 s without a stop;
Firefox stood still for ever at one of 625 ms, and at none of up to 59. hls.js steps over 100. With a quiet machine and
a moving picture a recorder leaves 16 at most."""

LONGEST_FRAME_MS = 10_000.0
"""How long a frame may be held until the next one: a keyframe is asked for each two seconds, and a screen that stands
still gives a frame a second. Sound has to go on meanwhile, so a machine that slept is not taken for one."""

VIDEO_CODECS = ("avc1.", "avc3.")
AUDIO_CODECS = ("opus", "mp4a.40.")


@dataclass(frozen=True)
class Part:
    """A recorded part as it lies in the store, and what `index_part` has read of it."""

    size_bytes: int
    index: Mapping[str, Any]


@dataclass(frozen=True)
class Mend:
    """Four bytes of a part that say something else when it is played: `value`, big-endian, at `offset`."""

    offset: int
    value: int


@dataclass(frozen=True)
class Recorded:
    """A recording whose parts play: `segments` are parts 2 and on, in their order; an offset counts within its part.

    `mends` holds what is to be mended of each segment, most often nothing.
    """

    segments: tuple[Segment, ...]
    mends: tuple[tuple[Mend, ...], ...]
    codecs: str
    duration_ms: int
    width: int
    height: int
    has_audio: bool
    plays_everywhere: bool


@dataclass(frozen=True)
class _Span:
    """What one fragment holds of one track, in its ticks: `shift` of the first sample, length of the `last` one.

    `last_at` is where in the part that length is written, None where it is not to be changed there.
    """

    start: int
    end: int
    has_key: bool
    shift: int
    last: int
    last_at: int | None = None

    @property
    def may_start(self) -> bool:
        """Whether a picture may begin here: at a keyframe, in streams that show frames in the order of decoding."""
        return self.has_key and not self.shift


def index_part(head: bytes, size_bytes: int, init: Mapping[str, Any] | None) -> dict[str, Any]:
    """Return what a part of `size_bytes` that begins with `head` is, for JSON.

    {"tracks": […]} for an init segment; {"spans": […]} for one whole fragment of the recording that `init` (the index
    of its first part) begins; {} for everything else.
    """
    boxes = list(child_boxes(head))
    kinds = [box.kind for box in boxes]
    try:
        if kinds == ["ftyp", "moov"] and _end(head, boxes[1]) == size_bytes:
            tracks = read_tracks(head[boxes[1].body : boxes[1].end])
            return {"tracks": [asdict(track) for track in tracks.values()]} if tracks else {}
        if kinds == ["moof", "mdat"] and init and _end(head, boxes[1]) == size_bytes:
            runs = read_runs(head[boxes[0].body : boxes[0].end], {track.id: track for track in _tracks(init)})
            at = _last_lengths_at(head, boxes[0])
            # Two runs of one track, or of none, are nothing that a recorder writes.
            return {"spans": [_row(run, at) for run in runs]} if runs and len(at) == len(runs) else {}
    except (MediaError, struct.error, IndexError):
        return {}  # it goes the way of what is not certain, at whose end somebody says what is wrong
    return {}


def segments_of(parts: Sequence[Part]) -> Recorded | None:
    """Return the recording that these parts, from the first to the last, are; None where it is not sure to play."""
    if len(parts) < 2:
        return None
    described = _tracks(parts[0].index)
    tracks = {track.kind: track for track in described}
    picture, sound = tracks.get("video"), tracks.get("audio")
    if picture is None or len(tracks) != len(described) or not _plays(picture, sound):
        return None
    fragments = [_spans(part.index) for part in parts[1:]]
    ids = {track.id for track in described}
    if not all(spans.keys() == ids and spans[picture.id].may_start for spans in fragments):
        return None
    mends = [_mends(described, before, after) for before, after in pairwise(fragments)]
    if None in mends:
        return None
    starts = [_ms(picture, spans[picture.id].start) for spans in fragments]
    # The first segment begins with whatever comes first, as in media/index.py.
    starts[0] = min(_ms(track, fragments[0][track.id].start) for track in described)
    end = max(_ms(track, fragments[-1][track.id].end) for track in described)
    times = [round(time - starts[0]) for time in (*starts, end)]
    if any(after <= before for before, after in pairwise(times)):
        return None
    return Recorded(
        segments=tuple(
            Segment(0, part.size_bytes, start, after - start)
            for part, (start, after) in zip(parts[1:], pairwise(times), strict=True)
        ),
        mends=(*(mend for mend in mends if mend is not None), ()),
        codecs=",".join(track.codec for track in (picture, sound) if track is not None),
        duration_ms=times[-1],
        width=picture.width,
        height=picture.height,
        has_audio=sound is not None,
        # Safari takes parameters from the head alone, and no Opus.
        plays_everywhere=picture.codec.startswith("avc1.") and (sound is None or sound.codec.startswith("mp4a.")),
    )


def _plays(picture: Track, sound: Track | None) -> bool:
    known = picture.codec.startswith(VIDEO_CODECS) and (sound is None or sound.codec.startswith(AUDIO_CODECS))
    return known and picture.media_time == 0 and (sound is None or sound.media_time == 0)


def _mends(tracks: Sequence[Track], before: Mapping[int, _Span], after: Mapping[int, _Span]) -> tuple[Mend, ...] | None:
    """Return what makes one fragment end where the other begins, None where nothing can."""
    mends = []
    for track in tracks:
        ends, begins = before[track.id], after[track.id]
        gap = begins.start - ends.end
        allowed = PICTURE_GAP_MS * track.timescale / 1000 if track.kind == "video" else SOUND_GAP * ends.last
        if abs(gap) <= allowed:
            continue
        if gap < 0 or ends.last_at is None or not _may_last(track, ends.last, gap):
            return None
        mends.append(Mend(ends.last_at, ends.last + gap))
    return tuple(mends)


def _may_last(track: Track, last: int, gap: int) -> bool:
    """Return whether a fragment's last sample, said to be `last` ticks long, may fill the gap after it as well."""
    if track.kind == "video":
        return _ms(track, last + gap) <= LONGEST_FRAME_MS
    return _ms(track, last + gap) <= LONGEST_PACKET_MS or _ms(track, gap) <= MAX_SOUND_GAP_MS


def mended(pieces: Iterable[bytes], mends: Sequence[Mend]) -> Iterator[bytes]:
    """Yield the bytes of a part, in pieces as they came, with its mends in them."""
    wanted = {mend.offset + at: byte for mend in mends for at, byte in enumerate(struct.pack(">I", mend.value))}
    start = 0
    for piece in pieces:
        changed = bytearray(piece)
        for at, byte in wanted.items():
            if start <= at < start + len(piece):
                changed[at - start] = byte
        start += len(piece)
        yield bytes(changed)


def _tracks(index: Mapping[str, Any]) -> list[Track]:
    return [Track(**fields) for fields in index.get("tracks", ())]


def _row(run: Run, at: Mapping[int, int | None]) -> list[int | None]:
    span = [run.decode_time, run.end, int(run.starts_with_key), run.first_offset, run.last_duration]
    return [run.track.id, *span, at[run.track.id]]


def _spans(index: Mapping[str, Any]) -> dict[int, _Span]:
    # Rows of earlier releases do not say where the last length is written.
    return {row[0]: _Span(row[1], row[2], bool(row[3]), *row[4:]) for row in index.get("spans", ())}


def _last_lengths_at(head: bytes, moof: Box) -> dict[int, int | None]:
    """Return where each track's last sample has its length in `head`, by the track's id; None where it has no own one.

    ISO 14496-12, 8.8.8: a `trun` holds a table of samples, and a length is what comes first in a sample's row.
    """
    found: dict[int, int | None] = {}
    for traf in (box for box in child_boxes(head, moof.body, moof.end) if box.kind == "traf"):
        boxes = list(child_boxes(head, traf.body, traf.end))
        tfhd = next((box for box in boxes if box.kind == "tfhd"), None)
        truns = [box for box in boxes if box.kind == "trun"]
        if tfhd is None or not truns:
            continue
        (track_id,) = struct.unpack_from(">I", head, tfhd.body + 4)
        flags, count = struct.unpack_from(">II", head, truns[-1].body)
        table = truns[-1].body + 8 + 4 * bool(flags & 1) + 4 * bool(flags & 4)
        width = 4 * bin(flags & 0xF00).count("1")
        has_own = bool(flags & 0x100) and count > 0
        found[track_id] = table + (count - 1) * width if has_own else None
    return found


def _ms(track: Track, ticks: int) -> float:
    return ticks * 1000 / track.timescale


def _end(head: bytes, box: Box) -> int:
    """Return where a box ends, also where that is behind the end of `head`."""
    size = int.from_bytes(head[box.offset : box.offset + 4], "big")
    if size == 1:
        size = int.from_bytes(head[box.offset + 8 : box.offset + 16], "big")
    return box.offset + size
