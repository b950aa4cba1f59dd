"""The one table of containers: what their first bytes look like, who reads them, and which codecs we take from them.

Every whitelist on an ffmpeg command line and every `format=` of a scan is made from a row of this table, so a file is
only ever opened by the one demuxer that its first bytes call for. That is what keeps a playlist named `.mp4` from
making the engine read other files. To read a new container, add a row here and a sample for it in the tests.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from media.errors import EmptySource, NotMedia, UnsupportedFormat

HEAD_BYTES = 4096
"""How much of a file `identify` looks at: enough for a DocType after a padded EBML header and for an M2TS pair."""


@dataclass(frozen=True)
class Container:
    """A container we read. `demuxer` is ffmpeg's name for `-f`; `formats` the demuxer's own full list of names."""

    name: str
    demuxer: str
    formats: tuple[str, ...]
    video_codecs: frozenset[str]
    audio_codecs: frozenset[str]
    matches: Callable[[bytes], bool]
    drops_torn_packets: bool = True
    """Whether a packet cut by the end of the file is useless: half a picture is, half a second of PCM is not."""
    hides_torn_end: bool = False
    """Whether the last packet may be half of one, unseen: a FLAC frame ends where the next one begins."""
    has_presentation_times: bool = True
    """Whether it says when a picture is shown. AVI counts pictures in the order in which they are decoded."""
    clock_jumps: Literal["kept", "closed", "refused"] = "kept"
    """What a clock that starts anew within the file means. ffmpeg closes such a jump where the format is meant to be
    joined of pieces (its AVFMT_TS_DISCONT), and the scan counts as it does. 5.1 gets it wrong for Ogg."""

    @property
    def codecs(self) -> frozenset[str]:
        """Return all codec names, as ffmpeg names codecs (not decoders), that may be used from this container."""
        return self.video_codecs | self.audio_codecs


PCM_CODECS = frozenset(
    {"pcm_s16le", "pcm_s16be", "pcm_s24le", "pcm_s24be", "pcm_s32le", "pcm_s32be"}
    | {"pcm_f32le", "pcm_f32be", "pcm_f64le", "pcm_f64be", "pcm_u8", "pcm_s8", "pcm_alaw", "pcm_mulaw"}
)
"""Uncompressed sound as recorders, cameras and editors write it, with the two telephone laws."""

DECODERS: dict[str, tuple[str, ...]] = {
    "av1": ("libdav1d", "libaom-av1", "av1"),
    "vp8": ("vp8", "libvpx"),
    "vp9": ("vp9", "libvpx-vp9"),
    "opus": ("opus", "libopus"),
    "mp2": ("mp2float", "mp2"),
    "mp3": ("mp3float", "mp3"),
    "aac": ("aac",),
}
"""Decoders per codec, where they are not just the codec's own name: `-codec_whitelist` asks for decoder names."""

CODEC_NAMES = {
    "aac_latm": "AAC (LATM)",
    "ac3": "AC-3",
    "adpcm_ima_wav": "ADPCM",
    "adpcm_ms": "ADPCM",
    "amr_nb": "AMR",
    "cfhd": "CineForm",
    "dnxhd": "DNxHD",
    "dts": "DTS",
    "dvvideo": "DV",
    "eac3": "E-AC-3",
    "h264": "H.264",
    "mjpeg": "Motion JPEG",
    "mpeg2video": "MPEG-2",
    "mpeg4": "MPEG-4 Part 2",
    "msmpeg4v3": "DivX 3",
    "opus": "Opus",
    "prores": "ProRes",
    "prores_raw": "ProRes RAW",
    "speex": "Speex",
    "theora": "Theora",
    "vorbis": "Vorbis",
    "wmv3": "Windows Media Video",
}
"""How people write the names of codecs; others are shown in capitals."""

_MP4_BOXES = (b"ftyp", b"styp", b"moov", b"mdat", b"free", b"skip", b"wide", b"pnot", b"moof", b"sidx")
_PICTURE_BRANDS = (b"avif", b"avis", b"heic", b"heix", b"heim", b"heis", b"hevc", b"mif1", b"msf1")


def decoders_of(container: Container) -> tuple[str, ...]:
    """Return the decoder names that a process reading this container may open, sorted."""
    names = {decoder for codec in container.codecs for decoder in DECODERS.get(codec, (codec,))}
    return tuple(sorted(names))


def codec_name(codec: str) -> str:
    """Return the name to show for a codec that ffmpeg calls `codec`."""
    return CODEC_NAMES.get(codec, codec.upper())


def _is_mp4(head: bytes) -> bool:
    return head[4:8] in _MP4_BOXES and not (head[4:8] == b"ftyp" and head[8:12] in _PICTURE_BRANDS)


