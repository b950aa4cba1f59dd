"""What is believed of a source, and by which error each bad one is refused. Nothing here is ever decoded."""

import struct
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from media.containers import CONTAINERS, identify_head
from media.errors import (
    EmptySource,
    MediaError,
    NoMedia,
    NotMedia,
    TooLong,
    TruncatedSource,
    UnsupportedFormat,
)
from media.plan import plan_publication
from media.probe import parse_probe, probe
from media.publish import make_rendition
from tests.media.samples import BROWSER_H264, H264, PICTURE, SOUND, VP8, MakeSource

pytestmark = pytest.mark.both_versions


def scanned(**changes: Any) -> dict[str, Any]:
    """What the scan says of ten seconds of video without sound; keyword arguments change its one track."""
    track = {
        "kind": "video",
        "ordinal": 0,
        "id": 1,
        "codec": "h264",
        "profile": "High",
        "tag": "avc1",
        "packets": 300,
        "without_pts": 0,
        "bytes": 1_250_000,
        "first_us": 40_000,
        "last_us": 10_006_667,
        "end_us": 10_040_000,
        "width": 1280,
        "height": 720,
        "sample_aspect": [1, 1],
        "pixel_format": "yuv420p",
        "keyframes": 5,
        "leading_non_key": 0,
        "key_times_us": [40_000, 2_040_000],
        "longest_key_gap_us": 2_000_000,
        "sps_count": 1,
        "open_gops": False,
        "interlaced": False,
        "transfer": "bt709",
        "primaries": "bt709",
        "matrix": "bt709",
        "full_range": False,
    }
    facts = {"opened": True, "refused": [], "torn": False, "over_limit": False, "clock_jumped": False, "error": ""}
    return facts | {"tracks": [track | changes]}


def parse(data: dict[str, Any], **changes: Any) -> Any:
    arguments: dict[str, Any] = {"container": "mp4", "size_bytes": 1_300_000, "max_duration_ms": 60_000}
    return parse_probe(data, **(arguments | changes))


def test_length_frame_rate_and_weight_come_from_the_packets() -> None:
    info = parse(scanned())
    assert info.duration_ms == 10_000
    assert (info.video.start_ms, info.video.end_ms) == (40, 10_040)
    assert (info.video.frame_rate, info.video.kbps) == (30.0, 1000)
    assert info.audio is None


def test_a_turned_picture_is_shown_with_its_sides_exchanged() -> None:
    video = parse(scanned(), rotations={1: 90}).video
    assert (video.rotation, video.display_size) == (90, (720, 1280))
    assert parse(scanned(sample_aspect=[4, 3])).video.display_size == (1707, 720)


def test_pixels_that_no_camera_makes_count_as_square() -> None:
    assert parse(scanned(sample_aspect=[100, 1])).video.display_size == (1280, 720)


def test_a_picture_whose_times_are_not_all_known_lacks_them() -> None:
    assert not parse(scanned()).video.lacks_times
    assert parse(scanned(without_pts=1)).video.lacks_times
    assert parse(scanned(), container="avi").video.lacks_times  # they are there, and guessed


@pytest.mark.parametrize(("transfer", "video_range"), [("smpte2084", "PQ"), ("arib-std-b67", "HLG"), ("", "SDR")])
def test_the_curve_tells_high_dynamic_range(transfer: str, video_range: str) -> None:
    assert parse(scanned(transfer=transfer)).video.color.video_range == video_range


def test_dolby_vision_that_is_hdr_to_everybody_is_read() -> None:
    for tag, transfer in (("dvh1", "smpte2084"), ("hvc1", "arib-std-b67")):
        assert parse(scanned(codec="hevc", tag=tag, transfer=transfer)).video.color.video_range != "SDR"


def test_more_than_one_parameter_set_means_a_changing_picture() -> None:
    assert not parse(scanned(sps_count=1)).video.several_sps
    assert parse(scanned(sps_count=2)).video.several_sps


@pytest.mark.parametrize(
    ("data", "changes", "error"),
    [
        (scanned() | {"over_limit": True}, {}, TooLong),
        (scanned() | {"refused": ["cfhd"]}, {}, UnsupportedFormat),
        (scanned() | {"clock_jumped": True}, {"container": "ogg"}, UnsupportedFormat),
        (scanned(packets=0), {}, NoMedia),
        (scanned(packets=0), {"torn": True}, TruncatedSource),
        (scanned() | {"tracks": []}, {}, NoMedia),
        (scanned(width=0), {}, NotMedia),
        (scanned(width=16_000, height=16_000), {}, UnsupportedFormat),
        (scanned(codec="hevc", tag="dvh1", transfer=""), {}, UnsupportedFormat),
    ],
)
def test_what_cannot_be_published_raises(data: dict[str, Any], changes: dict[str, Any], error: type) -> None:
    with pytest.raises(error):
        parse(data, **changes)


