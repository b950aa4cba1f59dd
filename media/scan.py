"""Reads every packet of a media file and says what it saw, as JSON. Decodes nothing. Runs only as a child process.

Hostile bytes meet the demuxers of FFmpeg here and not in the worker, so a crash or a flood ends this process alone. It
is started by `media.probe` and `media.verify` through the runner, which sets the limits (media/scan_process.py).
"""

import json
import sys
from array import array
from typing import Any

import av
from av.stream import Discard, Disposition

from media.codec_data import HeardOpus, ParameterSets, pixels_of

MAX_PIXELS = "16777216"  # 4096 * 4096: 8K is refused, a 16000 * 16000 canvas never gets memory
MAX_KEY_TIMES = 64
MAX_HOLES = 64
MAX_READS = 4  # of a file whose first streams are empty
JUMP_US = 10_000_000  # as ffmpeg's -dts_delta_threshold
BACK_US = 100_000  # a step back of more than this is a jump, too (ffmpeg_demux.c, ts_discontinuity_process)

# Code points of ITU-T H.273, under the names that ffmpeg's filters take. 2 is "unspecified".
TRANSFERS = {1: "bt709", 4: "bt470m", 5: "bt470bg", 6: "smpte170m", 7: "smpte240m", 8: "linear"} | {
    13: "iec61966-2-1",
    14: "bt2020-10",
    15: "bt2020-12",
    16: "smpte2084",
    18: "arib-std-b67",
}
PRIMARIES = {1: "bt709", 4: "bt470m", 5: "bt470bg", 6: "smpte170m", 7: "smpte240m", 9: "bt2020", 12: "smpte432"}
MATRICES = {0: "gbr", 1: "bt709", 4: "fcc", 5: "bt470bg", 6: "smpte170m", 7: "smpte240m", 9: "bt2020nc", 10: "bt2020c"}
FULL_RANGE = 2  # AVCOL_RANGE_JPEG
INTERLACED = frozenset({2, 3, 4, 5})  # enum AVFieldOrder: TT, BB, TB, BT


def open_source(request: dict[str, Any]) -> Any:
    """Open the file by the demuxer that its first bytes called for, and no other, from the local file system alone."""
    options = {
        "format_whitelist": ",".join(request["formats"]),
        "protocol_whitelist": "file",
        "codec_whitelist": ",".join(request["decoders"]),
        "max_pixels": MAX_PIXELS,
        "max_streams": "32",
        "probesize": "5000000",
        "analyzeduration": "5000000",
    }
    if request["drops_torn_packets"]:
        options["fflags"] = "+discardcorrupt"  # as on every ffmpeg command, so that their counts agree
    return av.open("file:" + request["path"], format=request["demuxer"], options=options, metadata_errors="replace")


