"""What stands on every ffmpeg line, and that a hostile file gets nowhere even where no probe stood before it."""

from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from media.commands import decode_command, rendition_command
from media.containers import CONTAINERS, Container, container_named
from media.errors import EngineFailed
from media.picture_commands import (
    chosen_poster_command,
    moments_command,
    posters_command,
    tiles_command,
)
from media.plan import plan_publication
from media.probe import probe
from media.runner import Command, Limits, run
from tests.media.samples import H264_VIDEO, source_info

pytestmark = pytest.mark.both_versions

FFMPEG = Path("/usr/bin/ffmpeg")
SOURCE = Path("/spool/job/source")


def commands() -> list[Command]:
    opus = source_info({}, {"codec": "opus"}, container="matroska")
    old = source_info({"codec": "vp8"}, {"codec": "vorbis"}, container="matroska")
    made = [
        rendition_command(FFMPEG, SOURCE, info, item, "out.mp4")
        for info in (opus, old)
        for item in plan_publication(info).fast + plan_publication(info).slow
    ]
    of: tuple[Any, ...] = (FFMPEG, SOURCE, container_named("matroska"))
    what: dict[str, Any] = {"size": (320, 180), "video": H264_VIDEO}
    pictures = [
        posters_command(*of, **what, at_ms={"0.jpg": 0, "1.jpg": 9}),
        chosen_poster_command(*of, **what, at_ms=2000, output_name="p.jpg"),
        tiles_command(*of, **what, step_ms=2000, most=120),
        moments_command(*of, **what, at_ms=(0, 9), length_ms=1500, each=9),
    ]
    return [*made, *pictures, decode_command(FFMPEG, Path("out.mp4"), "va")]


def value(command: Command, flag: str) -> str:
    return command.argv[command.argv.index(flag) + 1]


@pytest.mark.parametrize("command", commands(), ids=lambda command: command.purpose)
def test_every_command_opens_one_local_file_by_one_whitelisted_demuxer(command: Command) -> None:
    *inputs, _outputs = " ".join(command.argv).split(" -i ")
    for before in inputs:
        words = before.split()
        for flag in ("-format_whitelist", "-protocol_whitelist", "-codec_whitelist", "-max_pixels", "-max_streams"):
            assert words.count(flag) == 1, "it holds for one input, not for the next"
        assert words[words.index("-protocol_whitelist") + 1] == "file,pipe"
        assert words[words.index("-f") + 1] in words[words.index("-format_whitelist") + 1].split(",")
    opened = {command.argv[at + 1] for at, word in enumerate(command.argv) if word == "-i"}
    assert len(opened) == 1
    assert opened.pop().startswith("file:/")
    assert "-nostdin" in command.argv


@pytest.mark.parametrize("command", commands()[:-1], ids=lambda command: command.purpose)
def test_what_is_published_carries_no_metadata_and_no_cover(command: Command) -> None:
    maps = [command.argv[at + 1] for at, word in enumerate(command.argv) if word == "-map"]
    outputs = [word for word in command.argv if word.startswith("file:") and not word.startswith("file:/")]
    assert " ".join(command.argv).count("-map_metadata -1") == len(outputs)
    assert {name.partition(":")[2] for name in maps} <= {"V:0", "a:0"}


def test_renditions_are_limited_in_length_and_leave_out_other_tracks() -> None:
    command = commands()[0]
    assert value(command, "-t") == "12.000"
    assert value(command, "-map_chapters") == "-1"
    assert {"-dn", "-sn"} <= set(command.argv)


def test_whitelists_are_the_row_of_the_container_and_no_more() -> None:
    for row in CONTAINERS:
        command = posters_command(FFMPEG, SOURCE, row, size=(2, 2), at_ms={"p.jpg": 0}, video=H264_VIDEO)
        assert value(command, "-format_whitelist") == ",".join(row.formats)
    assert "hls" not in str(commands())
    assert "concat" not in str(commands())


def test_frames_that_come_too_often_for_a_guess_are_never_duplicated() -> None:
    encode = next(command for command in commands() if "libx264" in command.argv)
    assert value(encode, "-fps_mode") == "vfr"
    assert value(encode, "-enc_time_base") == "1:90000"


def test_the_last_packet_of_a_copied_picture_lasts_as_long_as_a_frame_at_least() -> None:
    """A fragment of one packet that lasts nothing adds no picture: hls.js gives up, and the video never ends."""
    info = source_info({}, {"codec": "opus"}, container="mp4")
    for item in plan_publication(info).fast:
        command = rendition_command(FFMPEG, SOURCE, info, item, "out.mp4")
        assert value(command, "-bsf:v") == "setts=pts=PTS:dts=DTS:duration=max(DURATION\\,0.033/TB)"


HOSTILE = {
    "m3u8": "#EXTM3U\n#EXT-X-TARGETDURATION:5\n#EXTINF:5,\nfile://{secret}\n#EXT-X-ENDLIST\n",
    "ffconcat": "ffconcat version 1.0\nfile secret.mp4\n",
    "sdp": "v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nm=video 5000 RTP/AVP 96\n",
}


@pytest.mark.parametrize("kind", HOSTILE)
@pytest.mark.parametrize("row", CONTAINERS, ids=lambda row: row.name)
def test_text_that_points_at_local_files_yields_no_picture(
    kind: str, row: Container, h264_aac: Path, tmp_path: Path, ffmpeg_path: Path
) -> None:
    secret = tmp_path / "secret.mp4"
    secret.write_bytes(h264_aac.read_bytes())
    source = tmp_path / "holiday.mp4"
    source.write_text(HOSTILE[kind].format(secret=secret))
    command = posters_command(ffmpeg_path, source, row, size=(320, 180), at_ms={"p.jpg": 0}, video=H264_VIDEO)

    with pytest.raises(EngineFailed):
        run(command, folder=tmp_path, limits=Limits(wall_seconds=20))
    assert not (tmp_path / "p.jpg").exists()


def test_a_file_in_the_way_is_not_written_over(h264_aac: Path, tmp_path: Path, ffmpeg_path: Path) -> None:
    (tmp_path / "copy.mp4").write_bytes(b"mine")
    info = probe(h264_aac, folder=tmp_path)
    command = rendition_command(ffmpeg_path, h264_aac, info, plan_publication(info).fast[0], "copy.mp4")
    with suppress(EngineFailed):  # 9.0 refuses and exits with 0
        run(command, folder=tmp_path, limits=Limits(wall_seconds=20))
    assert (tmp_path / "copy.mp4").read_bytes() == b"mine"
