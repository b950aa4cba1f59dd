"""The storyboard of a video: small pictures of its keyframes on one sprite, and WebVTT that says when each counts."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from PIL import Image

from media import picture_commands
from media.containers import container_named
from media.pictures import size_within
from media.probe import SourceInfo
from media.runner import Limits, run

STORYBOARD_NAME = "storyboard.jpg"
TILE_SIDE = 160
MOST_TILES = 120
"""A timeline is some hundreds of pixels wide: more tiles would not be told apart, and the sprite stays below 1 MB."""
SHORTEST_STEP_MS = 500
"""Keyframes of our recorder are two seconds apart; closer ones are worth a tile in short videos."""
COLUMNS = 10
JPEG_QUALITY = 70
SLOW_NICE = 10


@dataclass(frozen=True)
class Storyboard:
    """A sprite of equal tiles, row by row, `columns` in a row; tile n shows what is seen at `times_ms[n]`."""

    path: Path
    tile_width: int
    tile_height: int
    columns: int
    times_ms: tuple[int, ...]


def step_ms(duration_ms: int) -> int:
    """Return how far apart tiles are at least: half a second, and more where that would make too many of them."""
    return max(SHORTEST_STEP_MS, math.ceil(duration_ms / MOST_TILES))


def make_storyboard(
    source: Path,
    info: SourceInfo,
    *,
    folder: Path,
    ffmpeg_path: Path,
    on_progress: Callable[[float], None] | None = None,
) -> Storyboard | None:
    """Return the storyboard, made in the empty `folder`; None where there are not two keyframes to tell apart.

    `on_progress` is called at least twice a second and may raise to stop the work. EngineFailed when none can be made.
    """
    if info.video is None or info.video.keyframe_count < 2:
        return None
    command = picture_commands.tiles_command(
        ffmpeg_path,
        source,
        container_named(info.container),
        size=size_within(TILE_SIDE, *info.video.display_size),
        step_ms=step_ms(info.duration_ms),
        most=MOST_TILES,
        video=info.video,
    )
    run(command, folder=folder, limits=keyframe_limits(info), on_progress=on_progress)
    tiles = sorted((int(path.stem), path) for path in folder.glob("*.ppm"))
    if len(tiles) < 2:
        return None
    made = _put_together([path for _time, path in tiles], folder / STORYBOARD_NAME)
    for _time, path in tiles:
        path.unlink()
    return Storyboard(folder / STORYBOARD_NAME, *made, COLUMNS, tuple(max(time, 0) for time, _path in tiles))


def keyframe_limits(info: SourceInfo) -> Limits:
    """Return the hard limits for decoding all keyframes: half the duration, which is what all frames of 1080p30 cost.

    Usual sources need a fiftieth of it; those that are nothing but keyframes all of it.
    """
    cpu_seconds = 60 + info.duration_ms // 2000
    return Limits(wall_seconds=4 * cpu_seconds, cpu_seconds=cpu_seconds, nice=SLOW_NICE)


def storyboard_vtt(
    times_ms: Sequence[int], *, duration_ms: int, tile: tuple[int, int], columns: int, sprite_name: str
) -> str:
    """Return WebVTT whose cues name the piece of the sprite that is meant until the next one, in `#xywh`.

    The first one is meant from the start: before it, there is nothing else to show.
    """
    width, height = tile
    starts = [0, *times_ms[1:]]
    ends = [*times_ms[1:], max(duration_ms, times_ms[-1] + 1)]
    cues = [
        f"{_cue_time(start)} --> {_cue_time(end)}\n"
        f"{sprite_name}#xywh={number % columns * width},{number // columns * height},{width},{height}\n"
        for number, (start, end) in enumerate(zip(starts, ends, strict=True))
    ]
    return "\n".join(["WEBVTT\n", *cues])


def _cue_time(time_ms: int) -> str:
    """Return the time as WebVTT writes it, hours always with it."""
    seconds, ms = divmod(time_ms, 1000)
    return f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}.{ms:03}"


def _put_together(tiles: Sequence[Path], target: Path) -> tuple[int, int]:
    """Write the sprite and return the size of a tile; one tile at a time is in memory, besides the sprite."""
    with Image.open(tiles[0]) as first:
        width, height = first.size
    sprite = Image.new("RGB", (width * min(len(tiles), COLUMNS), height * math.ceil(len(tiles) / COLUMNS)))
    for number, path in enumerate(tiles):
        with Image.open(path) as tile:
            sprite.paste(tile, (number % COLUMNS * width, number // COLUMNS * height))
    sprite.save(target, "JPEG", quality=JPEG_QUALITY, optimize=True)
    return width, height
