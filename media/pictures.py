"""The poster of a video: one frame as a JPEG."""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from media import picture_commands
from media.containers import container_named
from media.errors import EngineFailed
from media.looks import look_at
from media.probe import SourceInfo, VideoTrack
from media.runner import Command, Limits, run

log = logging.getLogger(__name__)

POSTER_NAME = "poster.jpg"
POSTER_WIDTH = 1280
LATEST_POSTER_MS = 5000
"""The first seconds often show a countdown or a desktop; far into a long video, seeking without an index is slow."""
OTHER_SHARES = (0.02, 0.1, 0.25, 0.5, 0.75)
"""Of the duration: where a better frame is looked for, each for the cost of a keyframe."""


def poster_time_ms(video: VideoTrack, duration_ms: int) -> int:
    """Return the time of the last keyframe in the first tenth and the first five seconds; at least the first one."""
    wanted = video.start_ms + min(duration_ms // 10, LATEST_POSTER_MS)
    return max((time for time in video.key_times_ms if time <= wanted), default=video.start_ms)


def poster_size(width: int, height: int) -> tuple[int, int]:
    """Return the size of the poster: at most 1280 wide, never larger than the video, sides even as 4:2:0 needs them."""
    return _scaled(width, height, min(1.0, POSTER_WIDTH / width))


def size_within(side: int, width: int, height: int) -> tuple[int, int]:
    """Return the size of a picture that is at most `side` px either way; never larger than the video, sides even."""
    return _scaled(width, height, min(1.0, side / max(width, height)))


def _scaled(width: int, height: int, scale: float) -> tuple[int, int]:
    return max(round(width * scale) // 2 * 2, 2), max(round(height * scale) // 2 * 2, 2)


def other_times_ms(video: VideoTrack, duration_ms: int, *, tried_ms: int) -> tuple[int, ...]:
    """Return where else to look for a good frame, on the source's clock, in the order of looking; without `tried_ms`.

    Far into a long video when it must be: titles and fades are over after a minute. As far as keyframes are known the
    times are theirs, so that no frame is looked at twice.
    """
    landed = (landing_ms(video, video.start_ms + round(duration_ms * share)) for share in OTHER_SHARES)
    return tuple(time for time in dict.fromkeys(landed) if time != tried_ms)


def landing_ms(video: VideoTrack, time_ms: int) -> int:
    """Return the keyframe that seeking to this time lands on, both on the source's clock; the time where none is known.

    The scan keeps the first keyframes of a source only.
    """
    knows_all = len(video.key_times_ms) == video.keyframe_count
    if not knows_all and time_ms > max(video.key_times_ms, default=0):
        return time_ms
    return max((key for key in video.key_times_ms if key <= time_ms), default=video.start_ms)


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

    `chosen_ms`, from the start of what plays, asks for the frame that is seen there; else we choose one: a keyframe
    near the start, or, where that one is black, blank or blurred, a better one from further on. A video that is black
    throughout has a black poster.
    """
    if info.video is None:
        return None
    work = _PosterWork(source, info, info.video, folder, ffmpeg_path, limits or Limits())
    return work.choose() if chosen_ms is None else work.make_chosen(chosen_ms)


@dataclass(frozen=True)
class _PosterWork:
    """What all attempts at one poster have in common."""

    source: Path
    info: SourceInfo
    video: VideoTrack
    folder: Path
    ffmpeg_path: Path
    limits: Limits

    def choose(self) -> Path:
        tried_ms = poster_time_ms(self.video, self.info.duration_ms)
        poster = self.make_one(tried_ms)
        look = look_at(poster)
        if look.is_good:
            return poster
        others = other_times_ms(self.video, self.info.duration_ms, tried_ms=tried_ms)
        candidates = self.make_several(others)
        best = look
        for candidate in candidates:
            seen = look_at(candidate)
            if seen.rank > best.rank:
                poster, best = candidate, seen
            if seen.is_good:
                break
        log.info("Poster: %s, instead of %s at %d ms", best, look, tried_ms)
        return poster

    def make_one(self, time_ms: int) -> Path:
        """Return the poster of the keyframe at this time of the source's clock, else of the first one."""
        for at_ms in dict.fromkeys((time_ms - self.info.start_ms, 0)):
            made = self._run(self._command(picture_commands.posters_command, at_ms={POSTER_NAME: at_ms}), POSTER_NAME)
            if made:
                return made[0]
        raise EngineFailed("No poster could be made of this video.")

    def make_several(self, times_ms: tuple[int, ...]) -> list[Path]:
        """Return the posters of these times that could be made, in order; a bad one stops no other."""
        at_ms = {f"poster-{number}.jpg": time - self.info.start_ms for number, time in enumerate(times_ms)}
        return self._run(self._command(picture_commands.posters_command, at_ms=at_ms), *at_ms) if at_ms else []

    def make_chosen(self, chosen_ms: int) -> Path:
        """Return the poster of the very frame; where that is too far from a keyframe to be decoded, of the keyframe."""
        at_ms = min(chosen_ms, self.video.end_ms - self.info.start_ms)
        command = self._command(picture_commands.chosen_poster_command, at_ms=at_ms, output_name=POSTER_NAME)
        made = self._run(command, POSTER_NAME)
        return made[0] if made else self.make_one(at_ms + self.info.start_ms)

    def _command(self, build: Callable[..., Command], **more: object) -> Command:
        container = container_named(self.info.container)
        size = poster_size(*self.video.display_size)
        return build(self.ffmpeg_path, self.source, container, size=size, video=self.video, **more)

    def _run(self, command: Command, *names: str) -> list[Path]:
        try:
            run(command, folder=self.folder, limits=self.limits)
        except EngineFailed as error:
            log.warning("No poster: %s %s", error, error.stderr_tail)
        paths = [self.folder / name for name in names]
        made = [path for path in paths if path.exists() and path.stat().st_size]
        for path in paths:
            if path not in made:
                path.unlink(missing_ok=True)
        return made
