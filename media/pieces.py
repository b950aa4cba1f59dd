"""Long sources in pieces: the picture is cut at keyframes, each piece encoded by whoever has time, and joined again.

Nothing is encoded twice: cutting and joining copy. The sound stays whole, since each encoder's start would be heard.
A piece is a source of its own, which publish.make_rendition and make_ladder take as any other.
"""

import csv
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from typing import Any

from media import piece_commands
from media.boxes import find
from media.containers import container_named
from media.errors import EngineFailed
from media.index import count_frames, index_file
from media.plan import AS_IT_IS, Levelling, PublicationPlan, RenditionPlan
from media.probe import SourceInfo
from media.publish import MadeRendition, checked, make_ladder, make_rendition, rendition_limits
from media.runner import Limits, run

PIECE_MS = 60_000
"""How long a piece is at least: some seconds of a core for what is cheap, a minute or two for what is not. Starting an
engine, fetching and storing cost half a second each time."""

WORTH_CUTTING_MS = 4 * PIECE_MS
"""Below this a job is over soon, and joining would only cost."""

SECONDS_TO_COPY = 0.3
"""Processor seconds that copying a second of a source may take: 0.02 were measured for a heavy one."""


@dataclass(frozen=True)
class Cut:
    """A piece of a source. `start_us` is when it starts in it, on the clock by which join puts pieces together."""

    path: Path
    start_us: int


@dataclass(frozen=True)
class Encoded:
    """What was encoded of a piece for the rendition of that name: `frames` frames of picture and nothing else."""

    name: str
    path: Path
    frames: int


@dataclass(frozen=True)
class MadePiece:
    """What join takes: the file of an encoded piece, when that starts, and how many frames it has."""

    path: Path
    start_us: int
    frames: int


def is_worth_cutting(info: SourceInfo, plan: PublicationPlan, *, piece_ms: int = PIECE_MS) -> bool:
    """Whether what must be encoded of this source is to be done in pieces: it is long, and can be cut.

    Cut is where nothing before a keyframe is needed for what comes after it, and all frames can be counted. A picture
    that is held, and a clock that jumps, are done in one.
    """
    video = info.video
    items = (*plan.slow, *plan.rungs)
    return (
        video is not None
        and info.duration_ms >= piece_ms * WORTH_CUTTING_MS / PIECE_MS
        and bool(items)
        and not any(item.hold_picture or item.frame_rate_cap for item in items)
        and not (video.lacks_times or video.open_gops)
        and container_named(info.container).clock_jumps == "kept"
        and video.longest_key_gap_ms <= piece_ms
    )


def picture_of(item: RenditionPlan) -> RenditionPlan:
    """Return what a piece has of a rendition: its picture."""
    return replace(item, audio=None, fill_sound=False, levelling=AS_IT_IS)


def sound_of(item: RenditionPlan) -> RenditionPlan:
    """Return what is made of the whole source for a rendition: its sound."""
    return replace(item, name="sound", video=None, width=0, height=0, is_rung=False)


def plan_of(data: Mapping[str, Any]) -> RenditionPlan:
    """Return the plan whose fields a job has carried: what dataclasses.asdict made of it, as JSON gives it back."""
    return RenditionPlan(**{**data, "levelling": Levelling(**data["levelling"])})


def cut(
    source: Path,
    info: SourceInfo,
    *,
    folder: Path,
    ffmpeg_path: Path,
    piece_ms: int = PIECE_MS,
    on_progress: Callable[[float], None] | None = None,
) -> tuple[Cut, ...]:
    """Return the pieces of the source's picture, made in the empty `folder`, in order. EngineFailed without any."""
    command = piece_commands.cut_command(ffmpeg_path, source, info, piece_s=piece_ms / 1000)
    run(command, folder=folder, limits=_limits(info), on_progress=on_progress)
    with (folder / piece_commands.LIST_OF_PIECES).open(newline="", encoding="utf-8") as lines:
        rows = list(csv.reader(lines))
    starts = [_first_us(folder), *(round(float(row[1]) * 1_000_000) for row in rows[1:])]
    if not rows or starts != sorted(set(starts)):
        raise EngineFailed(f"The pieces start at {starts} µs.")
    return tuple(Cut(folder / Path(row[0]).name, start) for row, start in zip(rows, starts, strict=True))


def _first_us(folder: Path) -> int:
    """Return when the picture starts, on the clock of its pieces: lines are `#tb 0: 1/90000`, `0, dts, pts, …`."""
    ticks_a_second, first = Fraction(0), Fraction(0)
    for line in (folder / piece_commands.FIRST_PACKET).read_text(encoding="ascii").splitlines():
        if line.startswith("#tb 0:"):
            ticks_a_second = 1 / Fraction(line.removeprefix("#tb 0:").strip())
        elif not line.startswith("#"):
            first = Fraction(line.split(",")[2].strip())
    if not ticks_a_second:
        raise EngineFailed("The picture has no first packet.")
    return round(first / ticks_a_second * 1_000_000)