@pytest.mark.parametrize("codec", ["vp8", "h264"])
def test_a_live_recording_has_the_length_of_its_packets(
    vp8_opus: Path, h264_opus: Path, tmp_path: Path, codec: str
) -> None:
    info = probe(vp8_opus if codec == "vp8" else h264_opus, folder=tmp_path)
    assert info.duration_ms == pytest.approx(5000, abs=40)
    assert info.video is not None
    assert info.audio is not None
    assert (info.video.codec, info.video.packet_count) == (codec, 150)
    assert (info.audio.codec, info.audio.channels) == ("opus", 1)
    assert info.video.keyframe_count == 3
    assert not info.video.several_sps


def test_a_header_that_claims_600_hours_is_not_believed(h264_aac: Path, tmp_path: Path) -> None:
    data = bytearray(h264_aac.read_bytes())
    for kind, at in ((b"mvhd", 16), (b"tkhd", 20), (b"mdhd", 16)):
        start = 0
        while (start := data.find(kind, start + 1)) > 0:
            struct.pack_into(">I", data, start + 4 + at, 0x7FFF_FFFF)
    liar = tmp_path / "liar.mp4"
    liar.write_bytes(data)

    assert probe(liar, folder=tmp_path).duration_ms == probe(h264_aac, folder=tmp_path).duration_ms


def test_a_source_that_plays_too_long_is_refused_with_the_limit(h264_aac: Path, tmp_path: Path) -> None:
    with pytest.raises(TooLong) as refusal:
        probe(h264_aac, folder=tmp_path, max_duration_ms=4000)
    assert refusal.value.limit_ms == 4000
    assert refusal.value.permanent


def test_two_frames_ten_hours_apart_are_too_long(make_source: MakeSource, tmp_path: Path) -> None:
    apart = ("-vf", "setpts=N*36000/TB", "-fps_mode", "passthrough", "-enc_time_base", "1:1000", *VP8)
    source = make_source("apart.webm", "-f", "lavfi", "-i", "testsrc2=s=64x64:r=1:d=2", *apart)
    with pytest.raises(TooLong):
        probe(source, folder=tmp_path)


def test_a_huge_canvas_in_a_small_file_is_refused(make_source: MakeSource, tmp_path: Path) -> None:
    """16,000 by 16,000 pixels, in the track's header and in the first frame's own (RFC 6386, section 9.1)."""
    small = make_source("small.webm", "-f", "lavfi", "-i", "testsrc2=s=300x300:r=1:d=1", *VP8)
    data = small.read_bytes()
    for element in (b"\xb0\x82", b"\xba\x82"):  # PixelWidth and PixelHeight, two bytes each
        assert data.count(element + struct.pack(">H", 300)) == 1
        data = data.replace(element + struct.pack(">H", 300), element + struct.pack(">H", 16_000))
    frame = data.index(b"\x9d\x01\x2a") + 3
    source = tmp_path / "huge.webm"
    source.write_bytes(data[:frame] + struct.pack("<HH", 16_000, 16_000) + data[frame + 4 :])

    with pytest.raises(UnsupportedFormat):
        probe(source, folder=tmp_path)


@pytest.mark.parametrize(
    "text",
    [
        "#EXTM3U\n#EXT-X-TARGETDURATION:5\n#EXTINF:5,\nfile://{secret}\n#EXT-X-ENDLIST\n",
        "ffconcat version 1.0\nfile '{secret}'\n",
        "ffconcat version 1.0\nfile secret.mp4\n",
        "v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nm=video 5000 RTP/AVP 96\n",
    ],
    ids=["m3u8", "ffconcat", "ffconcat-relative", "sdp"],
)
def test_text_that_points_at_local_files_is_refused(h264_aac: Path, tmp_path: Path, text: str) -> None:
    secret = tmp_path / "secret.mp4"
    secret.write_bytes(h264_aac.read_bytes())
    source = tmp_path / "holiday.mp4"
    source.write_text(text.format(secret=secret))

    with pytest.raises(NotMedia):
        probe(source, folder=tmp_path)


MAGIC = {
    "mp4": b"\x00\x00\x00\x18ftypisom\x00\x00\x02\x00isomiso2",
    "matroska": b"\x1a\x45\xdf\xa3\x9fwebm",
    "wav": b"RIFF\xff\xff\xff\x00WAVE",
    "mp3": b"ID3\x04\x00\x00\x00\x00\x00\x00",
    "avi": b"RIFF\xff\xff\xff\x00AVI LIST\x00\x00\x00\x10hdrl",
    "mpegts": (b"\x47\x40\x00\x10" + bytes(184)) * 4,
    "ogg": b"OggS\x00\x02" + bytes(20) + b"\x01\x1e",
    "flac": b"fLaC\x00\x00\x00\x22" + bytes(34),
    "adts": b"\xff\xf1\x4c\x40\x01\x1f\xfc\x00\xff\xf1",
}


