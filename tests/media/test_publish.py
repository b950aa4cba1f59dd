"""The whole way of the engine, on both versions of ffmpeg: probe, plan, renditions, index, playlist, poster."""

from pathlib import Path

import pytest

from media import publish
from media.publish import MadeRendition


def publish_all(source: Path, folder: Path, ffmpeg_path: Path) -> list[MadeRendition]:
    info = publish.probe(source, folder=folder)
    plan = publish.plan_publication(info)
    return [
        publish.make_rendition(source, info, item, folder=folder, ffmpeg_path=ffmpeg_path)
        for item in plan.fast + plan.slow
    ]


def test_h264_with_aac_is_copied_into_one_file_of_segments(h264_aac: Path, tmp_path: Path, ffmpeg_path: Path) -> None:
    (made,) = publish_all(h264_aac, tmp_path, ffmpeg_path)

    assert made.plan.video == made.plan.audio == "copy"
    assert made.codecs.startswith("avc1.")
    assert made.codecs.endswith("mp4a.40.2")
    assert [segment.duration_ms for segment in made.index.segments[:2]] == [2000, 2000]
    assert made.index.duration_ms == pytest.approx(5000, abs=80)


def test_h264_with_opus_is_copied_first_and_gets_an_aac_sibling(
    h264_opus: Path, tmp_path: Path, ffmpeg_path: Path
) -> None:
    copy, sibling = publish_all(h264_opus, tmp_path, ffmpeg_path)

    assert copy.codecs.endswith(",opus")
    assert sibling.codecs.endswith(",mp4a.40.2")
    assert not copy.plan.plays_everywhere
    assert sibling.plan.plays_everywhere


def test_vp8_is_encoded_to_h264_with_aac(vp8_opus: Path, tmp_path: Path, ffmpeg_path: Path) -> None:
    (made,) = publish_all(vp8_opus, tmp_path, ffmpeg_path)

    assert made.codecs.startswith("avc1.64")
    assert made.codecs.endswith("mp4a.40.2")
    assert made.index.duration_ms == pytest.approx(5000, abs=160)


def test_sound_alone_becomes_aac(sound_only: Path, tmp_path: Path, ffmpeg_path: Path) -> None:
    (made,) = publish_all(sound_only, tmp_path, ffmpeg_path)

    assert made.codecs == "mp4a.40.2"
    assert (made.index.width, made.index.height) == (0, 0)


def test_a_poster_is_a_jpeg(h264_aac: Path, tmp_path: Path, ffmpeg_path: Path) -> None:
    info = publish.probe(h264_aac, folder=tmp_path)

    poster = publish.make_poster(h264_aac, info, folder=tmp_path, ffmpeg_path=ffmpeg_path)

    assert poster is not None
    assert poster.read_bytes().startswith(b"\xff\xd8\xff")