def encode(
    piece: Path,
    info: SourceInfo,
    items: Sequence[RenditionPlan],
    *,
    folder: Path,
    ffmpeg_path: Path,
    on_progress: Callable[[float], None] | None = None,
    threads: int = 2,
) -> tuple[Encoded, ...]:
    """Return what is made of a piece, `items` as picture_of gives them: tops one by one, rungs by one decode.

    `info` is the piece's own. Errors as those of make_rendition; EngineFailed where a frame is missing, as after a cut
    where none should have been made.
    """
    assert info.video is not None
    made = []
    tops, rungs = [item for item in items if not item.is_rung], [item for item in items if item.is_rung]
    steps = len(tops) + bool(rungs)
    for number, item in enumerate(tops):
        report = _share(on_progress, number, steps)
        made.append(
            make_rendition(
                piece, info, item, folder=folder, ffmpeg_path=ffmpeg_path, on_progress=report, threads=threads
            )
        )
    if rungs:
        report = _share(on_progress, len(tops), steps)
        made += make_ladder(
            piece, info, rungs, folder=folder, ffmpeg_path=ffmpeg_path, on_progress=report, threads=threads
        )
    encoded = tuple(Encoded(one.plan.name, one.path, count_frames(one.path)) for one in made)
    for one in encoded:
        if one.frames != info.video.packet_count:
            raise EngineFailed(f"{one.name}: {one.frames} frames of {info.video.packet_count} in the piece.")
    return encoded


def _share(on_progress: Callable[[float], None] | None, number: int, steps: int) -> Callable[[float], None] | None:
    """Return what reports one of several steps, 0 to 1, as part of all of them."""
    return None if on_progress is None else lambda fraction: on_progress((number + fraction) / steps)


def make_sound(
    source: Path,
    info: SourceInfo,
    item: RenditionPlan,
    *,
    folder: Path,
    ffmpeg_path: Path,
    on_progress: Callable[[float], None] | None = None,
) -> Path:
    """Return the file with the whole sound of a rendition, `item` as sound_of gives it."""
    name = f"{item.name}.mp4"
    command = piece_commands.sound_command(ffmpeg_path, source, info, item, name)
    run(command, folder=folder, limits=rendition_limits(info, item), on_progress=on_progress)
    return folder / name


def join(
    source: Path,
    info: SourceInfo,
    item: RenditionPlan,
    pieces: Sequence[MadePiece],
    sound: Path | None,
    *,
    folder: Path,
    ffmpeg_path: Path,
    on_progress: Callable[[float], None] | None = None,
) -> MadeRendition:
    """Return the rendition whose pieces and sound lie in `folder`, indexed and verified against its source.

    Raises EngineFailed where the pieces do not fit together: other encoders made them, or frames are missing.
    """
    if len({_description(piece.path) for piece in pieces}) != 1:
        raise EngineFailed(f"{item.name}: the pieces were encoded in different ways.")
    script, name = f"{item.name}.ffconcat", f"{item.name}.mp4"
    (folder / script).write_text("\n".join(_script(pieces)), encoding="utf-8")
    command = piece_commands.join_command(
        ffmpeg_path,
        info,
        item,
        name,
        list_name=script,
        sound_name=sound.name if sound is not None else None,
        first_s=pieces[0].start_us / 1_000_000,
    )
    limits = _limits(info)
    run(command, folder=folder, limits=limits, on_progress=on_progress)
    # Each piece was decoded when it was made; here it is the times and that all is there.
    made = checked(source, info, item, folder=folder, ffmpeg_path=ffmpeg_path, limits=limits, decodes=False)
    frames, expected = count_frames(made.path), sum(piece.frames for piece in pieces)
    if frames != expected:
        raise EngineFailed(f"{item.name}: {frames} frames of {expected} were joined.")
    return made


def _script(pieces: Sequence[MadePiece]) -> list[str]:
    """Return the lines for the concat demuxer: each piece lasts until the next one starts."""
    lines = ["ffconcat version 1.0"]
    for piece, following in zip(pieces, [*pieces[1:], None], strict=True):
        lines.append(f"file {piece.path.name}")
        if following is not None:
            lines.append(f"duration {(following.start_us - piece.start_us) / 1_000_000:.6f}")
    return lines


def _description(path: Path) -> bytes | None:
    """Return how the picture of a file says that it is to be decoded (its sample description)."""
    offset, size_bytes = index_file(path).init
    with path.open("rb") as file:
        file.seek(offset)
        init = file.read(size_bytes)
    return find(init, "moov", "trak", "mdia", "minf", "stbl", "stsd")


def _limits(info: SourceInfo) -> Limits:
    cpu_seconds = 60 + int(SECONDS_TO_COPY * info.duration_ms / 1000)
    return Limits(wall_seconds=4 * cpu_seconds, cpu_seconds=cpu_seconds, file_bytes=2 * info.size_bytes + 256 * 1024**2)
