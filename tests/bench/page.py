"""docs/performance.md: what was measured, for a person who decides whether to host this."""

from collections.abc import Sequence

from tests.bench.engine import FLOOR, USUAL, USUAL_HEIGHTS, Cost, Made, command_line
from tests.bench.goals import Verdict
from tests.bench.memory import Memory
from tests.bench.pieces import Way
from tests.bench.service import Published

NONE = ""


def table(head: Sequence[str], rows: Sequence[Sequence[str]], *, words: int = 1) -> list[str]:
    """Return a table whose first columns, so many as `words`, hold words and the others figures."""
    ruler = ["---"] * words + ["--:"] * (len(head) - words)
    return [f"| {' | '.join(row)} |" for row in (head, ruler, *rows)]


def goals(verdicts: Sequence[Verdict]) -> list[str]:
    return [
        "## Goals",
        "",
        "| goal | worst or each of | measured | |",
        "|---|---|--:|---|",
        *(verdict.row for verdict in verdicts),
    ]


def costs_and_times(costs: Sequence[Cost], published: Sequence[Published]) -> list[str]:
    """Return the main table: each clip through the engine alone and through a running installation."""
    engine = {cost.clip.name: cost for cost in costs}
    running = {one.clip.name: one for one in published}
    rows = []
    for name in engine | running:
        cost, one = engine.get(name), running.get(name)
        times = [f"{one.playable_s:.2f}", f"{one.ready_s:.1f}"] if one else [NONE] * 2
        rows.append([name, *times, *_by_engine(cost), *_by_installation(one)])
    return [
        "## What a recording costs, and when it plays",
        "",
        "1080p, H.264 and Opus, a fragment each 2 s, as the recorder makes it: a *screen* that is read and scrolled, a",
        "*face*, and a *mix* of both, drawn by `tests/bench/clips.py`; and *chromium*, screen and camera recorded by a",
        "real Chromium on the recorder's page (`tests/bench/chromium.py`: a drawn page in a tab, its fake camera).",
        "",
        "*Seconds* are by the clock, from Stop, all parts being confirmed, in a running installation. Then, CPU",
        "seconds for each recorded minute of the engine alone: *until it plays* is all that is done before a recording",
        "plays from its own parts; *all* adds every rendition, the sound and the pictures. The *floor* is a plain",
        "copy, the *usual* ladder three rungs encoded anew (commands below; left out for ten minutes, which take it",
        "longer than all the rest). Last, in the running installation: CPU seconds of its *workers* and of its",
        "*requests* before Stop, for each recorded minute, and those of the one request that is *Stop*.",
        "",
        *table(
            [
                "clip",
                "s to playable",
                "s to ready",
                "CPU: until it plays",
                "all",
                "floor",
                "usual",
                "all : usual",
                "CPU: workers",
                "requests",
                "Stop, in all",
            ],
            rows,
        ),
    ]


def _by_engine(cost: Cost | None) -> list[str]:
    if cost is None:
        return [NONE] * 5
    minute = cost.clip.per_minute
    ours = [f"{minute(cost.playable_s):.4f}", f"{minute(cost.total_s):.1f}", f"{minute(cost.floor_s):.2f}"]
    if cost.usual_s is None:
        return [*ours, NONE, NONE]
    return [*ours, f"{minute(cost.usual_s):.1f}", f"{cost.total_s / cost.usual_s:.2f}"]


def _by_installation(one: Published | None) -> list[str]:
    if one is None:
        return [NONE] * 3
    minute = one.clip.per_minute
    return [f"{minute(one.workers_cpu_s):.1f}", f"{minute(one.requests_cpu_s):.2f}", f"{one.stop_cpu_s:.2f}"]


def steps(costs: Sequence[Cost]) -> list[str]:
    """Return the table of the engine's steps."""
    names = list(dict.fromkeys(name for cost in costs for name in cost.steps))
    rows = [
        [
            cost.clip.name,
            *(f"{cost.clip.per_minute(cost.steps[name]):.2f}" if name in cost.steps else NONE for name in names),
        ]
        for cost in costs
    ]
    return [
        "## Step by step",
        "",
        "CPU seconds of the engine for each recorded minute.",
        "",
        *table(["clip", *names], rows),
    ]