PLAYLISTS = (b"#EXTM3U\n#EXTINF:5,\nsecret.mp4\n", b"ffconcat version 1.0\nfile secret.mp4\n")


@pytest.mark.parametrize(("row", "text"), [*((row, PLAYLISTS[0]) for row in MAGIC), ("mp4", PLAYLISTS[1])])
def test_a_playlist_behind_the_magic_bytes_of_a_container_reads_no_other_file(
    h264_aac: Path, tmp_path: Path, row: str, text: bytes
) -> None:
    (tmp_path / "secret.mp4").write_bytes(h264_aac.read_bytes())
    source = tmp_path / "holiday.mp4"
    source.write_bytes(MAGIC[row] + text + bytes(8192))

    with suppress(NotMedia, TruncatedSource, NoMedia):
        assert probe(source, folder=tmp_path).duration_ms < 1000  # the other file has five seconds


def chunk(name: bytes, *parts: bytes) -> bytes:
    """One chunk of a RIFF file, filled up to an even length."""
    body = b"".join(parts)
    return name + struct.pack("<I", len(body)) + body + bytes(len(body) % 2)


def avi_with_subtitles(subtitles: bytes, frame: bytes) -> bytes:
    """An AVI of one JPEG and one packet of subtitles, which hold a whole file of their own (GAB2)."""
    rate = struct.pack("<6I", 0, 1, 25, 0, 1, len(frame))
    header = struct.pack("<14I", 40_000, 0, 0, 0, 1, 0, 2, len(frame), 64, 64, 0, 0, 0, 0)
    picture = chunk(b"strh", b"vidsMJPG", bytes(8), rate, bytes(16))
    bitmap = chunk(b"strf", struct.pack("<IiiHH", 40, 64, 64, 1, 24), b"MJPG", bytes(20))
    text = chunk(b"strh", b"txts", bytes(12), rate, bytes(16))
    packet = b"GAB2\0" + struct.pack("<HI", 2, 0) + struct.pack("<HI", 4, len(subtitles)) + subtitles
    streams = chunk(b"LIST", b"strl", picture, bitmap) + chunk(b"LIST", b"strl", text, chunk(b"strf"))
    movie = chunk(b"LIST", b"movi", chunk(b"01tx", packet), chunk(b"00dc", frame))
    return chunk(b"RIFF", b"AVI ", chunk(b"LIST", b"hdrl", chunk(b"avih", header), streams), movie)


def test_a_playlist_as_the_subtitles_of_an_avi_reads_no_other_file(
    h264_aac: Path, make_source: MakeSource, tmp_path: Path, ffmpeg_path: Path
) -> None:
    """The demuxer opens them by whatever demuxer they look like: in 2017 that read files off servers."""
    (tmp_path / "secret.mp4").write_bytes(h264_aac.read_bytes())
    frame = make_source("frame.jpg", "-f", "lavfi", "-i", "color=red:s=64x64:d=1", "-frames:v", "1").read_bytes()
    source = tmp_path / "holiday.avi"
    playlist = f"#EXTM3U\n#EXT-X-TARGETDURATION:5\n#EXTINF:5,\nfile://{tmp_path}/secret.mp4\n#EXT-X-ENDLIST\n"
    source.write_bytes(avi_with_subtitles(playlist.encode(), frame))

    info = probe(source, folder=tmp_path)
    (item,) = plan_publication(info).slow
    made = make_rendition(source, info, item, folder=tmp_path, ffmpeg_path=ffmpeg_path)

    assert (info.audio, info.duration_ms) == (None, 40)
    assert made.index.duration_ms == 40


def test_every_row_of_the_table_has_its_magic_bytes() -> None:
    assert {name: identify_head(magic + bytes(4096)).name for name, magic in MAGIC.items()} == {
        row.name: row.name for row in CONTAINERS
    }


