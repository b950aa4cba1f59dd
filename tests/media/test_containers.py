"""Which bytes are taken for which container, and by what name the others are refused."""

from pathlib import Path

import pytest

from media.containers import CONTAINERS, PCM_CODECS, Container, codec_name, decoders_of, identify, identify_head
from media.errors import EmptySource, NotMedia, UnsupportedFormat
from media.probe import probe
from tests.media.samples import H264, PICTURE, SAMPLES, SHORT_SOUND, SOUND, VP8, MakeSource


def test_every_row_of_the_table_has_a_sample() -> None:
    assert set(SAMPLES) == {row.name for row in CONTAINERS}


@pytest.mark.parametrize("row", CONTAINERS, ids=lambda row: row.name)
def test_a_file_is_known_by_its_first_bytes_whatever_its_name(
    row: Container, make_source: MakeSource, tmp_path: Path
) -> None:
    for name, arguments in SAMPLES[row.name].items():
        misnamed = tmp_path / "holiday.txt"
        misnamed.write_bytes(make_source(name, *arguments).read_bytes())
        assert identify(misnamed) is row


@pytest.mark.parametrize(
    ("name", "arguments", "shown"),
    [
        ("no.flv", (*PICTURE, *H264), "Flash Video"),
        ("no.wmv", (*PICTURE, "-c:v", "wmv2"), "Windows Media"),
        ("no.mpg", (*PICTURE, "-c:v", "mpeg1video"), "MPEG program stream"),
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


@pytest.mark.parametrize(("name", "row"), [("row.flac", "flac"), ("row.aac", "adts"), ("bare.mp3", "mp3")])
def test_a_tag_before_the_sound_does_not_make_it_an_mp3(
    make_source: MakeSource, tmp_path: Path, name: str, row: str
) -> None:
    tag = b"ID3\x04\x00\x00\x00\x00\x02\x00" + bytes(256)
    path = tmp_path / name
    path.write_bytes(tag + make_source(name, *SAMPLES[row][name]).read_bytes())
    assert identify(path).name == row
    assert probe(path, folder=tmp_path).duration_ms == pytest.approx(1000, abs=60)


def test_two_bytes_of_sync_do_not_make_aac(make_source: MakeSource) -> None:
    whole = make_source("row.aac", *SHORT_SOUND).read_bytes()
    assert identify_head(whole[:4096]).name == "adts"
    for head in (b"\xff\xf1", b"\xff\xf1" + bytes(4094), whole[:100] + bytes(3996)):
        with pytest.raises(NotMedia):
            identify_head(head)


def test_the_decoder_list_of_a_row_holds_its_codecs_and_no_others() -> None:
    wav = next(row for row in CONTAINERS if row.name == "wav")
    assert set(decoders_of(wav)) == wav.audio_codecs
    matroska = next(row for row in CONTAINERS if row.name == "matroska")
    assert {"vp9", "libvpx-vp9", "libdav1d", "libopus"} <= set(decoders_of(matroska))
    assert "gif" not in decoders_of(matroska)


def test_codecs_are_shown_as_people_write_them() -> None:
    assert [codec_name(name) for name in ("prores", "ac3", "cinepak")] == ["ProRes", "AC-3", "CINEPAK"]


DOCUMENTED = {
    "mp4": "MP4, MOV, M4A, 3GP",
    "matroska": "MKV, WebM",
    "avi": "AVI",
    "mpegts": "MPEG-TS, M2TS",
    "ogg": "Ogg",
}
"""The first cell of each row's line in docs/formats.md; the others hold sound that is called as its file."""


@pytest.mark.parametrize("row", [row for row in CONTAINERS if row.name in DOCUMENTED], ids=lambda row: row.name)
def test_the_documented_table_names_the_codecs_of_each_row(row: Container) -> None:
    text = Path(__file__).parents[2].joinpath("docs/formats.md").read_text()
    (line,) = [line for line in text.splitlines() if line.startswith(f"| {DOCUMENTED[row.name]} |")]
    _, _, picture, sound, _ = line.split("|")
    said = {name.strip() for name in f"{picture},{sound}".split(",")}
    pcm = {"PCM"} if row.codecs & PCM_CODECS else set()
    assert said == {codec_name(codec) for codec in row.codecs - PCM_CODECS} | pcm
