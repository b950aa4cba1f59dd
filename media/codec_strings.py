"""The `codecs` of a track as players want to read it (RFC 6381, and the specifications of each codec's MP4 mapping)."""

from media.boxes import find

_VIDEO_ENTRY_BYTES = 78  # VisualSampleEntry, ISO 14496-12 section 12.1.3
_AUDIO_ENTRY_BYTES = 28  # AudioSampleEntry version 0, section 12.2.3


def codec_string(entry_kind: str, entry: bytes) -> str:
    """Return the codec string of one sample entry; just its four letters where we know no more of it."""
    if entry_kind in ("avc1", "avc3"):
        record = find(entry[_VIDEO_ENTRY_BYTES:], "avcC")
        return f"{entry_kind}.{record[1:4].hex()}" if record else entry_kind
    if entry_kind in ("hvc1", "hev1"):
        record = find(entry[_VIDEO_ENTRY_BYTES:], "hvcC")
        return _hevc(entry_kind, record) if record and len(record) >= 13 else entry_kind
    if entry_kind == "vp09":
        record = find(entry[_VIDEO_ENTRY_BYTES:], "vpcC")
        return f"vp09.{record[4]:02d}.{record[5]:02d}.{record[6] >> 4:02d}" if record else entry_kind
    if entry_kind == "av01":
        record = find(entry[_VIDEO_ENTRY_BYTES:], "av1C")
        return _av1(record) if record and len(record) >= 3 else entry_kind
    if entry_kind == "mp4a":
        record = find(entry[_AUDIO_ENTRY_BYTES:], "esds")
        return _mpeg4_audio(record) if record else "mp4a.40.2"
    return {"Opus": "opus", "fLaC": "flac"}.get(entry_kind, entry_kind)


def _hevc(entry_kind: str, record: bytes) -> str:
    """ISO 14496-15 annex E.3: profile, compatibility flags in reverse bit order, tier and level, constraint bytes."""
    space, tier, profile = record[1] >> 6, record[1] >> 5 & 1, record[1] & 31
    compatibility = int(f"{int.from_bytes(record[2:6], 'big'):032b}"[::-1], 2)
    constraints = record[6:12].rstrip(b"\0")
    parts = [f"{' ABC'[space].strip()}{profile}", f"{compatibility:x}", f"{'LH'[tier]}{record[12]}"]
    return ".".join([entry_kind, *parts, *(f"{byte:x}" for byte in constraints)])


def _av1(record: bytes) -> str:
    """AV1 codec ISO media file format binding, section 5: profile, level and tier, bit depth."""
    profile, level = record[1] >> 5, record[1] & 31
    tier, high, twelve = record[2] >> 7, record[2] >> 6 & 1, record[2] >> 5 & 1
    depth = 12 if high and twelve else 10 if high else 8
    return f"av01.{profile}.{level:02d}{'H' if tier else 'M'}.{depth:02d}"


def _mpeg4_audio(esds: bytes) -> str:
    """The object type of the decoder, and for MPEG-4 audio the audio object type (ISO 14496-1 section 7.2.6)."""
    at, object_type = 4, 0
    while at + 2 < len(esds):
        tag, at = esds[at], at + 1
        size = 0
        for _ in range(4):
            size, more = size << 7 | esds[at] & 127, esds[at] & 128
            at += 1
            if not more:
                break
        if tag == 3:  # ES descriptor: id, flags, and what the flags announce
            at += 3
        elif tag == 4:  # decoder configuration: object type, then 12 bytes
            object_type = esds[at]
            at += 13
        elif (
            tag == 5 and object_type == 0x40 and size
        ):  # decoder specific: the audio object type is in the first five bits
            kind = esds[at] >> 3
            if kind == 31:
                kind = 32 + ((esds[at] & 7) << 3 | esds[at + 1] >> 5)
            return f"mp4a.{object_type:02x}.{kind}"
        else:
            at += size
    return f"mp4a.{object_type:02x}" if object_type else "mp4a.40.2"
