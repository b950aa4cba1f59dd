"""Fragmented MP4 made box by box: what the rules of ISO 14496-12 say, with no encoder in between."""

import struct

NON_SYNC = 0x0101_0000
SYNC = 0x0200_0000


def box(kind: str, *parts: bytes) -> bytes:
    body = b"".join(parts)
    return struct.pack(">I", 8 + len(body)) + kind.encode() + body


def full(kind: str, version: int, flags: int, *parts: bytes) -> bytes:
    return box(kind, struct.pack(">I", version << 24 | flags), *parts)


def trak(track_id: int, kind: str, timescale: int, *, media_time: int = 0) -> bytes:
    """A track of H.264 at 640 by 360, or of Opus."""
    if kind == "vide":
        avcc = box("avcC", bytes([1, 0x64, 0, 0x28, 0xFF, 0xE0, 0]))
        entry = box("avc1", bytes(24), struct.pack(">HH", 640, 360), bytes(50), avcc)
    else:
        entry = box("Opus", bytes(28))
    return box(
        "trak",
        full("tkhd", 0, 3, bytes(8), struct.pack(">I", track_id), bytes(68)),
        box("edts", full("elst", 0, 0, struct.pack(">IIiI", 1, 0, media_time, 0x10000))),
        box(
            "mdia",
            full("mdhd", 0, 0, bytes(8), struct.pack(">I", timescale), bytes(8)),
            full("hdlr", 0, 0, bytes(4), kind.encode(), bytes(13)),
            box("minf", box("stbl", full("stsd", 0, 0, struct.pack(">I", 1), entry))),
        ),
    )


def init(*traks: bytes) -> bytes:
    trex = [full("trex", 0, 0, struct.pack(">5I", number, 1, 0, 0, 0)) for number in range(1, len(traks) + 1)]
    return box("ftyp", b"iso5", bytes(4)) + box("moov", *traks, box("mvex", *trex))


def traf(track_id: int, time: int, durations: list[int], *, key: bool = True, shift: int = 0) -> bytes:
    """Samples of these durations from this decode time, each shown `shift` ticks after it is decoded."""
    flags = [SYNC if key and number == 0 else NON_SYNC for number in range(len(durations))]
    samples = b"".join(struct.pack(">IIIi", d, 10, f, shift) for d, f in zip(durations, flags, strict=True))
    return box(
        "traf",
        full("tfhd", 0, 0x20000, struct.pack(">I", track_id)),
        full("tfdt", 1, 0, struct.pack(">Q", time)),
        full("trun", 1, 0xF01, struct.pack(">II", len(durations), 0), samples),
    )


def fragment(*trafs: bytes, payload: int = 100) -> bytes:
    return box("moof", full("mfhd", 0, 0, bytes(4)), *trafs) + box("mdat", bytes(payload))


VIDEO = trak(1, "vide", 1000)
SOUND = trak(2, "soun", 48_000)
INIT = init(VIDEO, SOUND)
PACKET = 2880  # ticks of Opus at 48 kHz: 60 ms
PACKETS = [PACKET] * 34  # 2.04 s
FRAMES = [40] * 51  # 2.04 s


def two_seconds(
    number: int,
    *,
    picture_late_ms: int = 0,
    sound_late_ms: int = 0,
    last_frame_ms: int = 40,
    last_packet: int = PACKET,
) -> bytes:
    """Return the fragment that begins at `number` times 2.04 s, or somewhat later."""
    picture = traf(1, number * 2040 + picture_late_ms, [*FRAMES[:-1], last_frame_ms])
    sound = traf(2, number * 97_920 + sound_late_ms * 48, [*PACKETS[:-1], last_packet])
    return fragment(picture, sound, payload=1000)
