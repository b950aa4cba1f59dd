"""Each row of the table of containers, from its sample to what browsers play."""

import subprocess
from pathlib import Path

import pytest

from media import publish
from media.errors import UnsupportedFormat
from tests.media.conftest import SYSTEM_FFMPEG, WHEEL_FFMPEG
from tests.media.samples import (
    H264,
    HEVC,
    SAMPLES,
    SHORT,
    SHORT_PICTURE,
    SHORT_SOUND,
    MakeSource,
    publish_all,
    timestamps,
)

pytestmark = pytest.mark.both_versions

MADE = {
    # what is made of it: picture/sound of each rendition, and the codecs of the last
    "prores.mov": (["h264/aac"], "avc1.64001e,mp4a.40.2"),
    "dnxhr.mov": (["h264/None"], "avc1.64001e"),
    "mpeg4.avi": (["h264/aac"], "avc1.64001e,mp4a.40.2"),
    "camera.avi": (["h264/aac"], "avc1.64001e,mp4a.40.2"),
    "h264.avi": (["h264/copy"], "avc1.64001e,mp4a.40.2"),
    "h264.ts": (["copy/copy"], "avc1.4d400b,mp4a.40.2"),
    "row.m2ts": (["copy/aac"], "avc1.4d400b,mp4a.40.2"),
    "hevc.ts": (["copy/copy", "h264/copy"], "avc1.64001e,mp4a.40.2"),
    "mpeg2.ts": (["h264/aac"], "avc1.64001e,mp4a.40.2"),
    "vorbis.ogg": (["None/aac"], "mp4a.40.2"),
    "row.opus": (["None/aac"], "mp4a.40.2"),
    "theora.ogv": (["h264/aac"], "avc1.64001e,mp4a.40.2"),
    "row.flac": (["None/aac"], "mp4a.40.2"),
    "row.aac": (["None/copy"], "mp4a.40.2"),
}


def test_every_row_is_tried_here_or_beside() -> None:
    """MP4, Matroska, WAV and MP3 as most people have them: test_publish.py."""
    tried = {row for row, samples in SAMPLES.items() if set(samples) & set(MADE)}
    assert tried | {"matroska", "wav", "mp3"} == set(SAMPLES)


BOTH = {"h264.avi", "h264.ts", "row.aac", "row.opus", "prores.mov", "theora.ogv"}
"""Tried on both versions of ffmpeg, as times and headers are where they differ. The others take turns."""

TURNS = [(name, which) for at, name in enumerate(MADE) for which in (0, 1) if name in BOTH or which == at % 2]


@pytest.mark.parametrize(("name", "which"), TURNS)
def test_each_kind_of_file_becomes_what_browsers_play(
    make_source: MakeSource, tmp_path: Path, name: str, which: int
) -> None:
    ffmpeg_path = Path((SYSTEM_FFMPEG or "", WHEEL_FFMPEG)[which])
    arguments = next(samples[name] for samples in SAMPLES.values() if name in samples)
    made = publish_all(make_source(name, *arguments), tmp_path, ffmpeg_path)

    assert [f"{item.plan.video}/{item.plan.audio}" for item in made] == MADE[name][0]
    assert made[-1].codecs == MADE[name][1]
    for item in made:
        assert item.index.duration_ms == pytest.approx(1000, abs=100)


def test_a_transport_stream_may_start_at_any_time_and_its_clock_may_wrap(
    make_source: MakeSource, tmp_path: Path, ffmpeg_path: Path
) -> None:
    """33 bits of a clock of 90 kHz are full after 95,443.7 s."""
    source = make_source("wraps.ts", *SHORT, *H264, "-c:a", "aac", "-output_ts_offset", "95441.8")

    (made,) = publish_all(source, tmp_path, ffmpeg_path)

    assert made.plan.video == "copy"
    assert made.index.duration_ms == pytest.approx(1000, abs=100)
    assert timestamps(made.path, "video")[0] < 0.2


