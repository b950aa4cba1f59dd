"""The whole way of the engine, on both versions of ffmpeg: probe, plan, renditions, index, playlist, poster."""

import subprocess
from pathlib import Path

import av
import pytest

from media import publish
from tests.media.conftest import WHEEL_FFMPEG
from tests.media.samples import (
    BROWSER_H264,
    H264,
    LIVE_WEBM,
    PICTURE,
    SOUND,
    VP8,
    MakeSource,
    furthest_apart,
    publish_all,
    timestamps,
)


def size_of(picture: Path) -> tuple[int, int]:
    with av.open(str(picture)) as container:
        stream = container.streams.video[0]
        return stream.codec_context.width, stream.codec_context.height


def color_at(picture: Path, x: int, y: int) -> tuple[int, int, int]:
    """Red, green and blue of one pixel."""
    with av.open(str(picture)) as container:
        plane = next(container.decode(video=0)).reformat(format="rgb24").planes[0]
    at = y * plane.line_size + 3 * x
    red, green, blue = bytes(plane)[at : at + 3]
    return red, green, blue


@pytest.mark.both_versions
def test_h264_with_aac_is_copied_with_every_timestamp(h264_aac: Path, tmp_path: Path, ffmpeg_path: Path) -> None:
    (made,) = publish_all(h264_aac, tmp_path, ffmpeg_path)

    assert (made.plan.video, made.plan.audio) == ("copy", "copy")
    assert made.codecs == "avc1.4d400d,mp4a.40.2"
    assert (made.index.width, made.index.height, made.frame_rate) == (320, 180, 30.0)
    assert furthest_apart(h264_aac, made.path, "video") < 0.001
    assert furthest_apart(h264_aac, made.path, "audio") < 0.001


def test_every_segment_starts_at_a_keyframe_and_they_cover_the_file(
    h264_aac: Path, tmp_path: Path, ffmpeg_path: Path
) -> None:
    (made,) = publish_all(h264_aac, tmp_path, ffmpeg_path)

    whole = made.path.read_bytes()
    init = whole[: made.index.init[1]]
    at = made.index.init[1]
    frames = 0
    for number, segment in enumerate(made.index.segments):
        assert segment.offset == at
        at += segment.size_bytes
        alone = tmp_path / f"{number}.mp4"
        alone.write_bytes(init + whole[segment.offset : at])
        with av.open(str(alone)) as container:
            packets = [packet for packet in container.demux(video=0) if packet.size]
        assert packets[0].is_keyframe
        frames += len(packets)
    assert at == len(whole)
    assert frames == 150
    assert [round(segment.duration_ms, -2) for segment in made.index.segments] == [2000, 2000, 1000]


@pytest.mark.both_versions
def test_what_a_browser_records_is_copied_as_avc1_and_gets_an_aac_sibling(
    h264_opus: Path, tmp_path: Path, ffmpeg_path: Path
) -> None:
    info = publish.probe(h264_opus, folder=tmp_path)
    assert info.video is not None
    assert info.video.tag == "avc3"

    copy, sibling = publish_all(h264_opus, tmp_path, ffmpeg_path)

    assert copy.codecs == "avc1.42c00d,opus"
    assert sibling.codecs == "avc1.42c00d,mp4a.40.2"
    assert (copy.plan.plays_everywhere, sibling.plan.plays_everywhere) == (False, True)
    assert furthest_apart(h264_opus, copy.path, "audio") < 0.08
    assert furthest_apart(h264_opus, sibling.path, "video") < 0.08


@pytest.mark.both_versions
def test_vp8_is_encoded_to_h264_on_a_grid_of_two_seconds(vp8_opus: Path, tmp_path: Path, ffmpeg_path: Path) -> None:
    (made,) = publish_all(vp8_opus, tmp_path, ffmpeg_path)

    assert made.codecs.startswith("avc1.64")
    assert made.codecs.endswith("mp4a.40.2")
    assert [round(segment.duration_ms, -2) for segment in made.index.segments] == [2000, 2000, 1000]
    assert furthest_apart(vp8_opus, made.path, "video") < 0.08


@pytest.mark.both_versions
def test_vp9_is_copied_first_and_encoded_after(vp9_opus: Path, tmp_path: Path, ffmpeg_path: Path) -> None:
    copy, encoded = publish_all(vp9_opus, tmp_path, ffmpeg_path)

    assert copy.codecs.startswith("vp09.00.")
    assert copy.codecs.endswith(",opus")
    assert encoded.codecs.startswith("avc1.")


@pytest.mark.parametrize(("name", "expected"), [("hevc.mp4", "hvc1.1.6."), ("av1.mp4", "av01.0.")])
def test_hevc_and_av1_are_copied_under_the_tag_that_players_take(
    make_source: MakeSource, tmp_path: Path, ffmpeg_path: Path, name: str, expected: str
) -> None:
    hevc = ("-c:v", "libx265", "-x265-params", "log-level=none", "-preset", "ultrafast", "-tag:v", "hev1")
    codec = hevc if name == "hevc.mp4" else ("-c:v", "libsvtav1", "-preset", "12", "-svtav1-params", "lp=2")
    source = make_source(name, *PICTURE, *codec, "-g", "60")

    copy, encoded = publish_all(source, tmp_path, ffmpeg_path)

    assert copy.codecs.startswith(expected)
    assert encoded.codecs.startswith("avc1.")


