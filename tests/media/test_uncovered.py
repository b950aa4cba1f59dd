"""Where one track plays and the other does not: late starts, early ends and holes."""

from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import av
import pytest

from media import publish
from tests.media.samples import BROWSER_H264, PICTURE, SOUND, MakeSource, furthest_apart, publish_all, timestamps

HOLE_S = 700
PRE_SKIP_OF_CHROMIUM = 3840  # samples at 48 kHz: 80 ms


@pytest.mark.both_versions
@pytest.mark.parametrize("late", ["sound", "picture"])
def test_a_track_that_starts_late_stays_late(
    h264_aac: Path, make_source: MakeSource, tmp_path: Path, ffmpeg_path: Path, late: str
) -> None:
    maps = ("-map", "0:v", "-map", "1:a") if late == "sound" else ("-map", "1:v", "-map", "0:a")
    source = make_source(
        f"late-{late}.mp4", "-i", str(h264_aac), "-itsoffset", "1.5", "-i", str(h264_aac), *maps, "-c", "copy"
    )

    (made,) = publish_all(source, tmp_path, ffmpeg_path)

    assert furthest_apart(source, made.path, "audio") < 0.001
    assert furthest_apart(source, made.path, "video") < 0.001


@pytest.mark.parametrize(("picture_s", "sound_s"), [(5.3, 5), (13, 6), (6, 13)])
def test_where_one_track_ends_early_the_last_segment_has_both(
    make_source: MakeSource, tmp_path: Path, ffmpeg_path: Path, picture_s: float, sound_s: float
) -> None:
    """A segment without sound, or without picture, is one at which hls.js gives up: seen in Chromium."""
    picture = ("-f", "lavfi", "-i", f"testsrc2=s=160x90:r=30:d={picture_s}")
    sound = ("-f", "lavfi", "-i", f"sine=duration={sound_s}")
    source = make_source(f"ends-{picture_s}-{sound_s}.mp4", *picture, *sound, *BROWSER_H264, "-c:a", "aac")

    (made,) = publish_all(source, tmp_path, ffmpeg_path)

    last = made.index.segments[-1]
    whole = made.path.read_bytes()
    alone = tmp_path / "last.mp4"
    alone.write_bytes(whole[: made.index.init[1]] + whole[last.offset :])
    with av.open(str(alone)) as container:
        kinds = {packet.stream.type for packet in container.demux() if packet.size}
    assert kinds == {"video", "audio"}
    assert made.index.duration_ms == pytest.approx(max(picture_s, sound_s) * 1000, abs=80)


@pytest.mark.both_versions
def test_sound_that_is_missing_for_long_becomes_silence(
    h264_aac: Path, make_source: MakeSource, tmp_path: Path, ffmpeg_path: Path
) -> None:
    picture = ("-f", "lavfi", "-i", "testsrc2=s=160x90:r=10:d=18")
    source = make_source("quiet-end.mp4", *picture, *SOUND, *BROWSER_H264, "-c:a", "aac")

    (made,) = publish_all(source, tmp_path, ffmpeg_path)

    assert (made.plan.video, made.plan.audio, made.plan.fill_sound) == ("copy", "aac", True)
    assert timestamps(made.path, "audio")[-1] == pytest.approx(18, abs=0.08)


@pytest.mark.both_versions
def test_sound_that_starts_very_late_is_silence_until_then(
    h264_aac: Path, make_source: MakeSource, tmp_path: Path, ffmpeg_path: Path
) -> None:
    """ffmpeg waits ten seconds for a late track unless told otherwise, and then has no room for what comes before 0."""
    picture = ("-f", "lavfi", "-i", "testsrc2=s=160x90:r=10:d=18")
    late = ("-itsoffset", "12", "-i", str(h264_aac), "-map", "0:v", "-map", "1:a")
    source = make_source("quiet-start.mp4", *picture, *late, *BROWSER_H264, "-c:a", "copy")

    (made,) = publish_all(source, tmp_path, ffmpeg_path)

    assert made.plan.fill_sound
    assert timestamps(made.path, "audio")[0] == pytest.approx(timestamps(made.path, "video")[0], abs=0.08)
    assert made.index.duration_ms == pytest.approx(18_000, abs=120)