@pytest.mark.parametrize("order", [("h264.ts", "later.ts"), ("h264.ts", "h264.ts")])
def test_transport_streams_joined_end_to_end_play_on_at_the_seam(
    make_source: MakeSource, tmp_path: Path, ffmpeg_path: Path, order: tuple[str, str]
) -> None:
    """As cameras cut a long recording. Without closing the jump the first would be hours long and refused."""
    encoded = (*SHORT, *H264, "-c:a", "aac")
    made_of = {
        "h264.ts": make_source("h264.ts", *encoded),
        "later.ts": make_source("later.ts", *encoded, "-output_ts_offset", "50000"),
    }
    source = tmp_path / "joined.ts"
    source.write_bytes(b"".join(made_of[name].read_bytes() for name in order))

    (made,) = publish_all(source, tmp_path, ffmpeg_path)

    assert made.plan.video == "copy"
    assert made.index.duration_ms == pytest.approx(2000, abs=100)


def test_ogg_files_joined_end_to_end_are_refused_by_name(make_source: MakeSource, tmp_path: Path) -> None:
    one = make_source("vorbis.ogg", *SAMPLES["ogg"]["vorbis.ogg"]).read_bytes()
    source = tmp_path / "chained.ogg"
    source.write_bytes(one + one)
    with pytest.raises(UnsupportedFormat) as refusal:
        publish.probe(source, folder=tmp_path)
    assert refusal.value.format_name == "chained Ogg"


def test_pictures_of_an_avi_keep_their_place_beside_the_sound(
    make_source: MakeSource, tmp_path: Path, ffmpeg_path: Path
) -> None:
    """AVI has decoding times alone: two frames in the decoder's hands would be a fifth of a second at 10 frames."""
    picture = ("-f", "lavfi", "-i", "testsrc2=s=160x90:r=10:d=1")
    source = make_source("slow.avi", *picture, *SHORT_SOUND, *H264, "-c:a", "libmp3lame")

    (made,) = publish_all(source, tmp_path, ffmpeg_path)

    assert made.plan.video == "h264"
    assert timestamps(made.path, "video")[0] - timestamps(made.path, "audio")[0] < 0.08


def test_letters_that_are_none_in_the_name_of_a_codec_do_no_harm(make_source: MakeSource, tmp_path: Path) -> None:
    sample = make_source("mpeg4.avi", *SAMPLES["avi"]["mpeg4.avi"]).read_bytes()
    source = tmp_path / "odd.avi"
    source.write_bytes(sample.replace(b"U\x00\x01\x00", b"\xff\x00\x01\x00", 1))  # WAVE_FORMAT_MPEGLAYER3 becomes AAC
    assert publish.probe(source, folder=tmp_path).video is not None


@pytest.mark.parametrize("codec", [H264, HEVC], ids=["h264", "hevc"])
def test_a_changing_picture_is_seen_in_a_transport_stream_too(
    make_source: MakeSource, tmp_path: Path, codec: tuple[str, ...]
) -> None:
    parts = [
        make_source(f"{size}-{codec[1]}.ts", "-f", "lavfi", "-i", f"testsrc2=s={size}:r=25:d=1", *codec)
        for size in ("160x90", "90x160")
    ]
    source = tmp_path / "both.ts"
    source.write_bytes(b"".join(part.read_bytes() for part in parts))

    (made,) = publish_all(source, tmp_path, Path(WHEEL_FFMPEG))

    assert made.plan.letterbox
    assert (made.index.width, made.index.height) == (160, 90)


def test_hevc_that_changes_its_size_is_encoded_into_one_frame(make_source: MakeSource, tmp_path: Path) -> None:
    both = tmp_path / "both.hevc"
    in_order = ("-x265-params", "log-level=none:bframes=0")  # a raw stream has no times of its own
    for size in ("160x90", "90x160"):
        part = make_source(f"{size}.hevc", "-f", "lavfi", "-i", f"testsrc2=s={size}:r=25:d=1", *HEVC, *in_order)
        with both.open("ab") as file:
            file.write(part.read_bytes())
    source = make_source("resized-hevc.mp4", "-r", "25", "-i", str(both), "-c", "copy", "-tag:v", "hev1")

    (made,) = publish_all(source, tmp_path, Path(WHEEL_FFMPEG))

    assert made.plan.letterbox
    assert len(timestamps(made.path, "video")) == 50


def test_dolby_vision_and_nothing_else_is_refused_by_name(make_source: MakeSource, tmp_path: Path) -> None:
    plain = make_source("plain.mp4", *SHORT_PICTURE, *HEVC, "-tag:v", "hvc1").read_bytes()
    source = tmp_path / "dolby.mp4"
    source.write_bytes(plain.replace(b"hvc1", b"dvh1"))
    with pytest.raises(UnsupportedFormat, match="Dolby Vision"):
        publish.probe(source, folder=tmp_path)