@pytest.mark.parametrize("name", ["sound.wav", "sound.mp3", "sound.m4a", "alac.m4a"])
def test_sound_alone_becomes_aac_and_a_cover_is_not_its_picture(
    make_source: MakeSource, tmp_path: Path, ffmpeg_path: Path, name: str
) -> None:
    codec = {"sound.mp3": ("-c:a", "libmp3lame"), "alac.m4a": ("-c:a", "alac")}.get(name, ())
    sound = make_source(name, *SOUND, *codec)
    source = sound
    if not name.endswith("wav"):
        cover = make_source("cover.jpg", "-f", "lavfi", "-i", "color=red:s=64x64:d=1", "-frames:v", "1")
        joined = ("-map", "0", "-map", "1", "-c", "copy", "-disposition:v", "attached_pic")
        source = make_source(f"cover-{name}", "-i", str(sound), "-i", str(cover), *joined)

    (made,) = publish_all(source, tmp_path, ffmpeg_path)

    assert made.codecs == "mp4a.40.2"
    assert (made.index.width, made.index.height) == (0, 0)
    assert made.index.duration_ms == pytest.approx(5000, abs=80)


def test_a_video_without_sound_is_copied(make_source: MakeSource, tmp_path: Path, ffmpeg_path: Path) -> None:
    (made,) = publish_all(make_source("silent.mp4", *PICTURE, *H264), tmp_path, ffmpeg_path)

    assert made.codecs == "avc1.4d400d"


def test_surround_becomes_stereo_and_mono_stays_mono(
    make_source: MakeSource, tmp_path: Path, ffmpeg_path: Path
) -> None:
    noise = ("-f", "lavfi", "-i", "anoisesrc=d=2:a=0.1,aformat=channel_layouts=5.1:sample_rates=44100")
    surround = [make_source(f"{codec}.mkv", *noise, "-c:a", codec) for codec in ("flac", "ac3", "eac3")]
    mono = make_source("mono.wav", "-f", "lavfi", "-i", "sine=sample_rate=8000:duration=2")
    for source, channels in (*((source, 2) for source in surround), (mono, 1)):
        folder = tmp_path / source.stem
        folder.mkdir()
        (made,) = publish_all(source, folder, ffmpeg_path)
        info = publish.probe(made.path, folder=folder)
        assert info.audio is not None
        assert (info.audio.channels, info.audio.sample_rate) == (channels, 48_000)


UNEVEN = {
    "bursts between stills": ("-vf", "select=not(mod(n*n\\,7))+lt(mod(n\\,90)\\,20)", "-fps_mode", "vfr"),
    "pairs and pauses": (
        *("-vf", "setpts=(N/30+0.015*mod(N\\,2)+0.3*floor(N/40))/TB,settb=1/1000"),
        *("-fps_mode", "passthrough", "-enc_time_base", "1:1000"),
    ),
}


@pytest.mark.parametrize("times", UNEVEN)
def test_variable_frame_rate_keeps_every_frame_at_its_time(
    make_source: MakeSource, tmp_path: Path, ffmpeg_path: Path, times: str
) -> None:
    """As a screen is recorded; the header speaks of 1000 frames a second, and any guessed rate is wrong."""
    picture = ("-f", "lavfi", "-i", "testsrc2=s=160x90:r=30:d=8")
    source = make_source(f"{times}.webm", *picture, *UNEVEN[times], *VP8, *LIVE_WEBM)

    (made,) = publish_all(source, tmp_path, ffmpeg_path)

    assert made.plan.video == "h264"
    assert len(timestamps(made.path, "video")) == len(timestamps(source, "video")) <= 240
    assert furthest_apart(source, made.path, "video") < 0.002


def test_slow_motion_is_thinned_to_sixty_frames_when_encoded(
    make_source: MakeSource, tmp_path: Path, ffmpeg_path: Path
) -> None:
    source = make_source("fast.webm", "-f", "lavfi", "-i", "testsrc2=s=160x90:r=120:d=2", *VP8, *LIVE_WEBM)

    (made,) = publish_all(source, tmp_path, ffmpeg_path)

    assert len(timestamps(made.path, "video")) == pytest.approx(120, abs=2)
    assert made.frame_rate == 60.0


