"""Which bytes are taken for which container, and by what name the others are refused."""

from pathlib import Path

import pytest

from media.containers import CONTAINERS, Container, codec_name, decoders_of, identify, identify_head
from media.errors import EmptySource, NotMedia, UnsupportedFormat
from tests.media.samples import H264, PICTURE, SOUND, VP8, MakeSource

SAMPLES: dict[str, list[tuple[str, tuple[str, ...]]]] = {
    "mp4": [("row.mp4", (*PICTURE, *H264)), ("row.mov", (*PICTURE, *H264)), ("row.m4a", SOUND)],
    "matroska": [("row.mkv", (*PICTURE, *H264)), ("row.webm", (*PICTURE, *VP8))],
    "wav": [("row.wav", SOUND), ("row64.wav", (*SOUND, "-rf64", "always"))],
    "mp3": [("row.mp3", SOUND), ("bare.mp3", (*SOUND, "-id3v2_version", "0", "-write_xing", "0"))],
}


def test_every_row_of_the_table_has_a_sample() -> None:
    assert set(SAMPLES) == {row.name for row in CONTAINERS}


@pytest.mark.parametrize("row", CONTAINERS, ids=lambda row: row.name)
def test_a_file_is_known_by_its_first_bytes_whatever_its_name(
    row: Container, make_source: MakeSource, tmp_path: Path
) -> None:
    for name, arguments in SAMPLES[row.name]:
        misnamed = tmp_path / "holiday.txt"
        misnamed.write_bytes(make_source(name, *arguments).read_bytes())
        assert identify(misnamed) is row


@pytest.mark.parametrize(
    ("name", "arguments", "shown"),
    [
        ("no.avi", (*PICTURE, "-c:v", "mpeg4"), "AVI"),
        ("no.ts", (*PICTURE, *H264), "MPEG-TS"),
        ("no.m2ts", (*PICTURE, *H264, "-f", "mpegts", "-mpegts_m2ts_mode", "1"), "MPEG-TS"),
        ("no.flac", SOUND, "FLAC"),
        ("no.ogg", (*SOUND, "-c:a", "libvorbis"), "Ogg"),
        ("no.flv", (*PICTURE, *H264), "Flash Video"),
        ("no.wmv", (*PICTURE, "-c:v", "wmv2"), "Windows Media"),
        ("no.mpg", (*PICTURE, "-c:v", "mpeg1video"), "MPEG program stream"),
        ("no.aac", SOUND, "AAC (ADTS)"),
        ("no.ac3", SOUND, "AC-3"),
        ("no.aiff", SOUND, "AIFF"),
        ("no.caf", SOUND, "Core Audio"),
        ("no.ivf", (*PICTURE, *VP8), "IVF"),
        ("no.y4m", (*PICTURE, "-t", "0.1"), "YUV4MPEG2"),
        ("no.h264", (*PICTURE, *H264), "raw H.264"),
    ],
)
def test_media_we_cannot_read_yet_is_refused_by_name(
    make_source: MakeSource, name: str, arguments: tuple[str, ...], shown: str
) -> None:
    with pytest.raises(UnsupportedFormat) as refusal:
        identify(make_source(name, *arguments))
    assert refusal.value.format_name == shown


@pytest.mark.parametrize(
    "head",
    [
        b"#EXTM3U\n#EXTINF:5,\nfile:///etc/passwd\n",
        b"\xef\xbb\xbf#EXTM3U\n",
        b"ffconcat version 1.0\nfile secret.mp4\n",
        b"v=0\no=- 0 0 IN IP4 127.0.0.1\n",
        b"GIF89a",
        b"\x89PNG\r\n\x1a\n",
        b"\xff\xd8\xff\xe0",
        b"RIFF\x00\x00\x00\x00WEBPVP8 ",
        b"\x00\x00\x00\x20ftypheic",
        b"%PDF-1.7",
        b"PK\x03\x04",
        b"<!doctype html>",
        b"x",
        b"\x00" * 4096,
    ],
)
def test_what_is_no_media_is_not_media(head: bytes) -> None:
    with pytest.raises(NotMedia):
        identify_head(head)


def test_no_bytes_are_an_empty_source() -> None:
    with pytest.raises(EmptySource):
        identify_head(b"")


def test_a_tag_does_not_make_flac_or_raw_aac_an_mp3(make_source: MakeSource, tmp_path: Path) -> None:
    tag = b"ID3\x04\x00\x00\x00\x00\x02\x00" + bytes(256)
    for name, shown in (("tagged.flac", "FLAC"), ("tagged.aac", "AAC (ADTS)")):
        path = tmp_path / name
        path.write_bytes(tag + make_source(name.replace("tagged", "no"), *SOUND).read_bytes())
        with pytest.raises(UnsupportedFormat) as refusal:
            identify(path)
        assert refusal.value.format_name == shown


def test_the_decoder_list_of_a_row_holds_its_codecs_and_no_others() -> None:
    wav = next(row for row in CONTAINERS if row.name == "wav")
    assert set(decoders_of(wav)) == wav.audio_codecs
    matroska = next(row for row in CONTAINERS if row.name == "matroska")
    assert {"vp9", "libvpx-vp9", "libdav1d", "libopus"} <= set(decoders_of(matroska))
    assert "gif" not in decoders_of(matroska)


def test_codecs_are_shown_as_people_write_them() -> None:
    assert [codec_name(name) for name in ("prores", "ac3", "cinepak")] == ["ProRes", "AC-3", "CINEPAK"]
