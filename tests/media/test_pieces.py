"""What is encoded in pieces is what is encoded in one: the same frames at the same times, and the same sound."""

import json
from dataclasses import asdict, replace
from pathlib import Path

import pytest

from media import pieces, publish
from media.errors import EngineFailed
from media.plan import Levelling, RenditionPlan, plan_publication
from media.publish import MadeRendition, SourceInfo
from tests.media.conftest import SYSTEM_FFMPEG, WHEEL_FFMPEG
from tests.media.samples import BROWSER_H264, H264, HEVC, LIVE_WEBM, PICTURE, SOUND, VP8, MakeSource, source_info
from tests.media.samples import timestamps as times_of

PIECE_MS = 1000
UNEVEN = ("-vf", "select='not(mod(n,7))+lt(mod(n,45),20)'", "-fps_mode", "vfr")
LATE = ("-itsoffset", "0.7")
CAMERA = ("-f", "lavfi", "-i", "testsrc2=s=320x180:r=30:d=5,noise=alls=60:allf=t")

SOURCES: dict[str, tuple[str, ...]] = {
    "b-frames.mp4": (*CAMERA, *SOUND, *H264, "-b:v", "3M", "-g", "30", "-c:a", "aac"),
    "recording.mp4": (
        *(*CAMERA, *SOUND, *UNEVEN, *BROWSER_H264, "-g", "40", "-c:a", "libopus"),
        *("-movflags", "frag_keyframe+empty_moov+default_base_moof"),
    ),
    "recording.webm": (*PICTURE, *SOUND, *UNEVEN, *VP8, "-g", "40", "-c:a", "libopus", *LIVE_WEBM),
    "late-sound.webm": (*PICTURE, *LATE, *SOUND, *VP8, "-g", "30", "-c:a", "libvorbis"),
    "late-picture.mkv": (*LATE, *PICTURE, *SOUND, *H264, "-g", "24", "-c:a", "ac3"),
    "phone.mp4": (*PICTURE, *SOUND, *HEVC, "-g", "25", "-c:a", "aac"),
    "camera.mov": (*PICTURE, *SOUND, "-c:v", "prores_ks", "-c:a", "pcm_s16le"),
    "silent.webm": (*PICTURE, *VP8, "-g", "30"),
}


def probed(source: Path, tmp_path: Path) -> SourceInfo:
    return publish.probe(source, folder=tmp_path)


def items_of(info: SourceInfo) -> tuple[RenditionPlan, ...]:
    """What is encoded of it, with a small rung whatever it weighs, and its sound levelled."""
    (top,) = plan_publication(info, without_copies=True).slow
    rung = replace(top, name="half", width=160, height=90, is_rung=True)
    return tuple(publish.levelled(item, Levelling(gain_db=4.0)) for item in (top, rung))


def in_pieces(source: Path, info: SourceInfo, folder: Path, ffmpeg_path: Path) -> list[MadeRendition]:
    """All renditions of the source, made of pieces, each encoded where nothing but the piece is known."""
    (folder / "cut").mkdir()
    (folder / "join").mkdir()
    items = items_of(info)
    made: dict[str, list[pieces.MadePiece]] = {item.name: [] for item in items}
    for number, piece in enumerate(
        pieces.cut(source, info, folder=folder / "cut", ffmpeg_path=ffmpeg_path, piece_ms=PIECE_MS)
    ):
        work = folder / f"work-{number}"
        work.mkdir()
        for encoded in pieces.encode(
            piece.path,
            probed(piece.path, work),
            [pieces.picture_of(item) for item in items],
            folder=work,
            ffmpeg_path=ffmpeg_path,
        ):
            name = encoded.name
            path = encoded.path.rename(folder / "join" / f"{name}-{number}.mp4")
            made[name].append(pieces.MadePiece(path, piece.start_us, encoded.frames))
    sound = None
    if items[0].audio is not None:
        sound = pieces.make_sound(
            source, info, pieces.sound_of(items[0]), folder=folder / "join", ffmpeg_path=ffmpeg_path
        )
    return [
        pieces.join(source, info, item, made[item.name], sound, folder=folder / "join", ffmpeg_path=ffmpeg_path)
        for item in items
    ]


def in_one(source: Path, info: SourceInfo, folder: Path, ffmpeg_path: Path) -> list[MadeRendition]:
    folder.mkdir()
    top, *rungs = items_of(info)
    return [
        publish.make_rendition(source, info, top, folder=folder, ffmpeg_path=ffmpeg_path),
        *publish.make_ladder(source, info, rungs, folder=folder, ffmpeg_path=ffmpeg_path),
    ]