@pytest.mark.parametrize("name", ["recording.mp4", "faststart.mp4", "recording.webm", "telephone.wav"])
@pytest.mark.parametrize("tenths", [3, 7])
def test_of_a_cut_source_everything_readable_is_published(
    make_source: MakeSource, tmp_path: Path, ffmpeg_path: Path, name: str, tenths: int
) -> None:
    arguments = {
        "recording.mp4": (*PICTURE, *SOUND, *BROWSER_H264, "-c:a", "libopus", "-movflags", "frag_keyframe+empty_moov"),
        "faststart.mp4": (*PICTURE, *SOUND, *BROWSER_H264, "-c:a", "aac", "-movflags", "faststart"),
        "recording.webm": (*PICTURE, *SOUND, *VP8, "-c:a", "libopus", *LIVE_WEBM),
        # 4096 bytes of this sound are half a second: too much to lose with the packet that the end cuts
        "telephone.wav": ("-f", "lavfi", "-i", "sine=sample_rate=8000:duration=5", "-c:a", "pcm_u8"),
    }
    data = make_source(name, *arguments[name]).read_bytes()
    source = tmp_path / name
    source.write_bytes(data[: len(data) * tenths // 10 + 11])

    for made in publish_all(source, tmp_path, ffmpeg_path):
        assert made.index.duration_ms >= 5000 * (tenths - 2) / 10


def test_a_picture_that_changes_its_size_is_encoded_into_one_frame(
    make_source: MakeSource, tmp_path: Path, ffmpeg_path: Path
) -> None:
    wide = make_source("wide.h264", "-f", "lavfi", "-i", "testsrc2=s=320x180:r=30:d=1", *BROWSER_H264)
    tall = make_source("tall.h264", "-f", "lavfi", "-i", "testsrc2=s=180x320:r=30:d=1", *BROWSER_H264)
    both = wide.with_name("both.h264")
    both.write_bytes(wide.read_bytes() + tall.read_bytes())
    fragments = ("-movflags", "frag_keyframe+empty_moov")
    source = make_source("resized.mp4", "-r", "30", "-i", str(both), "-c", "copy", "-tag:v", "avc3", *fragments)

    (made,) = publish_all(source, tmp_path, ffmpeg_path)

    assert made.plan.letterbox
    assert (made.index.width, made.index.height) == (320, 180)
    assert len(timestamps(made.path, "video")) == 60


@pytest.mark.parametrize("pixels", ["yuv420p10le", "yuv444p"])
def test_pixels_that_browsers_cannot_show_are_encoded(
    make_source: MakeSource, tmp_path: Path, ffmpeg_path: Path, pixels: str
) -> None:
    picture = ("-f", "lavfi", "-i", f"testsrc=s=322x182:r=30:d=1,format={pixels}")
    source = make_source(f"{pixels}.mp4", *picture, "-c:v", "libx264", "-preset", "ultrafast")

    (made,) = publish_all(source, tmp_path, ffmpeg_path)

    with av.open(str(made.path)) as container:
        assert container.streams.video[0].codec_context.pix_fmt == "yuv420p"


@pytest.mark.parametrize("pixels", ["yuv420p", "yuv420p10le"])
def test_a_turned_phone_video_stands_upright_in_rendition_and_poster(
    make_source: MakeSource, tmp_path: Path, ffmpeg_path: Path, pixels: str
) -> None:
    """The stored picture is red on its left half; turned by 90 degrees clockwise, its upper half must be red."""
    half = "color=blue:s=320x180:r=10:d=1,drawbox=w=160:h=180:color=red:t=fill,format=yuv420p"
    lying = make_source(f"lying-{pixels}.mp4", "-f", "lavfi", "-i", half, "-c:v", "libx264", "-pix_fmt", pixels)
    source = make_source(f"turned-{pixels}.mp4", "-display_rotation:v:0", "-90", "-i", str(lying), "-c", "copy")
    info = publish.probe(source, folder=tmp_path)
    assert info.video is not None
    assert info.video.rotation == 90
    assert info.video.display_size == (180, 320)

    (made,) = publish_all(source, tmp_path, ffmpeg_path)
    poster = publish.make_poster(source, info, folder=tmp_path, ffmpeg_path=ffmpeg_path)

    assert (made.plan.width, made.plan.height) == (180, 320)
    assert poster is not None
    shown = tmp_path / "shown.png"
    first = (WHEEL_FFMPEG, "-v", "error", "-i", str(made.path), "-frames:v", "1", str(shown))
    subprocess.run(first, check=True, timeout=30)
    for picture in (poster, shown):
        assert size_of(picture) == (180, 320)
        upper, lower = color_at(picture, 90, 80), color_at(picture, 90, 240)
        assert upper[0] > 200
        assert upper[2] < 60
        assert lower[0] < 60
        assert lower[2] > 200


def test_progress_rises_to_one(vp8_opus: Path, tmp_path: Path, ffmpeg_path: Path) -> None:
    info = publish.probe(vp8_opus, folder=tmp_path)
    (item,) = publish.plan_publication(info).slow
    seen: list[float] = []

    publish.make_rendition(vp8_opus, info, item, folder=tmp_path, ffmpeg_path=ffmpeg_path, on_progress=seen.append)

    assert seen == sorted(seen)
    assert seen[-1] == 1.0


def test_a_step_can_be_run_again_from_nothing(h264_aac: Path, tmp_path: Path, ffmpeg_path: Path) -> None:
    folders = [tmp_path / name for name in ("first", "second")]
    made = []
    for folder in folders:
        folder.mkdir()
        made += publish_all(h264_aac, folder, ffmpeg_path)

    assert made[0].index == made[1].index
    assert made[0].path.read_bytes() == made[1].path.read_bytes()
