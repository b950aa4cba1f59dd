"""What the engine spends on a recording, step by step, beside the least that one can do and what others do.

CPU seconds (user and system) of all processes that a step started, read when it has ended; the steps are those of a
worker, called without one.
"""

import logging
import resource
import shlex
import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from media.publish import (
    Levelling,
    MadeRendition,
    RenditionPlan,
    SourceInfo,
    find_ffmpeg,
    levelled,
    listen,
    make_ladder,
    make_poster,
    make_preview,
    make_rendition,
    make_storyboard,
    plan_publication,
    probe,
)
from media.recorded import HEAD_BYTES, Part, Recorded, index_part, segments_of
from tests.bench.clips import Clip
from tests.bench.likeness import ssim
from tests.fragments import cut

log = logging.getLogger(__name__)

FLOOR = "ffmpeg -v error -y -i {clip} -c copy -movflags +faststart floor.mp4"
# Frames at their own times, as ours: otherwise it would be spared the ones that it merges.
_USUAL_RUNG = (
    " -map [h{height}] -map 0:a -c:v libx264 -preset veryfast -crf 23 -fps_mode vfr -enc_time_base 1:90000"
    " -force_key_frames expr:gte(t,n_forced*2) -c:a aac -b:a 128k {height}p.mp4"
)
USUAL_HEIGHTS = (1080, 720, 480)
USUAL = (
    "ffmpeg -v error -y -i {clip} -filter_complex [0:v]split=3[h1080][b][c];[b]scale=1280:720[h720];"
    "[c]scale=854:480[h480]" + "".join(_USUAL_RUNG.format(height=height) for height in USUAL_HEIGHTS)
)
PLAYABLE_TIMES = 5


@dataclass(frozen=True)
class Made:
    """A rendition: its bytes, and its SSIM, None for a picture that was copied."""

    size_bytes: int
    ssim: float | None = None


@dataclass
class Cost:
    """What one clip cost: CPU seconds a step, and what came out of it. `usual_s` is None where it was left out."""

    clip: Clip
    floor_s: float = 0.0
    usual_s: float | None = None
    usual: dict[str, Made] = field(default_factory=dict)
    playable_s: float = 0.0
    steps: dict[str, float] = field(default_factory=dict)
    renditions: dict[str, Made] = field(default_factory=dict)

    @property
    def total_s(self) -> float:
        """Return the CPU seconds of all steps."""
        return self.playable_s + sum(self.steps.values())

    @property
    def ssims(self) -> dict[str, float]:
        """Return the SSIM of each rendition whose picture was encoded."""
        return {name: made.ssim for name, made in self.renditions.items() if made.ssim is not None}


def command_line(command: str) -> str:
    """Return one of the commands above as a person can paste it, for the clip clip.mp4."""
    return shlex.join(command.format(clip="clip.mp4").split())


@contextmanager
def counting() -> Iterator[Callable[[], float]]:
    """Yield what tells the CPU seconds spent in between, by this process and by those that it waited for."""

    def spent() -> float:
        children = resource.getrusage(resource.RUSAGE_CHILDREN)
        return time.process_time() + children.ru_utime + children.ru_stime

    before = spent()
    after: list[float] = []
    yield lambda: after[0]
    after.append(spent() - before)


def measure(clip: Clip, folder: Path, *, with_usual: bool) -> Cost:
    """Return what this clip costs; `folder` is where its renditions are made, and removed again."""
    cost = Cost(clip)
    with tempfile.TemporaryDirectory(dir=folder) as name:
        work = Path(name)
        cost.floor_s = _run(FLOOR, clip.path, work)
        if with_usual:
            cost.usual_s = _run(USUAL, clip.path, work)
            cost.usual = _compared(clip.path, {f"{height}p": work / f"{height}p.mp4" for height in USUAL_HEIGHTS})
        cost.playable_s = statistics.median(_make_playable(clip.path) for _ in range(PLAYABLE_TIMES))
        made = _publish(clip.path, cost, work)
        encoded = {one.plan.name: one.path for one in made if one.plan.video == "h264"}
        sizes = {one.plan.name: Made(one.size_bytes) for one in made}
        cost.renditions = sizes | _compared(clip.path, encoded)
    log.info("%s: through the engine", clip.name)
    return cost


def _compared(clip: Path, encoded: dict[str, Path]) -> dict[str, Made]:
    alike = ssim(clip, list(encoded.values())) if encoded else []
    return {name: Made(path.stat().st_size, value) for (name, path), value in zip(encoded.items(), alike, strict=True)}


def _run(command: str, clip: Path, folder: Path) -> float:
    with counting() as spent:
        subprocess.run(command.format(clip=clip).split(), check=True, cwd=folder)
    return spent()


def plays_from_its_parts(recording: Path) -> bool:
    """Return whether a recording is sure to play as it was recorded; one that lost sound on a busy machine is not."""
    return _segments(cut(recording.read_bytes())) is not None


def _make_playable(clip: Path) -> float:
    """Return what it costs to play a recording from its own parts: each is indexed, and a playlist made of the rows."""
    contents = cut(clip.read_bytes())
    with counting() as spent:
        recorded = _segments(contents)
    if recorded is None:
        raise RuntimeError(f"{clip.name} does not play from its parts")
    return spent()


def _segments(contents: Sequence[bytes]) -> Recorded | None:
    parts: list[Part] = []
    for content in contents:
        begun_by = parts[0].index if parts else None
        parts.append(Part(len(content), index_part(content[:HEAD_BYTES], len(content), begun_by)))
    return segments_of(parts)


def _publish(clip: Path, cost: Cost, folder: Path) -> list[MadeRendition]:
    """Return all renditions, made as a worker makes them, and note what each step cost; pictures are made, too."""
    ffmpeg = find_ffmpeg(None)

    def step(name: str, work: Callable[[Path], Any]) -> Any:
        place = folder / name
        place.mkdir()
        with counting() as spent:
            result = work(place)
        cost.steps[name] = spent()
        return result

    info = step("probe", lambda place: probe(clip, folder=place))
    plan = plan_publication(info)
    levelling = Levelling()
    made: list[MadeRendition] = []
    for item in (*plan.fast, *plan.slow):
        if item.encodes and "sound" not in cost.steps:
            heard = step("sound", lambda place: listen(clip, info, folder=place, ffmpeg_path=ffmpeg))
            levelling = heard.levelling
        made.append(step(item.name, _rendition(clip, info, levelled(item, levelling), ffmpeg)))
    if plan.rungs:
        rungs = [levelled(item, levelling) for item in plan.rungs]
        made += step("rungs", lambda place: make_ladder(clip, info, rungs, folder=place, ffmpeg_path=ffmpeg))
    for name, make in (("poster", make_poster), ("storyboard", make_storyboard), ("preview", make_preview)):
        step(name, _picture(make, clip, info, ffmpeg))
    return made


def _rendition(clip: Path, info: SourceInfo, item: RenditionPlan, ffmpeg: Path) -> Callable[[Path], MadeRendition]:
    return lambda place: make_rendition(clip, info, item, folder=place, ffmpeg_path=ffmpeg)


def _picture(make: Callable[..., Any], clip: Path, info: SourceInfo, ffmpeg: Path) -> Callable[[Path], Any]:
    return lambda place: make(clip, info, folder=place, ffmpeg_path=ffmpeg)
