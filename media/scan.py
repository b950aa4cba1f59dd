"""Reads every packet of a media file and says what it saw, as JSON. Decodes nothing. Runs only as a child process.

`python -I scan.py probe REQUEST` and `python -I scan.py compare REQUEST`, where REQUEST is JSON. Hostile bytes meet the
demuxers of FFmpeg here and not in the worker, so a crash or a flood ends this process alone. It imports nothing of the
project (`-I` hides it) and is started by `media.probe` and `media.verify` through the runner, which sets the limits.
"""

import json
import sys
from array import array
from typing import Any

import av
from av.stream import Discard, Disposition

MAX_PIXELS = "16777216"  # 4096 * 4096: 8K is refused, a 16000 * 16000 canvas never gets memory
MAX_KEY_TIMES = 64
MAX_SPS = 8


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
    """What was seen of one stream. Times are microseconds in the order of the file."""

    def __init__(self, stream: Any) -> None:
        self.stream = stream
        self.kind = stream.type
        self.numerator = stream.time_base.numerator * 1_000_000
        self.denominator = stream.time_base.denominator
        self.times = array("q")
        self.seen: dict[str, Any] = {}
        self.packets = 0
        self.bytes = 0
        self.keyframes = 0
        self.leading_non_key = 0
        self.key_times: list[int] = []
        self.longest_key_gap_us = 0
        self.longest_gap_us = 0
        self.first_us = 0
        self.last_us = 0
        self.end_us = 0
        self._last_key_us = 0
        self._last_duration = 0
        self._sps: set[bytes] = set()
        self._length_size = _nal_length_size(stream)
        if self._length_size:
            self._sps.update(_sps_of_avcc(bytes(stream.codec_context.extradata)))

    def take(self, packet: Any) -> None:
        """Count one packet. Packets before the first keyframe are counted apart: no copy can start with them."""
        at = packet.pts if packet.pts is not None else packet.dts
        if self.kind == "video" and not self.keyframes and not packet.is_keyframe:
            self.leading_non_key += 1
            return
        self.packets += 1
        self.bytes += packet.size
        if at is None:
            return
        now = (at * self.numerator + self.denominator // 2) // self.denominator
        if packet.duration:
            self._last_duration = packet.duration * self.numerator // self.denominator
        elif self.times and now > self.times[-1]:
            self._last_duration = now - self.times[-1]
        end = now + self._last_duration
        if not self.times:
            self.first_us, self.last_us, self.end_us = now, now, end
        self.longest_gap_us = max(self.longest_gap_us, now - self.end_us)
        self.first_us = min(self.first_us, now)
        self.last_us = max(self.last_us, now)
        self.end_us = max(self.end_us, end)
        self.times.append(now)
        if self.kind == "video" and packet.is_keyframe:
            self._take_keyframe(packet, now)

    def _take_keyframe(self, packet: Any, now: int) -> None:
        if self.keyframes:
            self.longest_key_gap_us = max(self.longest_key_gap_us, now - self._last_key_us)
        self.keyframes += 1
        self._last_key_us = now
        if len(self.key_times) < MAX_KEY_TIMES:
            self.key_times.append(now)
        if self._length_size and len(self._sps) < MAX_SPS:
            self._sps.update(_nals_of_type(bytes(packet), self._length_size, 7))

    def report(self) -> dict[str, Any]:
        """Return what was seen, ready for JSON."""
        context = self.stream.codec_context
        seen = {
            "kind": self.kind,
            "index": self.stream.index,
            "id": self.stream.id,
            "codec": _codec_name(self.stream),
            "profile": self.stream.profile,
            "tag": context.codec_tag,
            "packets": self.packets,
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
            "sps_count": len(self._sps),
        }


def _nal_length_size(stream: Any) -> int:
    """Return how many bytes a NAL's length has, 0 when not length-prefixed H.264 (ISO 14496-15, 5.3.3.1)."""
    extra = stream.codec_context.extradata if _codec_name(stream) == "h264" else None
    return (extra[4] & 3) + 1 if extra and len(extra) > 6 and extra[0] == 1 else 0


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


def _pixels_of_avcc(stream: Any) -> str | None:
    """Return the pixel format of H.264 whose picture comes too late for FFmpeg's own look: by its profile.

    Baseline (66), Main (77) and High (100) know only 8 bits and 4:2:0 (ITU-T H.264 annex A.2).
    """
    extra = stream.codec_context.extradata
    return "yuv420p" if _nal_length_size(stream) and extra[1] in (66, 77, 100) else None


def _nals_of_type(data: bytes, length_size: int, kind: int) -> list[bytes]:
    """Return the NAL units of that type in a length-prefixed packet; stops where a length points outside."""
    found, at = [], 0
    while at + length_size < len(data):
        size = int.from_bytes(data[at : at + length_size], "big")
        at += length_size
        if not size or at + size > len(data):
            break
        if data[at] & 31 == kind:
            found.append(data[at : at + size])
        at += size
    return found


def _choose(container: Any, request: dict[str, Any], kinds: set[str]) -> tuple[list[Track], list[str]]:
    """Return the first usable stream of each kind, and the codecs of kinds that are there but not usable.

    All other streams are discarded, as ffmpeg discards what no output asks for.
    """
    tracks, refused = [], []
    for kind, streams in (("video", container.streams.video), ("audio", container.streams.audio)):
        if kind not in kinds:
            continue
        own = [stream for stream in streams if not stream.disposition & Disposition.attached_pic]
        usable = [stream for stream in own if _codec_name(stream) in request[f"{kind}_codecs"]]
        if usable:
            tracks.append(Track(usable[0]))
        elif own:
            refused.append(_codec_name(own[0]))
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
    in no output, so the file is then read again without it, as ffmpeg will read it.
    """
    tracks, facts = _read(request, {"video", "audio"})
    found = {track.kind for track in tracks if track.packets}
    return _read(request, found) if found and len(found) < len(tracks) else (tracks, facts)


def _read(request: dict[str, Any], kinds: set[str]) -> tuple[list[Track], dict[str, Any]]:
    facts: dict[str, Any] = {"opened": False, "refused": [], "torn": False, "over_limit": False, "error": ""}
    try:
        container = open_source(request)
    except (av.error.FFmpegError, ValueError) as error:
        return [], facts | {"error": f"{type(error).__name__}: {error}"}
    with container:
        tracks, refused = _choose(container, request, kinds)
        facts |= {"opened": True, "refused": refused}
        by_index = {track.stream.index: track for track in tracks}
        try:
            for packet in container.demux([track.stream for track in tracks]) if tracks else ():
                if not packet.size:
                    continue
                track = by_index[packet.stream_index]
                track.take(packet)
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

    The edges are first timestamp, last timestamp and end, in µs.

    The second file may start at another time as a whole: the difference of the first timestamps of `request["by"]`
    ("video" or "audio") is taken off every timestamp of both streams, so that sound that has moved against the picture
    shows.
    """
    source, source_facts = read(request["source"])
    made, made_facts = read(request["rendition"])
    by_kind = {track.kind: track for track in made}
    pairs = [(track, by_kind[track.kind]) for track in source if track.kind in by_kind and track.times]
    offset = next((b.first_us - a.first_us for a, b in pairs if a.kind == request["by"]), 0)
    report = {}
    for ours, theirs in pairs:
        apart = (abs(b - a - offset) for a, b in zip(ours.times, theirs.times, strict=False))
        report[ours.kind] = {
            "source_packets": ours.packets,
            "packets": theirs.packets,
            "apart_us": max(apart, default=0),
            "source_us": [ours.first_us, ours.last_us, ours.end_us],
            "us": [theirs.first_us - offset, theirs.last_us - offset, theirs.end_us - offset],
        }
    return {"kinds": report, "error": source_facts["error"] or made_facts["error"]}


if __name__ == "__main__":
    modes = {"probe": probe, "compare": compare}
    json.dump(modes[sys.argv[1]](json.loads(sys.argv[2])), sys.stdout)
