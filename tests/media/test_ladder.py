"""Which rungs a picture gets, and what comes of them."""

from dataclasses import replace
from pathlib import Path

import av
import pytest

from media import publish
from media.ladder import PAYS_ABOVE_KBPS, max_kbps, rungs_below
from tests.media.samples import H264, PICTURE, MakeSource, furthest_apart, timestamps


@pytest.mark.parametrize(
    ("size", "expected"),
    [
        ((3840, 2160), ["1080p 1920x1080", "720p 1280x720", "360p 640x360"]),
        ((2560, 1440), ["1080p 1920x1080", "720p 1280x720", "360p 640x360"]),
        ((1920, 1080), ["720p 1280x720", "360p 640x360"]),
        ((1080, 1920), ["720p 720x1280", "360p 360x640"]),
        ((1366, 768), ["360p 640x360"]),
        ((1280, 720), ["360p 640x360"]),
        ((1281, 721), ["360p 640x360"]),
        ((854, 480), ["360p 640x360"]),
        ((640, 360), []),
        ((4000, 400), []),
        ((4000, 482), ["360p 2988x360"]),
    ],
)
def test_a_heavy_picture_gets_what_is_clearly_smaller(size: tuple[int, int], expected: list[str]) -> None:
    rungs = rungs_below(*size, kbps=PAYS_ABOVE_KBPS + 1)
    assert [f"{rung.name} {rung.width}x{rung.height}" for rung in rungs] == expected


def test_a_light_picture_gets_none() -> None:
    assert rungs_below(3840, 2160, kbps=PAYS_ABOVE_KBPS) == ()


def test_a_smaller_picture_may_take_less_of_a_connection_and_none_more_than_1080p() -> None:
    assert [max_kbps(*size) for size in ((3840, 2160), (1920, 1080), (1280, 720), (640, 360))] == [
        7500,
        7500,
        3333,
        833,
    ]


def make_small_ladder(source: Path, folder: Path, ffmpeg_path: Path) -> tuple[publish.MadeRendition, ...]:
    """Return two rungs below a source of 320 by 180 pixels."""
    info = publish.probe(source, folder=folder)
    assert info.video is not None
    heavy = replace(info, video=replace(info.video, width=1920, height=1080, kbps=9000))
    rungs = [
        replace(item, name=name, width=width, height=height)
        for item, (name, width, height) in zip(
            publish.plan_publication(heavy).rungs, [("120p", 214, 120), ("90p", 160, 90)], strict=True
        )
    ]
    return publish.make_ladder(source, info, rungs, folder=folder, ffmpeg_path=ffmpeg_path)


@pytest.mark.both_versions
def test_rungs_come_of_one_decode_with_every_frame_at_its_time_and_keyframes_where_the_copy_has_them(
    h264_opus: Path, tmp_path: Path, ffmpeg_path: Path
) -> None:
    ladder = make_small_ladder(h264_opus, tmp_path, ffmpeg_path)
    assert [(made.plan.name, made.index.width, made.index.height) for made in ladder] == [
        ("120p", 214, 120),
        ("90p", 160, 90),
    ]
    for made in ladder:
        assert made.codecs.startswith("avc1.64")
        assert made.codecs.endswith(",mp4a.40.2")
        assert furthest_apart(h264_opus, made.path, "video") < 0.001
        assert timestamps(made.path, "video")[0] < 0.05  # no room for frames out of order, also where they are rare
        assert key_times(made.path) == pytest.approx(
            [time + timestamps(made.path, "video")[0] for time in key_times(h264_opus)], abs=0.001
        )
        assert [segment.start_ms for segment in made.index.segments] == pytest.approx([0, 2000, 4000], abs=30)
    first, second = (sound_of(made.path) for made in ladder)
    assert first
    assert first == second  # encoded once


def test_rungs_of_a_silent_source_and_of_one_whose_sound_is_copied(
    h264_aac: Path, make_source: MakeSource, tmp_path: Path, ffmpeg_path: Path
) -> None:
    silent = make_source("silent.mp4", *PICTURE, *H264)
    for source in (silent, h264_aac):
        folder = tmp_path / source.stem
        folder.mkdir()
        ladder = make_small_ladder(source, folder, ffmpeg_path)
        assert all(furthest_apart(source, made.path, "video") < 0.001 for made in ladder)
        assert {tuple(sound_of(made.path)) for made in ladder} == {tuple(sound_of(source))}


def key_times(path: Path) -> list[float]:
    with av.open(str(path)) as container:
        packets = container.demux(video=0)
        return [
            float(packet.pts * packet.time_base) for packet in packets if packet.is_keyframe and packet.pts is not None
        ]


def sound_of(path: Path) -> list[bytes]:
    """Return the packets of the first sound, none where there is none."""
    with av.open(str(path)) as container:
        if not container.streams.audio:
            return []
        return [bytes(packet) for packet in container.demux(audio=0) if packet.size]
