"""The engine's ffmpeg commands for pictures: posters, tiles of a storyboard, the moments of a preview."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import ffmpeg

from media.commands import as_command, open_source
from media.containers import Container
from media.picture_filters import still
from media.probe import VideoTrack
from media.runner import Command

LAST_FRAME_SECONDS = 2
"""How long the last frame counts as seen for choosing it; sound that goes on for longer leaves the keyframe before."""


def posters_command(
    ffmpeg_path: Path,
    source: Path,
    container: Container,
    *,
    size: tuple[int, int],
    at_ms: dict[str, int],
    video: VideoTrack,
) -> Command:
    """Return the command that writes a JPEG for each name in `at_ms`, of the keyframe at or before that time.

    `video` tells which track, and in which colours it is. One process for all of them, as starting one costs more than
    a frame; the source is opened for each, and only sought in, so that the cost is that of their number, however long
    the source and however many its keyframes.
    """
    # Only keyframes are decoded: the cost of a poster is then that of one frame, wherever it lies.
    outputs = [
        _still(open_source(source, container, threads=1, skip_frame="nokey", **_seek(time)), video, size, name)
        for name, time in at_ms.items()
    ]
    return as_command(ffmpeg_path, ffmpeg.merge_outputs(*outputs), purpose="make poster")


def chosen_poster_command(
    ffmpeg_path: Path,
    source: Path,
    container: Container,
    *,
    size: tuple[int, int],
    at_ms: int,
    output_name: str,
    video: VideoTrack,
) -> Command:
    """Return the command that writes one JPEG of the very frame that is seen at `at_ms` after the start.

    All from the keyframe before is decoded. Times count from `at_ms`, and fps gives for 0 the last frame that is not
    later: accurate seeking gives the next one, which on a still screen may be another slide. tpad lets the last frame
    of all be seen for a while, or fps gives nothing where none comes after it.
    """
    opened = open_source(source, container, threads=1, **_seek(at_ms))
    seen = [f"tpad=stop_mode=clone:stop_duration={LAST_FRAME_SECONDS}", "fps=fps=1:start_time=0:round=up"]
    output = _still(opened, video, size, output_name, first=seen)
    return as_command(ffmpeg_path, output, purpose="make chosen poster")


def _seek(at_ms: int) -> dict[str, Any]:
    # Land on the keyframe before, and give all from there on: exact seeking would drop the frames up to the time.
    return {"ss": f"{at_ms / 1000:.3f}", "noaccurate_seek": None} if at_ms > 0 else {}


def _still(
    opened: Any, video: VideoTrack, size: tuple[int, int], output_name: str, *, first: Sequence[str] = ()
) -> Any:
    return ffmpeg.output(
        _track(opened, video),
        f"file:{output_name}",
        vf=",".join([*first, *_scaled(video, size), "format=yuvj420p"]),
        **{"frames:v": 1, "c:v": "mjpeg", "q:v": 3, "f": "image2", "update": 1},
        # JPEG is full range by definition; without this 9.0 refuses pictures that say they are limited.
        strict="unofficial",
        map_metadata=-1,
    )


def _track(opened: Any, video: VideoTrack) -> Any:
    # V, not v: a cover picture is a stream too, and not the video.
    return opened[f"V:{video.ordinal}"]


def _scaled(video: VideoTrack, size: tuple[int, int]) -> list[str]:
    # In numbers, as the filter's own "keep the ratio" forgets that pixels need not be square.
    return [*still(video, f"{size[0]}:{size[1]}"), "setsar=1"]


def tiles_command(
    ffmpeg_path: Path,
    source: Path,
    container: Container,
    *,
    size: tuple[int, int],
    step_ms: int,
    most: int,
    video: VideoTrack,
) -> Command:
    """Return the command that writes the first keyframe of each `step_ms`, at most `most`, as `<time in ms>.ppm`."""
    # Only keyframes are decoded, and without smoothing their blocks, which nobody sees in a tile: half the cost.
    opened = open_source(source, container, threads=1, skip_frame="nokey", skip_loop_filter="all")
    step = step_ms / 1000
    first = f"select=isnan(prev_selected_t)+gt(floor(t/{step:.3f})\\,floor(prev_selected_t/{step:.3f}))"
    return as_command(ffmpeg_path, _frames(opened, video, first, size, "%d.ppm", most=most), purpose="make tiles")


def moments_command(
    ffmpeg_path: Path,
    source: Path,
    container: Container,
    *,
    size: tuple[int, int],
    at_ms: tuple[int, ...],
    length_ms: int,
    each: int,
    video: VideoTrack,
) -> Command:
    """Return the command that writes `each` frames of what follows, for `length_ms`, the keyframe before each time.

    Their names are `<number in at_ms>_<time in ms from the keyframe>.ppm`. Fewer come where the source has fewer.
    """
    length = length_ms / 1000
    # A little less than the step, or a frame that is early by a rounding is left out and the next one is late.
    sparse = f"isnan(prev_selected_t)+gte(t-prev_selected_t\\,{0.95 * length / each:.4f})"
    # Times before the one that was sought are below 0, and vfr drops such frames.
    select = f"setpts=PTS-STARTPTS,select=lt(t\\,{length})*({sparse})"
    outputs = []
    for number, time in enumerate(at_ms):
        # t counts from the keyframe: a still screen has few frames, and reading would go on for the rest of them.
        opened = open_source(source, container, threads=1, t=length, **_seek(time))
        outputs.append(_frames(opened, video, select, size, f"{number}_%d.ppm", most=each))
    return as_command(ffmpeg_path, ffmpeg.merge_outputs(*outputs), purpose="make moments")


def _frames(opened: Any, video: VideoTrack, select: str, size: tuple[int, int], names: str, *, most: int) -> Any:
    return ffmpeg.output(
        _track(opened, video),
        f"file:{names}",
        vf=",".join([select, *_scaled(video, size), "format=rgb24"]),
        # Without vfr ffmpeg fills up what select has left out. Times in ms, as names hold them.
        **{"frames:v": most, "c:v": "ppm", "f": "image2", "frame_pts": 1},
        fps_mode="vfr",
        enc_time_base="1:1000",
        map_metadata=-1,
    )