def _is_matroska(head: bytes) -> bool:
    return head.startswith(b"\x1a\x45\xdf\xa3") and (b"matroska" in head[:HEAD_BYTES] or b"webm" in head[:HEAD_BYTES])


def _is_mp3(head: bytes) -> bool:
    return head.startswith(b"ID3") or _is_mp3_frame(head)


def _is_mp3_frame(head: bytes) -> bool:
    """Whether an MPEG audio layer III frame header stands first (ISO 11172-3, 2.4.1.3)."""
    if len(head) < 4 or head[0] != 0xFF or head[1] & 0xE0 != 0xE0:
        return False
    version, layer = head[1] >> 3 & 3, head[1] >> 1 & 3
    bitrate, rate = head[2] >> 4, head[2] >> 2 & 3
    return version != 1 and layer == 1 and bitrate not in (0, 15) and rate != 3


def _is_wav(head: bytes) -> bool:
    return head[:4] in (b"RIFF", b"RF64") and head[8:12] == b"WAVE"


def _is_avi(head: bytes) -> bool:
    return head[:4] == b"RIFF" and head[8:12] == b"AVI "


def _is_transport_stream(head: bytes) -> bool:
    """Whether three packets in a row start with the sync byte, 188 apart, or 192 with a time before each (M2TS)."""
    return any(
        len(head) > first + 2 * step and all(head[first + n * step] == 0x47 for n in range(3))
        for first, step in ((0, 188), (4, 192))
    )


def _is_flac(head: bytes) -> bool:
    return head.startswith(b"fLaC")


def _is_ogg(head: bytes) -> bool:
    return head.startswith(b"OggS\0")


def _is_adts(head: bytes) -> bool:
    """Whether an ADTS frame header of AAC stands first (ISO 13818-7, 6.2), and another one where its frame ends."""
    if len(head) < 7 or head[0] != 0xFF or head[1] & 0xF6 != 0xF0 or head[2] >> 2 & 15 > 12:
        return False
    frame_bytes = (head[3] & 3) << 11 | head[4] << 3 | head[5] >> 5
    following = head[frame_bytes : frame_bytes + 2]
    return frame_bytes > 7 and (len(following) < 2 or (following[0] == 0xFF and following[1] & 0xF6 == 0xF0))


CONTAINERS: tuple[Container, ...] = (
    Container(
        name="mp4",
        demuxer="mov",
        formats=("mov", "mp4", "m4a", "3gp", "3g2", "mj2"),
        # Besides what browsers play: cameras (MJPEG, MPEG-4, MPEG-2) and editors (ProRes, DNxHD and DNxHR).
        video_codecs=frozenset(
            {"h264", "hevc", "vp9", "av1", "prores", "dnxhd", "mjpeg", "mpeg4", "mpeg2video"},
        ),
        audio_codecs=frozenset({"aac", "opus", "mp3", "flac", "alac", "ac3", "eac3"}) | PCM_CODECS,
        matches=_is_mp4,
    ),
    Container(
        name="matroska",
        demuxer="matroska",
        formats=("matroska", "webm"),
        video_codecs=frozenset({"h264", "hevc", "vp8", "vp9", "av1", "prores", "mjpeg", "mpeg4", "mpeg2video"}),
        audio_codecs=frozenset({"aac", "opus", "vorbis", "mp2", "mp3", "flac", "alac", "ac3", "eac3"}) | PCM_CODECS,
        matches=_is_matroska,
    ),
    Container(
        name="wav",
        demuxer="wav",
        formats=("wav",),
        video_codecs=frozenset(),
        audio_codecs=PCM_CODECS,
        matches=_is_wav,
        drops_torn_packets=False,
    ),
    Container(
        name="mp3",
        demuxer="mp3",
        formats=("mp3",),
        video_codecs=frozenset(),
        audio_codecs=frozenset({"mp3"}),
        matches=_is_mp3,
    ),
    Container(
        name="avi",
        demuxer="avi",
        formats=("avi",),
        video_codecs=frozenset({"h264", "mpeg4", "mjpeg"}),
        audio_codecs=frozenset({"aac", "mp2", "mp3", "ac3"}) | PCM_CODECS,
        matches=_is_avi,
        has_presentation_times=False,
    ),
    Container(
        name="mpegts",
        demuxer="mpegts",
        formats=("mpegts",),
        video_codecs=frozenset({"h264", "hevc", "mpeg2video"}),
        audio_codecs=frozenset({"aac", "mp2", "mp3", "ac3", "eac3"}),
        matches=_is_transport_stream,
        clock_jumps="closed",
    ),
    Container(
        name="ogg",
        demuxer="ogg",
        formats=("ogg",),
        video_codecs=frozenset({"theora"}),
        audio_codecs=frozenset({"vorbis", "opus", "flac"}),
        matches=_is_ogg,
        clock_jumps="refused",
    ),
    Container(
        name="flac",
        demuxer="flac",
        formats=("flac",),
        video_codecs=frozenset(),
        audio_codecs=frozenset({"flac"}),
        matches=_is_flac,
        hides_torn_end=True,
    ),
    Container(
        name="adts",
        demuxer="aac",
        formats=("aac",),
        video_codecs=frozenset(),
        audio_codecs=frozenset({"aac"}),
        matches=_is_adts,
    ),
)