@pytest.mark.parametrize(
    ("data", "error", "code"),
    [
        (b"", EmptySource, "empty_source"),
        (b"x", NotMedia, "not_media"),
        (b"\x00\x00\x00\x18ftypisom", TruncatedSource, "truncated_source"),
        (b"RIFF\xff\xff\xff\x00WAVE" + bytes(range(256)) * 8, NotMedia, "not_media"),
        (b"\x1a\x45\xdf\xa3\x42\x82\x88matroska" + bytes(range(256)) * 64, NotMedia, "not_media"),
        (b"ID3\x04\x00\x00\x00\x00\x00\x0a" + bytes(range(256)) * 64, NotMedia, "not_media"),
        (MAGIC["avi"] + bytes(range(256)) * 64, NoMedia, "no_media"),
        (MAGIC["mpegts"] + bytes(range(256)) * 64, NotMedia, "not_media"),
        (MAGIC["ogg"] + bytes(range(256)) * 64, NotMedia, "not_media"),
        (MAGIC["flac"] + bytes(range(256)) * 64, NotMedia, "not_media"),
    ],
    ids=["empty", "one byte", "half a header"]
    + [f"noise in {what}" for what in ("a WAV", "a Matroska", "an MP3", "an AVI", "a TS", "an Ogg", "a FLAC")],
)
def test_bad_bytes_have_their_code(data: bytes, error: type[MediaError], code: str, tmp_path: Path) -> None:
    source = tmp_path / "source"
    source.write_bytes(data)
    with pytest.raises(error) as refusal:
        probe(source, folder=tmp_path)
    assert refusal.value.code == code
    assert refusal.value.permanent


def test_an_mp4_without_its_index_is_truncated(h264_aac: Path, tmp_path: Path) -> None:
    data = h264_aac.read_bytes()
    source = tmp_path / "cut.mp4"
    for size in (40, len(data) // 3, data.rindex(b"moov") + 100):
        source.write_bytes(data[:size])
        with pytest.raises(TruncatedSource):
            probe(source, folder=tmp_path)


def test_an_init_segment_alone_is_no_media(h264_opus: Path, tmp_path: Path) -> None:
    data = h264_opus.read_bytes()
    source = tmp_path / "init.mp4"
    source.write_bytes(data[: data.index(b"moof") - 4])
    with pytest.raises(NoMedia):
        probe(source, folder=tmp_path)


def test_a_webm_header_alone_is_no_media(vp8_opus: Path, tmp_path: Path) -> None:
    data = vp8_opus.read_bytes()
    source = tmp_path / "init.webm"
    source.write_bytes(data[: data.index(b"\x1f\x43\xb6\x75")])
    with pytest.raises(NoMedia):
        probe(source, folder=tmp_path)
    source.write_bytes(data[: data.rindex(b"\x16\x54\xae\x6b", 0, 4096) + 20])  # cut within its list of tracks
    with pytest.raises(TruncatedSource):
        probe(source, folder=tmp_path)


@pytest.mark.parametrize("tenths", [3, 5, 9])
def test_of_a_cut_recording_everything_readable_is_taken(
    h264_opus: Path, vp8_opus: Path, tmp_path: Path, tenths: int
) -> None:
    for whole in (h264_opus, vp8_opus):
        data = whole.read_bytes()
        source = tmp_path / whole.name
        source.write_bytes(data[: len(data) * tenths // 10])
        info = probe(source, folder=tmp_path)
        assert info.duration_ms >= 5000 * (tenths - 2) / 10


def test_a_codec_we_do_not_take_is_named(make_source: MakeSource, tmp_path: Path) -> None:
    cineform = make_source("cineform.mov", "-f", "lavfi", "-i", "testsrc2=s=64x64:d=0.2", "-c:v", "cfhd")
    adpcm = make_source("adpcm.mkv", *PICTURE, *SOUND, *H264, "-c:a", "adpcm_ms", "-t", "1")
    for source, name in ((cineform, "CineForm"), (adpcm, "ADPCM")):
        with pytest.raises(UnsupportedFormat) as refusal:
            probe(source, folder=tmp_path)
        assert refusal.value.format_name == name


def test_frames_before_the_first_keyframe_do_not_count(h264_aac: Path, make_source: MakeSource, tmp_path: Path) -> None:
    """They cannot be shown, and no copy can begin with them."""
    late = make_source("headless.mkv", "-i", str(h264_aac), "-c", "copy", "-bsf:v", "noise=drop=lt(n\\,30)")
    info = probe(late, folder=tmp_path)
    assert info.video is not None
    assert info.video.packet_count == 90
    assert info.video.start_ms == pytest.approx(2000, abs=40)


def test_a_picture_that_starts_after_the_first_look_is_still_known(make_source: MakeSource, tmp_path: Path) -> None:
    """FFmpeg looks at the first five seconds; the profile in the header says the rest."""
    sound = ("-f", "lavfi", "-i", "sine=duration=9")
    picture = make_source("late-picture-only.mp4", *PICTURE, *BROWSER_H264)
    source = make_source(
        "late-picture.mp4", "-itsoffset", "8", "-i", str(picture), *sound, "-c:v", "copy", "-c:a", "aac"
    )
    info = probe(source, folder=tmp_path)
    assert info.video is not None
    assert info.video.pixel_format == "yuv420p"
