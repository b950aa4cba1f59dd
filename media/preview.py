"""The preview of a video: three seconds of it that move, as a small animated WebP, for who points at its card."""

from collections.abc import Callable
from pathlib import Path

from PIL import Image

from media import picture_commands
from media.containers import container_named
from media.looks import look_at
from media.pictures import landing_ms, size_within
from media.probe import SourceInfo, VideoTrack
from media.runner import Limits, run

PREVIEW_NAME = "preview.webp"
PREVIEW_TYPE = "image/webp"
PREVIEW_SIDE = 320
SHARES = (0.1, 0.45, 0.8)
"""Where its moments lie, of the duration: not the beginning, which the poster shows, nor the end."""
LENGTH_MS = 3000
FRAMES = 18
"""Six a second: people and scrolling are seen to move, at a fifth of the bytes."""
MOST_BYTES = 300_000
WAYS = ((60, 1), (40, 1), (20, 1), (20, 2))
"""Quality, and every how many frames one is kept: the first way that stays below MOST_BYTES. Slides need a tenth of
that at 60; only what is noise comes to the last one."""
SLOW_NICE = 10


def moments_ms(video: VideoTrack, duration_ms: int) -> tuple[int, ...]:
    """Return where the moments begin, on the source's clock: fewer, and longer, where keyframes are few."""
    if duration_ms < 2 * LENGTH_MS:
        return (video.start_ms,)
    return tuple(dict.fromkeys(landing_ms(video, video.start_ms + round(duration_ms * share)) for share in SHARES))


def make_preview(
    source: Path,
    info: SourceInfo,
    *,
    folder: Path,
    ffmpeg_path: Path,
    on_progress: Callable[[float], None] | None = None,
) -> Path | None:
    """Return the preview, made in the empty `folder`; None where nothing moves that could be shown.

    Moments that show nothing are left out while others do. `on_progress` is called at least twice a second and may
    raise to stop the work. EngineFailed when none can be made.
    """
    if info.video is None:
        return None
    begins_ms = moments_ms(info.video, info.duration_ms)
    length_ms = LENGTH_MS // len(begins_ms)
    command = picture_commands.moments_command(
        ffmpeg_path,
        source,
        container_named(info.container),
        size=size_within(PREVIEW_SIDE, *info.video.display_size),
        at_ms=tuple(time - info.start_ms for time in begins_ms),
        length_ms=length_ms,
        each=FRAMES // len(begins_ms),
        video=info.video,
    )
    run(command, folder=folder, limits=Limits(nice=SLOW_NICE), on_progress=on_progress)
    moments = _moments_in(folder)
    shown = [moment for moment in moments if look_at(moment[0][1]).shows_something] or moments
    frames = [frame for moment in shown for frame in _with_durations(moment, length_ms)]
    if len(frames) < 2:
        return None
    _write(frames, folder / PREVIEW_NAME)
    return folder / PREVIEW_NAME


def _moments_in(folder: Path) -> list[list[tuple[int, Path]]]:
    """Return the frames of each moment with their times in ms, in order; moments without a frame are left out."""
    found: dict[int, list[tuple[int, Path]]] = {}
    for path in folder.glob("*_*.ppm"):
        number, _, time_ms = path.stem.partition("_")
        found.setdefault(int(number), []).append((int(time_ms), path))
    return [sorted(found[number]) for number in sorted(found)]


def _with_durations(moment: list[tuple[int, Path]], length_ms: int) -> list[tuple[int, Path]]:
    """Return the frames with how long each is seen, in ms; the last one until the moment is over."""
    ends = [*(time for time, _path in moment[1:]), length_ms]
    # Browsers take less than 20 ms for a mistake, and make 100 of it.
    return [(max(end - time, 20), path) for end, (time, path) in zip(ends, moment, strict=True)]


def _write(frames: list[tuple[int, Path]], target: Path) -> None:
    pictures = []
    for _duration, path in frames:
        with Image.open(path) as opened:
            pictures.append(opened.convert("RGB"))
    durations = [duration for duration, _path in frames]
    for quality, step in WAYS:
        # Both ffmpegs we know have an encoder for this, others need not; Pillow's comes with Pillow.
        pictures[0].save(
            target,
            "WEBP",
            save_all=True,
            append_images=pictures[step::step],
            duration=[sum(durations[at : at + step]) for at in range(0, len(durations), step)],
            loop=0,
            quality=quality,
        )
        if target.stat().st_size <= MOST_BYTES:
            return
