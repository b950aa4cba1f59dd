"""The poster of a video: one keyframe as a JPEG."""

import logging
from pathlib import Path

from media import commands
from media.containers import container_named
from media.errors import EngineFailed
from media.probe import SourceInfo, VideoTrack
from media.runner import Limits, run

log = logging.getLogger(__name__)

POSTER_NAME = "poster.jpg"
POSTER_WIDTH = 1280
LATEST_POSTER_MS = 5000
"""The first seconds often show a countdown or a desktop; far into a long video, seeking without an index is slow."""


def poster_time_ms(video: VideoTrack, duration_ms: int) -> int:
    """Return the time of the last keyframe in the first tenth and the first five seconds; at least the first one."""
    wanted = video.start_ms + min(duration_ms // 10, LATEST_POSTER_MS)
    return max((time for time in video.key_times_ms if time <= wanted), default=video.start_ms)


def poster_size(width: int, height: int) -> tuple[int, int]:
    """Return the size of the poster: at most 1280 wide, never larger than the video, sides even as 4:2:0 needs them."""
    scale = min(1.0, POSTER_WIDTH / width)
    return max(round(width * scale) // 2 * 2, 2), max(round(height * scale) // 2 * 2, 2)


def make_poster(
    source: Path,
    info: SourceInfo,
    *,
    folder: Path,
    ffmpeg_path: Path,
    limits: Limits | None = None,
    chosen_ms: int | None = None,
) -> Path | None:
    """Return the path of the poster in `folder`; None where there is no picture. EngineFailed when none can be made.

    `chosen_ms`, from the start of what plays, asks for the last keyframe up to there; else we choose one.
    """
    if info.video is None:
        return None
    limits = limits or Limits()
    start_ms = min(info.video.start_ms, info.audio.start_ms if info.audio else info.video.start_ms)
    size = poster_size(*info.video.display_size)
    # ffmpeg counts -ss from the start of the file's clock.
    wanted = poster_time_ms(info.video, info.duration_ms) - start_ms
    if chosen_ms is not None:
        wanted = max((time - start_ms for time in info.video.key_times_ms if time - start_ms <= chosen_ms), default=0)
    target = folder / POSTER_NAME
    for at_ms in dict.fromkeys((wanted, 0)):
        command = commands.poster_command(
            ffmpeg_path,
            source,
            container_named(info.container),
            size=size,
            at_ms=at_ms,
            output_name=target.name,
            video=info.video,
        )
        try:
            run(command, folder=folder, limits=limits)
        except EngineFailed as error:
            log.warning("No poster at %d ms: %s %s", at_ms, error, error.stderr_tail)
        if target.exists() and target.stat().st_size:
            return target
        target.unlink(missing_ok=True)
    raise EngineFailed("No poster could be made of this video.")