def test_half_a_frame_at_the_end_of_a_cut_flac_is_left_out(
    make_source: MakeSource, tmp_path: Path, ffmpeg_path: Path
) -> None:
    """At 8 kHz it lasts longer than a sound may end early."""
    whole = make_source("telephone.flac", "-f", "lavfi", "-i", "sine=sample_rate=8000:duration=3").read_bytes()
    source = tmp_path / "cut.flac"
    source.write_bytes(whole[: len(whole) * 7 // 10])

    (made,) = publish_all(source, tmp_path, ffmpeg_path)

    assert made.index.duration_ms > 1000


def join(target: Path, sources: list[Path], *arguments: str) -> Path:
    inputs = [word for source in sources for word in ("-i", str(source))]
    maps = [word for number in range(len(sources)) for word in ("-map", str(number))]
    command = [WHEEL_FFMPEG, "-v", "error", "-nostdin", *inputs, *maps, "-c", "copy", *arguments, str(target)]
    subprocess.run(command, check=True, timeout=30)
    return target


def test_of_several_tracks_the_first_one_that_we_read_is_taken(make_source: MakeSource, tmp_path: Path) -> None:
    adpcm = make_source("adpcm.wav", *SHORT_SOUND, "-c:a", "adpcm_ms")
    picture = make_source("picture.mp4", *SHORT_PICTURE, *H264)
    sound = make_source("row.m4a", *SHORT_SOUND)
    source = join(tmp_path / "several.mkv", [adpcm, picture, sound], "-disposition:a", "default")

    (made,) = publish_all(source, tmp_path, Path(WHEEL_FFMPEG))

    assert made.codecs == "avc1.4d400b,mp4a.40.2"


def test_of_several_tracks_the_one_marked_as_default_is_taken(make_source: MakeSource, tmp_path: Path) -> None:
    small = make_source("small.mp4", "-f", "lavfi", "-i", "testsrc2=s=64x64:r=25:d=1", *H264)
    large = make_source("picture.mp4", *SHORT_PICTURE, *H264)
    mono = make_source("row.m4a", *SHORT_SOUND)
    stereo = make_source("stereo.m4a", *SHORT_SOUND, "-ac", "2")
    marks = ("-disposition:v", "0", "-disposition:a", "0", "-disposition:v:1", "default", "-disposition:a:1", "default")
    source = join(tmp_path / "marked.mkv", [small, large, mono, stereo], *marks)

    info = publish.probe(source, folder=tmp_path)
    (made,) = publish_all(source, tmp_path, Path(WHEEL_FFMPEG))

    assert info.audio is not None
    assert (info.audio.ordinal, info.audio.channels) == (1, 2)
    assert (made.index.width, made.index.height) == (160, 90)


def test_a_track_without_a_single_packet_leaves_its_place_to_the_next(make_source: MakeSource, tmp_path: Path) -> None:
    mono = make_source("row.m4a", *SHORT_SOUND)
    picture = make_source("picture.mp4", *SHORT_PICTURE, *H264)
    nothing = ("-bsf:a:0", "noise=drop=1")
    source = join(tmp_path / "mute.ts", [mono, mono, picture], *nothing, "-f", "mpegts")

    info = publish.probe(source, folder=tmp_path)
    (made,) = publish_all(source, tmp_path, Path(WHEEL_FFMPEG))

    assert info.audio is not None
    assert info.audio.ordinal == 1
    assert made.codecs == "avc1.4d400b,mp4a.40.2"


def test_ambisonic_sound_is_heard_from_its_first_channel(
    make_source: MakeSource, tmp_path: Path, ffmpeg_path: Path
) -> None:
    four = "sine=d=1,asplit=4[a][b][c][d];[a][b][c][d]amerge=inputs=4,channelmap=0|1|2|3:ambisonic 1"
    source = make_source("round.mkv", "-filter_complex", four, "-c:a", "libopus", "-mapping_family", "2")

    (made,) = publish_all(source, tmp_path, ffmpeg_path)

    assert made.codecs == "mp4a.40.2"