@pytest.mark.both_versions
@pytest.mark.parametrize("alone", [False, True])
def test_sound_may_lack_packets_right_after_the_first_ones(
    make_source: MakeSource, tmp_path: Path, ffmpeg_path: Path, *, alone: bool
) -> None:
    """A decoder leaves out the first 80 ms of what Chromium records, and a busy machine a packet among them.

    The last packet is said to last as long as the gap before it, whatever it holds.
    """
    gaps = "setts=ts=TS+if(gt(N\\,0)\\,0.1/TB\\,0):duration=0.2/TB"
    opus = ("-c:a", "libopus", "-frame_duration", "60", "-bsf:a", gaps)
    flags = ("-movflags", "frag_keyframe+empty_moov+default_base_moof")
    recorded = make_source("sparse.mp4", *(SOUND if alone else (*PICTURE, *SOUND, *BROWSER_H264)), *opus, *flags)
    content = bytearray(recorded.read_bytes())
    at = content.index(b"dOps") + 6  # behind a version and the number of channels
    content[at : at + 2] = PRE_SKIP_OF_CHROMIUM.to_bytes(2)
    source = tmp_path / "source.mp4"
    source.write_bytes(content)

    made = publish_all(source, tmp_path, ffmpeg_path)

    encoded = next(one for one in made if one.plan.audio == "aac")
    times = timestamps(encoded.path, "audio")
    begins_s = 0.16 + 0.02  # 20 ms of the second packet are left out, too
    assert alone or times[0] == pytest.approx(begins_s, abs=0.03)  # AAC begins a packet before it is heard
    assert times[-1] - times[0] == pytest.approx(timestamps(source, "audio")[-1] - begins_s, abs=0.08)


@pytest.mark.both_versions
def test_one_picture_with_a_long_sound_is_held_to_the_end(
    make_source: MakeSource, tmp_path: Path, ffmpeg_path: Path
) -> None:
    sound = ("-f", "lavfi", "-i", "sine=duration=14")
    still = ("-f", "lavfi", "-i", "testsrc2=s=160x90:r=30:d=0.03")
    source = make_source("one_picture.mp4", *still, *sound, *BROWSER_H264, "-c:a", "aac")

    (made,) = publish_all(source, tmp_path, ffmpeg_path)

    assert made.plan.hold_picture
    assert timestamps(made.path, "video")[-1] >= 12.9
    assert len(timestamps(made.path, "video")) < 20


@pytest.mark.both_versions
def test_a_hole_in_the_sound_keeps_its_length_in_the_sibling(
    make_source: MakeSource, tmp_path: Path, ffmpeg_path: Path
) -> None:
    hole = ("-af", "aselect=lt(t\\,1)+gt(t\\,3)")
    source = make_source("hole.mkv", *PICTURE, *SOUND, *hole, *BROWSER_H264, "-c:a", "libopus")

    (made,) = publish_all(source, tmp_path, ffmpeg_path)

    assert made.plan.audio == "aac"
    times = timestamps(made.path, "audio")
    assert times[-1] - times[0] == pytest.approx(5, abs=0.08)
    assert max(b - a for a, b in pairwise(times)) < 0.03


@pytest.mark.both_versions
@pytest.mark.parametrize("first_s", [0, HOLE_S])
def test_twelve_minutes_without_sound_take_no_memory(
    make_source: MakeSource, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, ffmpeg_path: Path, first_s: int
) -> None:
    """Made in one go, their silence would take half a GB. They come after two seconds of sound, or before all of it."""
    limits = publish.rendition_limits
    monkeypatch.setattr(publish, "rendition_limits", lambda *asked: replace(limits(*asked), memory_bytes=512 * 1024**2))
    hole = ("-bsf:a", f"setts=ts=TS+if(gt(N\\,100)\\,{HOLE_S}/TB\\,0)")
    picture = ("-f", "lavfi", "-i", f"testsrc2=s=160x90:r=1/20:d={HOLE_S + 5}")
    sound = ("-itsoffset", str(first_s), *SOUND, "-ac", "2", "-c:a", "libopus", *(() if first_s else hole))
    source = make_source(f"from-{first_s}.mkv", *picture, *sound, *BROWSER_H264)
    info = publish.probe(source, folder=tmp_path)
    plan = publish.plan_publication(info)
    item = next(one for one in plan.fast + plan.slow if one.audio == "aac")

    made = publish.make_rendition(source, info, item, folder=tmp_path, ffmpeg_path=ffmpeg_path)

    with av.open(str(made.path)) as container:
        loud = [float(frame.time or 0) for frame in container.decode(audio=0) if any(bytes(frame.planes[0]))]
    assert loud[0] == pytest.approx(first_s, abs=0.1)
    if not first_s:
        before, after = max(pairwise(loud), key=lambda pair: pair[1] - pair[0])
        assert (before, after) == pytest.approx((2, HOLE_S + 2), abs=0.1)
