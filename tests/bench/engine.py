"""What the engine spends on a recording, step by step, beside the least that one can do and what others do.

CPU seconds (user and system) of all processes that a step started, read when it has ended; the steps are those of a
worker, called without one.
"""

import resource
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
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
from media.recorded import HEAD_BYTES, Part, index_part, segments_of
from tests.bench.clips import make_clip
from tests.fragments import cut

FLOOR = "ffmpeg -i {clip} -c copy -movflags +faststart floor.mp4"
USUAL = (
    "ffmpeg -i {clip} -filter_complex [0:v]split=3[a][b][c];[b]scale=1280:720[b2];[c]scale=854:480[c2]"
    " -map [a] -map 0:a -map [b2] -map 0:a -map [c2] -map 0:a -c:v libx264 -preset veryfast -crf 23 -fps_mode vfr"
    " -force_key_frames expr:gte(t,n_forced*2) -c:a aac -b:a 128k -f null -"
)


@dataclass
class Cost:
    """What one clip cost: CPU seconds a step, bytes and SSIM a rendition; SSIM is None for what is copied."""

    kind: str
    seconds: int
    bytes_in: int
    floor_s: float = 0.0
    usual_s: float | None = None
    playable_s: float = 0.0
    steps: dict[str, float] = field(default_factory=dict)
    renditions: dict[str, tuple[int, float | None]] = field(default_factory=dict)

    @property
    def total_s(self) -> float:
        """Return the CPU seconds of all steps."""
        return self.playable_s + sum(self.steps.values())

    def per_minute(self, seconds: float) -> float:
        """Return so many CPU seconds for each recorded minute."""
        return seconds * 60 / self.seconds


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


def measure(kind: str, seconds: int, folder: Path, *, with_usual: bool) -> Cost:
    """Return what the clip of this kind and length costs."""
    clip = make_clip(kind, seconds, folder)
    cost = Cost(kind, seconds, clip.stat().st_size)
    with tempfile.TemporaryDirectory(dir=folder) as name:
        work = Path(name)
        cost.floor_s = _run(FLOOR, clip, work)
        if with_usual:
            cost.usual_s = _run(USUAL, clip, work)
        cost.playable_s = _make_playable(clip)
        _publish(clip, cost, work)
    return cost


def _run(command: str, clip: Path, folder: Path) -> float:
    arguments = command.format(clip=clip).split()
    with counting() as spent:
        subprocess.run([*arguments[:1], "-v", "error", "-y", *arguments[1:]], check=True, cwd=folder)
    return spent()


def _make_playable(clip: Path) -> float:
    """Return what it costs to play a recording from its own parts: each is indexed, and a playlist made of the rows."""
    contents = cut(clip.read_bytes())
    with counting() as spent:
        parts: list[Part] = []
        for content in contents:
            begun_by = parts[0].index if parts else None
            parts.append(Part(len(content), index_part(content[:HEAD_BYTES], len(content), begun_by)))
        recorded = segments_of(parts)
    if recorded is None:
        raise RuntimeError(f"{clip.name} does not play from its parts")
    return spent()


def _publish(clip: Path, cost: Cost, folder: Path) -> None:
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
    for item in (*plan.fast, *plan.slow):
        if item.encodes and "sound" not in cost.steps:
            heard = step("sound", lambda place: listen(clip, info, folder=place, ffmpeg_path=ffmpeg))
            levelling = heard.levelling
        made = step(item.name, _rendition(clip, info, levelled(item, levelling), ffmpeg))
        _note(made, clip, cost)
    if plan.rungs:
        rungs = [levelled(item, levelling) for item in plan.rungs]
        ladder = step("rungs", lambda place: make_ladder(clip, info, rungs, folder=place, ffmpeg_path=ffmpeg))
        for made in ladder:
            _note(made, clip, cost)
    for name, make in (("poster", make_poster), ("storyboard", make_storyboard), ("preview", make_preview)):
        step(name, _picture(make, clip, info, ffmpeg))


def _rendition(clip: Path, info: SourceInfo, item: RenditionPlan, ffmpeg: Path) -> Callable[[Path], MadeRendition]:
    return lambda place: make_rendition(clip, info, item, folder=place, ffmpeg_path=ffmpeg)


def _picture(make: Callable[..., Any], clip: Path, info: SourceInfo, ffmpeg: Path) -> Callable[[Path], Any]:
    return lambda place: make(clip, info, folder=place, ffmpeg_path=ffmpeg)


def _note(made: MadeRendition, clip: Path, cost: Cost) -> None:
    ssim = _ssim(made.path, clip, made.plan.width, made.plan.height) if made.plan.video == "h264" else None
    cost.renditions[made.plan.name] = (made.size_bytes, ssim)
    made.path.unlink()


def _ssim(made: Path, clip: Path, width: int, height: int) -> float:
    """Return how alike the pictures are, 0 to 1: frame by frame, the clip scaled to the rendition's size."""
    by_number = "settb=1/1000,setpts=N"
    graph = f"[0:v]{by_number}[made];[1:v]{by_number},scale={width}:{height}[clip];[made][clip]ssim"
    command = ["ffmpeg", "-hide_banner", "-nostats", "-i", made, "-i", clip, "-filter_complex", graph]
    said = subprocess.run(
        [*map(str, command), "-fps_mode", "passthrough", "-f", "null", "-"], capture_output=True, text=True, check=True
    )
    return float(said.stderr.rpartition("All:")[2].split()[0])


def report(costs: list[Cost]) -> list[str]:
    """Return the lines of docs/performance.md that say what the engine spends."""
    names = list(dict.fromkeys(name for cost in costs for name in cost.steps))
    lines = [
        "## What publishing costs",
        "",
        "CPU seconds of the engine for each recorded minute, in one run; 1080p, H.264 and Opus, drawn by",
        "`tests/bench/clips.py`: a *screen* that is read and scrolled, a *face*, and a *mix* of both. *Playable* is",
        "all that is done before a recording plays from its own parts. The floor, and what is usual (three rungs,",
        "encoded anew), are",
        "",
        f"    {FLOOR.format(clip='clip.mp4')}",
        f"    {USUAL.format(clip='clip.mp4')}",
        "",
        "| clip | MB | playable | " + " | ".join(names) + " | all | floor | usual | all : usual |",
        "|---|--:|--:|" + "--:|" * len(names) + "--:|--:|--:|--:|",
    ]
    for cost in costs:
        minute = cost.per_minute
        steps = [f"{minute(cost.steps[name]):.2f}" if name in cost.steps else "" for name in names]
        usual = "" if cost.usual_s is None else f"{minute(cost.usual_s):.1f}"
        share = "" if cost.usual_s is None else f"{cost.total_s / cost.usual_s:.2f}"
        lines.append(
            f"| {cost.kind}, {cost.seconds} s | {cost.bytes_in / 1e6:.1f} | {minute(cost.playable_s):.4f} | "
            f"{' | '.join(steps)} | {minute(cost.total_s):.1f} | {minute(cost.floor_s):.2f} | {usual} | {share} |"
        )
    lines += [
        "",
        "What comes out, and how alike encoded pictures are to the clip at their size (SSIM, ffmpeg's `ssim`):",
        "",
        "| clip | rendition | MB | SSIM |",
        "|---|---|--:|--:|",
    ]
    for cost in costs:
        for name, (size_bytes, ssim) in cost.renditions.items():
            alike = "copied" if ssim is None else f"{ssim:.4f}"
            lines.append(f"| {cost.kind}, {cost.seconds} s | {name} | {size_bytes / 1e6:.1f} | {alike} |")
    return lines