def renditions(costs: Sequence[Cost]) -> list[str]:
    """Return the table of what comes out, ours and the usual one."""
    names = list(dict.fromkeys(name for cost in costs for name in cost.renditions))
    usual_names = [f"{height}p" for height in USUAL_HEIGHTS]
    rows = []
    for cost in costs:
        row = [cost.clip.name, f"{cost.clip.size_bytes / 1e6:.1f}"]
        row += [_made(cost.renditions.get(name)) for name in names]
        row.append(_sum(cost.renditions))
        row += [_made(cost.usual.get(name)) for name in usual_names]
        row.append(_sum(cost.usual))
        rows.append(row)
    head = ["clip", "recorded", *names, "in all", *(f"usual {name}" for name in usual_names), "in all"]
    return [
        "## What comes out",
        "",
        "MB, and SSIM (0 to 1, all planes, by ffmpeg's `ssim`) of pictures that were encoded; the others are copies.",
        "A rendition is compared at its own size with the recording scaled to that size (bicubic), frame by frame:",
        "what is measured is what the encoder lost, not what fewer pixels lose. Of what is longer than a minute, it is",
        "the first 1800 frames.",
        "",
        *table(head, rows),
    ]


def _made(made: Made | None) -> str:
    if made is None:
        return NONE
    alike = "" if made.ssim is None else f", {made.ssim:.4f}"
    return f"{made.size_bytes / 1e6:.1f}{alike}"


def _sum(made: dict[str, Made]) -> str:
    return f"{sum(one.size_bytes for one in made.values()) / 1e6:.1f}" if made else NONE


def memory(measured: Memory) -> list[str]:
    """Return what is said about memory and disk."""
    long_source = measured.long_source
    clip = long_source.clip
    return [
        "## Memory and disk",
        "",
        f"A recording of {clip.seconds / 3600:.1f} h ({clip.size_bytes / 1e6:.0f} MB, {clip.seconds / 2:.0f} fragments,"
        " small picture, a frame a second) is published: what is resident of each worker itself, without the processes",
        f"it starts, by the kernel's mark of the most. It played after {long_source.playable_s:.1f} s, was ready after",
        f"{long_source.ready_s:.0f} s, and held at most {long_source.disk_bytes / 1e6:.0f} MB in its work folders,",
        f"{long_source.disk_bytes / clip.size_bytes:.1f} times the recording.",
        "",
        *table(
            ["worker", "idle", "peak"],
            [
                [worker.queue, f"{worker.idle_bytes / 1e6:.0f} MB", f"{worker.peak_bytes / 1e6:.0f} MB"]
                for worker in long_source.workers
            ],
        ),
        "",
        "While a file goes up: PSS of all web processes together, sampled ten times a second; parts over the local",
        "store.",
        "",
        *table(
            ["file", "before", "peak", "seconds"],
            [
                [
                    f"{file.size_bytes / 1e6:.0f} MB",
                    f"{file.before_bytes / 1e6:.0f} MB",
                    f"{file.peak_bytes / 1e6:.0f} MB",
                    f"{file.seconds:.0f}",
                ]
                for file in measured.files
            ],
        ),
    ]


def in_pieces(ways: Sequence[Way], kind: str, seconds: int) -> list[str]:
    """Return the table of what encoding in pieces costs; the first of `ways` is in one."""
    whole = ways[0]
    return [
        "## In pieces",
        "",
        f"The rungs of a {kind} of {seconds} s, encoded by jobs of one thread each (`tests/bench/pieces.py`), so many",
        "at a time. Pieces include cutting, probing each one, the whole sound and joining; in an installation fetching",
        "and storing come on top, about half a second a piece.",
        "",
        *table(
            ["way", "pieces", "at a time", "CPU s", ": in one", "s by the clock", "in one :", "MB", "frames"],
            [
                [
                    way.name,
                    str(way.pieces),
                    str(way.workers),
                    f"{way.cpu_s:.1f}",
                    f"{way.cpu_s / whole.cpu_s:.2f}",
                    f"{way.clock_s:.1f}",
                    f"{whole.clock_s / way.clock_s:.2f}",
                    f"{way.size_bytes / 1e6:.1f}",
                    f"{way.frames:,}",
                ]
                for way in ways
            ],
        ),
    ]


def commands() -> list[str]:
    return [
        "## Commands",
        "",
        "The floor, and what is usual:",
        "",
        f"    {command_line(FLOOR)}",
        "",
        f"    {command_line(USUAL)}",
    ]