_BY_NAME = {row.name: row for row in CONTAINERS}


def container_named(name: str) -> Container:
    """Return the row of that name. KeyError if there is none: names only come from `identify`."""
    return _BY_NAME[name]


_NOT_YET: tuple[tuple[str, Callable[[bytes], bool]], ...] = (
    ("Flash Video", lambda head: head.startswith(b"FLV\x01")),
    ("Windows Media", lambda head: head.startswith(bytes.fromhex("3026b2758e66cf11"))),
    ("MPEG program stream", lambda head: head.startswith(b"\x00\x00\x01\xba")),
    ("MPEG video", lambda head: head.startswith(b"\x00\x00\x01\xb3")),
    ("MXF", lambda head: head.startswith(bytes.fromhex("060e2b34020501010d0102"))),
    ("AIFF", lambda head: head[:4] == b"FORM" and head[8:12] in (b"AIFF", b"AIFC")),
    ("Core Audio", lambda head: head.startswith(b"caff")),
    ("AMR", lambda head: head.startswith(b"#!AMR")),
    ("RealMedia", lambda head: head.startswith(b".RMF")),
    ("AC-3", lambda head: head.startswith(b"\x0b\x77")),
    ("raw H.264", lambda head: head.startswith((b"\x00\x00\x00\x01\x67", b"\x00\x00\x00\x01\x27"))),
    ("IVF", lambda head: head.startswith(b"DKIF")),
    ("YUV4MPEG2", lambda head: head.startswith(b"YUV4MPEG2")),
    ("Matroska of an unknown kind", lambda head: head.startswith(b"\x1a\x45\xdf\xa3")),
)
"""Media that we know by name and refuse by name, so that a person learns what to do instead of "not a video"."""

_NOT_MEDIA: tuple[tuple[str, Callable[[bytes], bool]], ...] = (
    (
        "a playlist",
        lambda head: head.lstrip(b"\xef\xbb\xbf \t\r\n").startswith((b"#EXTM3U", b"ffconcat", b"[playlist]")),
    ),
    ("a session description", lambda head: head.lstrip().startswith(b"v=0")),
    ("a picture", lambda head: head.startswith((b"GIF8", b"\x89PNG", b"\xff\xd8\xff", b"BM", b"II*\x00", b"MM\x00*"))),
    ("a picture", lambda head: head[:4] == b"RIFF" and head[8:12] == b"WEBP"),
    ("a picture", lambda head: head[4:8] == b"ftyp" and head[8:12] in _PICTURE_BRANDS),
    ("a document", lambda head: head.startswith((b"%PDF", b"{\\rtf", b"\xd0\xcf\x11\xe0"))),
    (
        "an archive",
        lambda head: head.startswith((b"PK\x03\x04", b"\x1f\x8b", b"7z\xbc\xaf", b"Rar!", b"BZh", b"\xfd7zXZ")),
    ),
)


def identify(path: Path) -> Container:
    """Return the container that the first bytes of the file call for; its name and ending are never looked at.

    Raises EmptySource, UnsupportedFormat for media we know but cannot read, NotMedia for everything else.
    """
    with path.open("rb") as file:
        head = file.read(HEAD_BYTES)
        if head.startswith(b"ID3"):
            # A tag may also stand before FLAC or raw AAC, which the mp3 demuxer would misread as noise.
            file.seek(_id3_size(head))
            behind = file.read(HEAD_BYTES)
            if _is_flac(behind) or _is_adts(behind):
                return identify_head(behind)
    return identify_head(head)


def identify_head(head: bytes) -> Container:
    """Return the container for a file that begins with `head`; errors as in `identify`."""
    if not head:
        raise EmptySource("The source has no bytes.")
    for what, matches in _NOT_MEDIA:
        if matches(head):
            raise NotMedia(f"The source is {what}, not audio or video.")
    for row in CONTAINERS:
        if row.matches(head):
            return row
    for format_name, matches in _NOT_YET:
        if matches(head):
            raise UnsupportedFormat(f"We cannot read {format_name} yet.", format_name=format_name)
    raise NotMedia("The source begins like no media file we know.")


def _id3_size(head: bytes) -> int:
    """Return the length in bytes of the ID3v2 tag at the start (its size has 7 bits a byte, ID3v2.4 section 3.1)."""
    size = 0
    for byte in head[6:10]:
        size = size << 7 | byte & 0x7F
    return 10 + size
