"""What the publishing tasks call: from a source file to a checked rendition, a picture, or what its sound is like.

Each step starts from nothing in a fresh, empty folder and may be run again after any failure. Values and paths only;
nothing here knows of storage.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from media import commands
from media.errors import EngineFailed
from media.index import FileIndex, index_file
from media.pictures import make_poster
from media.plan import Levelling, PublicationPlan, RenditionPlan, levelled, levelled_sibling, plan_publication
from media.playlists import Variant, average_bandwidth, media_playlist, multivariant_playlist, peak_bandwidth
from media.preview import make_preview
from media.probe import SourceInfo, probe
from media.runner import Limits, find_ffmpeg, run
from media.sound import Heard, listen
from media.storyboard import make_storyboard
from media.verify import verify_rendition

SLOW_NICE = 10

INDEX_TOLERANCE_MS = 250
"""How far the playlist's length may be from the source's, besides the guessed length of the last frame: 80 ms at
either end, and an encoder's padding. Without this check a wrong time in one box would become the video's length."""


@dataclass(frozen=True)
class MadeRendition:
    """A rendition that was made and verified. Bandwidths in bits a second; width and height 0 for sound alone."""

    plan: RenditionPlan
    path: Path
    index: FileIndex
    size_bytes: int
    peak_bandwidth: int
    average_bandwidth: int
    frame_rate: float

    @property
    def codecs(self) -> str:
        """Return the RFC 6381 codecs, the picture's first."""
        return self.index.codecs

    def variant(self, playlist_name: str) -> Variant:
        """Return this rendition's line for the multivariant playlist."""
        return Variant(
            playlist_name=playlist_name,
            peak_bandwidth=self.peak_bandwidth,
            average_bandwidth=self.average_bandwidth,
            codecs=self.codecs,
            width=self.plan.width,
            height=self.plan.height,
            frame_rate=self.frame_rate,
            video_range=self.plan.video_range,
        )


def rendition_limits(info: SourceInfo, item: RenditionPlan) -> Limits:
    """Return the hard limits for making one rendition.

    Processor time: 60 s and three times the duration (a 1080p transcode was measured at 1.25 times), more for pictures
    that are larger or faster than 1080p30. Wall time: four times that, for machines that do other things too.
    """
    load = 1.0
    if item.video == "h264" and info.video is not None:
        load = max(info.video.width * info.video.height * min(info.video.frame_rate, 240) / (1920 * 1080 * 30), 1.0)
        # Tone mapping was measured at 1.1 times the duration at that size, as much as all the rest.
        load *= 2 if item.tone_map else 1
    cpu_seconds = 60 + int(3 * load * info.duration_ms / 1000)
    return Limits(
        wall_seconds=4 * cpu_seconds,
        cpu_seconds=cpu_seconds,
        file_bytes=2 * info.size_bytes + 256 * 1024**2,
        nice=SLOW_NICE if item.video == "h264" else 0,
    )


def make_rendition(
    source: Path,
    info: SourceInfo,
    item: RenditionPlan,
    *,
    folder: Path,
    ffmpeg_path: Path,
    on_progress: Callable[[float], None] | None = None,
    threads: int = 2,
) -> MadeRendition:
    """Return the rendition, made in `folder` as `<name>.mp4`, indexed and verified.

    `on_progress` gets 0 to 1 and may raise to stop the work. Raises EngineFailed when the result is not what the
    source says.
    """
    limits = rendition_limits(info, item)
    command = commands.rendition_command(ffmpeg_path, source, info, item, f"{item.name}.mp4", threads=threads)
    run(command, folder=folder, limits=limits, on_progress=on_progress)
    return checked(source, info, item, folder=folder, ffmpeg_path=ffmpeg_path, limits=limits)


def make_ladder(
    source: Path,
    info: SourceInfo,
    rungs: Sequence[RenditionPlan],
    *,
    folder: Path,
    ffmpeg_path: Path,
    on_progress: Callable[[float], None] | None = None,
    threads: int = 2,
) -> tuple[MadeRendition, ...]:
    """Return these rungs, the largest first, made by one decode, each as make_rendition returns one."""
    limits = rendition_limits(info, rungs[0])
    command = commands.ladder_command(ffmpeg_path, source, info, rungs, threads=threads)
    run(command, folder=folder, limits=limits, on_progress=on_progress)
    return tuple(checked(source, info, item, folder=folder, ffmpeg_path=ffmpeg_path, limits=limits) for item in rungs)


def checked(
    source: Path,
    info: SourceInfo,
    item: RenditionPlan,
    *,
    folder: Path,
    ffmpeg_path: Path,
    limits: Limits,
    decodes: bool = True,
) -> MadeRendition:
    """Return what was made in `folder` as `<name>.mp4`, indexed and verified; `decodes` as verify_rendition has it."""
    path = folder / f"{item.name}.mp4"
    unheard_ms = verify_rendition(
        source, info, item, path, folder=folder, ffmpeg_path=ffmpeg_path, limits=limits, decodes=decodes
    )
    index = index_file(path)
    guessed_ms = info.video.last_frame_ms if info.video is not None else unheard_ms
    if abs(index.duration_ms - info.duration_ms) > INDEX_TOLERANCE_MS + guessed_ms:
        raise EngineFailed(f"{item.name}: the index says {index.duration_ms} ms, the source {info.duration_ms} ms.")
    return MadeRendition(
        plan=item,
        path=path,
        index=index,
        size_bytes=path.stat().st_size,
        peak_bandwidth=peak_bandwidth(index.segments),
        average_bandwidth=average_bandwidth(index.segments),
        frame_rate=min(info.video.frame_rate, item.frame_rate_cap or 1000.0) if item.video and info.video else 0.0,
    )


__all__ = [
    "FileIndex",
    "Heard",
    "Levelling",
    "MadeRendition",
    "PublicationPlan",
    "RenditionPlan",
    "SourceInfo",
    "find_ffmpeg",
    "levelled",
    "levelled_sibling",
    "listen",
    "make_ladder",
    "make_poster",
    "make_preview",
    "make_rendition",
    "make_storyboard",
    "media_playlist",
    "multivariant_playlist",
    "plan_publication",
    "probe",
]
