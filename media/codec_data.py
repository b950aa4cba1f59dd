"""What codecs say of themselves in their headers and packets, for whoever decodes nothing. Bytes in, facts out.

Whatever lies about its sizes ends what is read of it, and raises nothing.
"""

from collections.abc import Iterator
from typing import Any

MAX_SPS = 8
OPUS_SAMPLE_RATE = 48_000  # of everything in its headers, whatever was recorded (RFC 7845, 4)


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


def pixels_of(codec: str, header: bytes) -> str | None:
    """Return the pixel format of H.264 whose picture comes too late for FFmpeg's own look: by its profile.

    Baseline (66), Main (77) and High (100) know only 8 bits and 4:2:0 (ITU-T H.264 annex A.2).
    """
    is_avcc = codec == "h264" and _nal_length_size(codec, header)
    return "yuv420p" if is_avcc and header[1] in (66, 77, 100) else None


class HeardOpus:
    """From when to when a sound in Opus is heard, in µs: its packets, less what a decoder leaves out.

    Left out is what the header says, 80 ms of what Chromium records, which is more by the clock where packets are
    missing among the first ones. And MP4 lets the last packet last as long as the one before, whatever it holds.
    """

    def __init__(self, header: bytes) -> None:
        self.span_us: tuple[int, int] | None = None
        self._skip_us = _pre_skip_us(header)

    def take(self, packet: bytes, at_us: int) -> None:
        """Look at the next packet, which is due at that time."""
        plays_us = opus_packet_us(packet)
        skipped_us = min(self._skip_us, plays_us)
        begins_us = at_us + skipped_us if self._skip_us or self.span_us is None else self.span_us[0]
        self._skip_us -= skipped_us
        self.span_us = begins_us, at_us + plays_us


def _pre_skip_us(header: bytes) -> int:
    """Return how much a decoder leaves out at the start of Opus, 0 where no header says so (RFC 7845, 5.1)."""
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