class Track:
    """What was seen of one stream. Times are microseconds in the order of the file.

    `ordinal` is its number among the streams of its kind, covers not counted: ffmpeg's `V:n` and `a:n`.
    """

    def __init__(self, stream: Any, ordinal: int, *, by_dts: bool, long_hole_us: int) -> None:
        self.stream = stream
        self.stream_index = stream.index
        self.ordinal = ordinal
        self.kind = stream.type
        self.by_dts = by_dts and self.kind == "video"
        self.numerator = stream.time_base.numerator * 1_000_000
        self.denominator = stream.time_base.denominator
        self.times = array("q")
        self.seen: dict[str, Any] = {}
        self.packets = 0
        self.bytes = 0
        self.keyframes = 0
        self.leading_non_key = 0
        self.without_pts = 0
        self.next_us: int | None = None
        self.key_times: list[int] = []
        self.longest_key_gap_us = 0
        self.longest_gap_us = 0
        self.first_us = 0
        self.last_us = 0
        self.end_us = 0
        self.open_gops = False
        self.long_hole_us = long_hole_us
        self.hole_ends: list[int] = []
        self._last_key_us = 0
        self._last_duration = 0
        self._opus = HeardOpus(_header(stream)) if _codec_name(stream) == "opus" else None
        self._sps = ParameterSets(_codec_name(stream), _header(stream))

    @property
    def heard_us(self) -> tuple[int, int]:
        """Return when the first sample is due that a decoder gives, and until when the last one lasts."""
        if self._opus is None or self._opus.span_us is None:
            return self.first_us, self.end_us
        begin_us, end_us = self._opus.span_us
        return begin_us, min(end_us, self.end_us)

    def jump_us(self, packet: Any, shift_us: int) -> int:
        """Return by how much the clock jumps at this packet, 0 where it goes on. By decoding times, as ffmpeg."""
        if packet.dts is None:
            return 0
        now = self._us(packet.dts) + shift_us
        apart = now - self.next_us if self.next_us is not None else 0
        jump = apart if apart > JUMP_US or apart < -BACK_US else 0
        self.next_us = now - jump + self.lasts_us(packet)
        return jump

    def lasts_us(self, packet: Any) -> int:
        """Return how long the packet says that it lasts, 0 where it says nothing."""
        return self._us(packet.duration or 0)

    def _us(self, ticks: int) -> int:
        return int((ticks * self.numerator + self.denominator // 2) // self.denominator)

    def take(self, packet: Any, shift_us: int = 0) -> None:
        """Count one packet, its times moved by `shift_us`.

        Packets before the first keyframe are counted apart: no copy can start with them.
        """
        self.without_pts += packet.pts is None
        at = packet.dts if packet.pts is None or (self.by_dts and packet.dts is not None) else packet.pts
        if self.kind == "video" and not self.keyframes and not packet.is_keyframe:
            self.leading_non_key += 1
            return
        self.packets += 1
        self.bytes += packet.size
        if at is None:
            return
        now = self._us(at) + shift_us
        if packet.duration:
            self._last_duration = packet.duration * self.numerator // self.denominator
        elif self.times and now > self.times[-1]:
            self._last_duration = now - self.times[-1]
        end = now + self._last_duration
        if not self.times:
            self.first_us, self.last_us, self.end_us = now, now, end
        self.longest_gap_us = max(self.longest_gap_us, now - self.end_us)
        if now - self.last_us > self.long_hole_us and len(self.hole_ends) < MAX_HOLES:
            self.hole_ends.append(now)
        self.first_us = min(self.first_us, now)
        self.last_us = max(self.last_us, now)
        self.end_us = max(self.end_us, end)
        self.times.append(now)
        if self._opus is not None:
            self._opus.take(bytes(packet), now)
        if self.kind == "video" and packet.is_keyframe:
            self._take_keyframe(packet, now)
        elif self.keyframes > 1:
            self.open_gops |= now < self._last_key_us

    def _take_keyframe(self, packet: Any, now: int) -> None:
        if self.keyframes:
            self.longest_key_gap_us = max(self.longest_key_gap_us, now - self._last_key_us)
        self.keyframes += 1
        self._last_key_us = now
        if len(self.key_times) < MAX_KEY_TIMES:
            self.key_times.append(now)
        self._sps.take(packet)

    def report(self) -> dict[str, Any]:
        """Return what was seen, ready for JSON."""
        context = self.stream.codec_context
        seen = {
            "kind": self.kind,
            "ordinal": self.ordinal,
            "id": self.stream.id,
            "codec": _codec_name(self.stream),
            "profile": self.stream.profile,
            "tag": _tag(context),
            "packets": self.packets,
            "without_pts": self.without_pts,
            "bytes": self.bytes,
            "first_us": self.first_us,
            "last_us": self.last_us,
            "end_us": self.end_us,
        }
        if self.kind == "audio":
            return seen | {
                "sample_rate": context.sample_rate or 0,
                "channels": context.channels or 0,
                "longest_gap_us": self.longest_gap_us,
                "hole_ends_us": self.hole_ends,
                "ambisonic": context.layout.name.startswith("ambisonic"),
            }
        ratio = self.stream.sample_aspect_ratio
        gap = max(self.longest_key_gap_us, self.end_us - self._last_key_us if self.keyframes else 0)
        return seen | {
            "width": context.width,
            "height": context.height,
            "sample_aspect": [ratio.numerator, ratio.denominator] if ratio else [1, 1],
            "pixel_format": context.pix_fmt or pixels_of(_codec_name(self.stream), _header(self.stream)),
            "keyframes": self.keyframes,
            "leading_non_key": self.leading_non_key,
            "key_times_us": self.key_times,
            "longest_key_gap_us": gap,
            "sps_count": self._sps.count,
            "open_gops": self.open_gops,
            "interlaced": context.field_order in INTERLACED,
            "transfer": TRANSFERS.get(context.color_trc, ""),
            "primaries": PRIMARIES.get(context.color_primaries, ""),
            "matrix": MATRICES.get(context.colorspace, ""),
            "full_range": context.color_range == FULL_RANGE or (context.pix_fmt or "").startswith("yuvj"),
        }


def _tag(context: Any) -> str:
    """Return the four letters by which the container calls the codec; "" where they are no letters, as AVI may have."""
    try:
        return str(context.codec_tag)
    except UnicodeDecodeError:
        return ""


def _choose(container: Any, request: dict[str, Any], passed_over: set[int]) -> tuple[list[Track], list[str]]:
    """Return one usable stream of each kind, and the codecs of kinds that are there but not usable.

    Taken is the first one that is marked as default, else the first: what players do, and what cameras and recorders
    with several tracks mean (the first of OBS is the mix). Those in `passed_over` (stream indices) do not count. All
    other streams are discarded, as ffmpeg discards what no output asks for.
    """
    tracks, refused = [], []
    for kind, streams in (("video", container.streams.video), ("audio", container.streams.audio)):
        own = [stream for stream in streams if not stream.disposition & Disposition.attached_pic]
        left = [stream for stream in own if stream.index not in passed_over]
        usable = [stream for stream in left if _codec_name(stream) in request[f"{kind}_codecs"]]
        if usable:
            chosen = next((stream for stream in usable if stream.disposition & Disposition.default), usable[0])
            by_dts = not request["has_presentation_times"]
            tracks.append(Track(chosen, own.index(chosen), by_dts=by_dts, long_hole_us=request["long_hole_us"]))
        elif left:
            refused.append(_codec_name(left[0]))
    wanted = {track.stream.index for track in tracks}
    for stream in container.streams:
        if stream.index not in wanted:
            stream.discard = Discard.all
    return tracks, refused


def _header(stream: Any) -> bytes:
    """Return what the container keeps apart for the decoder."""
    return bytes(stream.codec_context.extradata or b"")


def _codec_name(stream: Any) -> str:
    """Return the codec's name, not its decoder's; a codec that FFmpeg has no name for is called unknown."""
    context = stream.codec_context
    return context.codec.canonical_name if context is not None else "unknown"


def read(request: dict[str, Any]) -> tuple[list[Track], dict[str, Any]]:
    """Read the file to its end, to its first unreadable byte, or past `max_us` of playing time.

    A cut file ends at the first sample that is missing, whichever stream it is of. A stream without a single packet is
    in no output, so the file is then read again without it, as ffmpeg will read it; another one may take its place.
    """
    passed_over: set[int] = set()
    for _ in range(MAX_READS):
        tracks, facts = _read(request, passed_over)
        empty = {track.stream_index for track in tracks if not track.packets}
        if not empty or len(empty) == len(tracks):
            break
        passed_over |= empty
    return tracks, facts


def _read(request: dict[str, Any], passed_over: set[int]) -> tuple[list[Track], dict[str, Any]]:
    facts: dict[str, Any] = {"opened": False, "refused": [], "torn": False, "over_limit": False, "error": ""}
    facts["clock_jumped"] = False
    try:
        container = open_source(request)
    except (av.error.FFmpegError, ValueError) as error:
        return [], facts | {"error": f"{type(error).__name__}: {error}"}
    with container:
        tracks, refused = _choose(container, request, passed_over)
        facts |= {"opened": True, "refused": refused}
        by_index = {track.stream_index: track for track in tracks}
        shift_us = 0
        try:
            for packet in container.demux([track.stream for track in tracks]) if tracks else ():
                if not packet.size:
                    continue
                track = by_index[packet.stream_index]
                if request["clock_jumps"] != "kept":
                    jump_us = track.jump_us(packet, shift_us)
                    # Where an Ogg page ends before it began, libavformat has its last packet last for 32 bits.
                    facts["clock_jumped"] |= bool(jump_us) or track.lasts_us(packet) > JUMP_US
                    if facts["clock_jumped"] and request["clock_jumps"] == "refused":
                        break
                    shift_us -= jump_us
                track.take(packet, shift_us)
                if track.end_us - track.first_us > request["max_us"]:
                    facts["over_limit"] = True
                    break
        except (av.error.FFmpegError, ValueError) as error:
            facts |= {"torn": True, "error": f"{type(error).__name__}: {error}"}
        # The container is closed on return; what its streams say must be taken before.
        for track in tracks:
            track.seen = track.report()
    return tracks, facts


def probe(request: dict[str, Any]) -> dict[str, Any]:
    """Return what one file holds."""
    tracks, facts = read(request)
    return facts | {"tracks": [track.seen for track in tracks]}


def compare(request: dict[str, Any]) -> dict[str, Any]:
    """Return, per kind of stream, packet counts of two files, how far their timestamps are apart, and their edges.

    The edges are first timestamp, last timestamp and end, in µs; `heard_us` as in Track.

    The second file may start at another time as a whole: the difference of the starts of `request["by"]` ("video", or
    "audio" where it is heard first) is taken off every timestamp of both streams, so that sound that has moved against
    the picture shows.
    """
    source, source_facts = read(request["source"])
    made, made_facts = read(request["rendition"])
    by_kind = {track.kind: track for track in made}
    pairs = [(track, by_kind[track.kind]) for track in source if track.kind in by_kind and track.times]
    offset = next((b.heard_us[0] - a.heard_us[0] for a, b in pairs if a.kind == request["by"]), 0)
    report = {}
    for ours, theirs in pairs:
        apart = (abs(b - a - offset) for a, b in zip(ours.times, theirs.times, strict=False))
        report[ours.kind] = {
            "source_packets": ours.packets,
            "packets": theirs.packets,
            "apart_us": max(apart, default=0),
            "source_us": [ours.first_us, ours.last_us, ours.end_us],
            "heard_us": ours.heard_us,
            "us": [theirs.first_us - offset, theirs.last_us - offset, theirs.end_us - offset],
        }
    return {"kinds": report, "error": source_facts["error"] or made_facts["error"]}


def main(mode: str, request: str) -> None:
    """Print what `probe` or `compare` returns for a request, both in JSON."""
    modes = {"probe": probe, "compare": compare}
    json.dump(modes[mode](json.loads(request)), sys.stdout)
