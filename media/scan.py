"""Reads every packet of a media file and says what it saw, as JSON. Decodes nothing. Runs only as a child process.

`python -I scan.py probe REQUEST` and `python -I scan.py compare REQUEST`, where REQUEST is JSON. Hostile bytes meet the
demuxers of FFmpeg here and not in the worker, so a crash or a flood ends this process alone. It imports nothing of the
project (`-I` hides it) and is started by `media.probe` and `media.verify` through the runner, which sets the limits.
"""

import json
import sys
from array import array
from collections.abc import Iterator
from typing import Any

import av
from av.stream import Discard, Disposition

MAX_PIXELS = "16777216"  # 4096 * 4096: 8K is refused, a 16000 * 16000 canvas never gets memory
MAX_KEY_TIMES = 64
MAX_SPS = 8
LONG_HOLE_US = 300_000_000
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
OPUS_SAMPLE_RATE = 48_000  # of everything in its headers, whatever was recorded (RFC 7845, 4)
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

    def __init__(self, stream: Any, ordinal: int, *, by_dts: bool) -> None:
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
        self._swallowed_us = 0
        self.hole_ends: list[int] = []
        self._is_opus = _codec_name(stream) == "opus"
        self._skip_us = opus_skip_us(stream) if self._is_opus else 0
        self._last_packet = b""
        self._last_key_us = 0
        self._last_duration = 0
        self._sps = ParameterSets(_codec_name(stream), bytes(stream.codec_context.extradata or b""))

    @property
    def heard_us(self) -> tuple[int, int]:
        """Return when the first sample is due that a decoder gives, and until when the last one lasts.

        Of Opus, up to 80 ms are left out at the start, which is more by the clock where packets are missing among the
        first ones; and MP4 lets a packet last until the next one, whatever it holds.
        """
        ends_us = self.last_us + opus_packet_us(self._last_packet) if self._last_packet else self.end_us
        return self.first_us + self._swallowed_us, min(ends_us, self.end_us)

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
        if now - self.last_us > LONG_HOLE_US and len(self.hole_ends) < MAX_HOLES:
            self.hole_ends.append(now)
        self.first_us = min(self.first_us, now)
        self.last_us = max(self.last_us, now)
        self.end_us = max(self.end_us, end)
        self.times.append(now)
        if self._is_opus:
            self._last_packet = bytes(packet)
        if self._skip_us:
            skipped_us = min(self._skip_us, opus_packet_us(self._last_packet))
            self._skip_us -= skipped_us
            self._swallowed_us = now + skipped_us - self.first_us
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
            "pixel_format": context.pix_fmt or _pixels_of_avcc(self.stream),
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


class ParameterSets:
    """The sequence parameter sets of an H.264 or HEVC stream: those of its header, and those in its keyframes.

    They tell the size of the picture, so a stream with different ones changes it. Of other codecs there are none.
    """

    def __init__(self, codec: str, header: bytes) -> None:
        self._is_one = {"h264": _is_h264_sps, "hevc": _is_hevc_sps}.get(codec)
        self._length_size = _nal_length_size(codec, header)
        of_header = {"h264": _sps_of_avcc, "hevc": _nals_of_hvcc}
        self._seen = {nal for nal in of_header[codec](header) if self._is_sps(nal)} if self._length_size else set()

    @property
    def count(self) -> int:
        """Return how many different ones were seen; no more than MAX_SPS are told apart."""
        return len(self._seen)

    def take(self, packet: Any) -> None:
        """Look for them in a keyframe."""
        if self._is_one is None or len(self._seen) >= MAX_SPS:
            return
        data = bytes(packet)
        nals = _length_prefixed(data, self._length_size) if self._length_size else _annex_b(data)
        self._seen.update(filter(self._is_sps, nals))

    def _is_sps(self, nal: bytes) -> bool:
        return self._is_one is not None and self._is_one(nal)


def _is_h264_sps(nal: bytes) -> bool:
    return nal[0] & 31 == 7  # ITU-T H.264, table 7-1


def _is_hevc_sps(nal: bytes) -> bool:
    """Whether it is one of the base layer: a second layer is another picture, as the right eye's (H.265, 7.3.1.2)."""
    return len(nal) > 1 and nal[0] >> 1 & 63 == 33 and not (nal[0] & 1 or nal[1] >> 3)