BOTH = {"b-frames.mp4", "late-picture.mkv"}
"""Tried on both versions of ffmpeg. The others take turns."""

TURNS = [(name, which) for at, name in enumerate(SOURCES) for which in (0, 1) if name in BOTH or which == at % 2]


@pytest.mark.parametrize(("name", "which"), TURNS)
def test_pieces_joined_are_what_one_command_makes(
    make_source: MakeSource, tmp_path: Path, name: str, which: int
) -> None:
    ffmpeg_path = Path((SYSTEM_FFMPEG or "", WHEEL_FFMPEG)[which])
    source = make_source(name, *SOURCES[name])
    info = probed(source, tmp_path)

    joined = in_pieces(source, info, tmp_path, ffmpeg_path)
    whole = in_one(source, info, tmp_path / "whole", ffmpeg_path)

    for ours, theirs in zip(joined, whole, strict=True):
        assert ours.codecs == theirs.codecs
        assert (ours.index.width, ours.index.height) == (theirs.index.width, theirs.index.height)
        for kind in ("video", "audio") if info.audio is not None else ("video",):
            assert times_of(ours.path, kind) == pytest.approx(times_of(theirs.path, kind), abs=0.0011), kind
        assert ours.index.duration_ms == pytest.approx(theirs.index.duration_ms, abs=30)
        assert len(ours.index.segments) >= 2


def test_frames_that_need_what_was_cut_off_are_missed(
    make_source: MakeSource, tmp_path: Path, ffmpeg_path: Path
) -> None:
    source = make_source("open.mkv", *PICTURE, "-c:v", "mpeg2video", "-bf", "2", "-g", "30")
    info = probed(source, tmp_path)
    assert info.video is not None
    assert info.video.open_gops
    with pytest.raises(EngineFailed, match="frames of 30 in the piece"):
        in_pieces(source, info, tmp_path, Path(WHEEL_FFMPEG))


LONG = {"end_ms": 300_000}
HEAVY = {**LONG, "kbps": 6000}
WORTH = [
    ("a heavy copy needs rungs", source_info(HEAVY, LONG), True),
    ("a light copy needs none", source_info({**LONG, "kbps": 500}, LONG), False),
    ("what cannot be copied", source_info({**LONG, "codec": "vp8"}, LONG, container="matroska"), True),
    ("sound alone", source_info(None, LONG), False),
    ("too short", source_info({**HEAVY, "end_ms": 200_000}, None), False),
    ("open groups of pictures", source_info({**HEAVY, "open_gops": True}, LONG), False),
    ("no keyframe for minutes", source_info({**HEAVY, "codec": "vp8", "longest_key_gap_ms": 61_000}, None), False),
    ("a clock that may jump", source_info(HEAVY, LONG, container="mpegts"), False),
    ("decoding times alone", source_info({**HEAVY, "lacks_times": True}, LONG, container="avi"), False),
    ("more frames than are kept", source_info({**HEAVY, "codec": "vp8", "frame_rate": 120.0}, LONG), False),
    ("a held picture", source_info({**HEAVY, "end_ms": 260_000}, LONG), False),
]


@pytest.mark.parametrize(("why", "info", "worth"), WORTH, ids=[why for why, _info, _worth in WORTH])
def test_what_is_worth_cutting(why: str, info: SourceInfo, worth: bool) -> None:
    info = replace(info, duration_ms=max(track.end_ms for track in (info.video, info.audio) if track is not None))
    assert pieces.is_worth_cutting(info, plan_publication(info)) is worth, why


def test_a_plan_can_be_carried_by_a_job() -> None:
    for item in plan_publication(source_info(HEAVY, LONG)).all:
        told = json.loads(json.dumps(asdict(publish.levelled(item, Levelling(2.5, both_ears=True)))))
        assert pieces.plan_of(told) == publish.levelled(item, Levelling(2.5, both_ears=True))


def test_pieces_of_other_encoders_are_not_joined(make_source: MakeSource, tmp_path: Path) -> None:
    source = make_source("b-frames.mp4", *SOURCES["b-frames.mp4"])
    info = probed(source, tmp_path)
    fragments = ("-movflags", "frag_keyframe+empty_moov")
    ours = make_source("ours.mp4", *PICTURE, *H264, *fragments)
    theirs = make_source("theirs.mp4", *PICTURE, *H264, "-refs", "4", *fragments)
    made = [pieces.MadePiece(path, at, 150) for at, path in enumerate((ours, theirs))]
    with pytest.raises(EngineFailed, match="different ways"):
        pieces.join(source, info, items_of(info)[0], made, None, folder=tmp_path, ffmpeg_path=Path(WHEEL_FFMPEG))