def _nal_length_size(codec: str, header: bytes) -> int:
    """Return how many bytes a NAL's length has, 0 when not length-prefixed (ISO 14496-15, 5.3.3.1 and 8.3.3.1)."""
    at = {"h264": 4, "hevc": 21}.get(codec)
    return (header[at] & 3) + 1 if at and len(header) > at + 2 and header[0] == 1 else 0


def _sps_of_avcc(extra: bytes) -> list[bytes]:
    """Return the sequence parameter sets in an avcC record; a record that lies about its sizes ends the list."""
    found, at = [], 6
    for _ in range(extra[5] & 31):
        size = int.from_bytes(extra[at : at + 2], "big")
        if not size or at + 2 + size > len(extra):
            break
        found.append(extra[at + 2 : at + 2 + size])
        at += 2 + size
    return found


def _nals_of_hvcc(extra: bytes) -> list[bytes]:
    """Return the NAL units in an hvcC record, of all kinds; a record that lies about its sizes ends the list."""
    found: list[bytes] = []
    at = 23
    for _ in range(extra[22]):
        count = int.from_bytes(extra[at + 1 : at + 3], "big")
        at += 3
        for _ in range(count):
            size = int.from_bytes(extra[at : at + 2], "big")
            if not size or at + 2 + size > len(extra):
                return found
            found.append(extra[at + 2 : at + 2 + size])
            at += 2 + size
    return found


def _pixels_of_avcc(stream: Any) -> str | None:
    """Return the pixel format of H.264 whose picture comes too late for FFmpeg's own look: by its profile.

    Baseline (66), Main (77) and High (100) know only 8 bits and 4:2:0 (ITU-T H.264 annex A.2).
    """
    extra = bytes(stream.codec_context.extradata or b"")
    is_avcc = _codec_name(stream) == "h264" and _nal_length_size("h264", extra)
    return "yuv420p" if is_avcc and extra[1] in (66, 77, 100) else None


def _length_prefixed(data: bytes, length_size: int) -> Iterator[bytes]:
    """Yield the NAL units of a packet as MP4 has them; stops where a length points outside."""
    at = 0
    while at + length_size < len(data):
        size = int.from_bytes(data[at : at + length_size], "big")
        at += length_size
        if not size or at + size > len(data):
            break
        yield data[at : at + size]
        at += size


def _annex_b(data: bytes) -> Iterator[bytes]:
    """Yield the NAL units of a packet as MPEG-TS has them: each behind a start code (ITU-T H.264 annex B)."""
    for unit in data.split(b"\0\0\1")[1:]:
        if nal := unit.rstrip(b"\0"):
            yield nal


def opus_skip_us(stream: Any) -> int:
    """Return how much a decoder leaves out at the start of Opus, as its header says (pre-skip: RFC 7845, 5.1)."""
    header = bytes(stream.codec_context.extradata or b"")
    is_head = header.startswith(b"OpusHead") and len(header) >= 12
    return int.from_bytes(header[10:12], "little") * 1_000_000 // OPUS_SAMPLE_RATE if is_head else 0


def opus_packet_us(packet: bytes) -> int:
    """Return how long a packet of Opus plays (RFC 6716, 3.1 and 3.2)."""
    config, code = packet[0] >> 3, packet[0] & 3
    if config < 12:
        frame_us = (10_000, 20_000, 40_000, 60_000)[config & 3]
    elif config < 16:
        frame_us = (10_000, 20_000)[config & 1]
    else:
        frame_us = (2_500, 5_000, 10_000, 20_000)[config & 3]
    frames = (1, 2, 2)[code] if code < 3 else packet[1] & 63 if len(packet) > 1 else 0
    return frame_us * frames


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
            tracks.append(Track(chosen, own.index(chosen), by_dts=not request["has_presentation_times"]))
        elif left:
            refused.append(_codec_name(left[0]))
    wanted = {track.stream.index for track in tracks}
    for stream in container.streams:
        if stream.index not in wanted:
            stream.discard = Discard.all
    return tracks, refused


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


if __name__ == "__main__":
    modes = {"probe": probe, "compare": compare}
    json.dump(modes[sys.argv[1]](json.loads(sys.argv[2])), sys.stdout)
