"""`make bench`: what recordings cost, side by side with the floor and the usual. Writes docs/performance.md.

Wall-clock seconds depend on the machine and on what else it does; CPU seconds and ratios of one run are what to
compare. Words after it choose parts, kinds and lengths, and print instead of writing: `python -m tests.bench engine
--kinds screen --lengths 10`.
"""

import argparse
import logging
import os
import subprocess
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path

import av

from tests.bench import chart, chromium, engine, goals, memory, page, pieces, service
from tests.bench.clips import KINDS, MINUTE_S, Clip, make_clip
from tests.installation import ROOT

log = logging.getLogger(__name__)

DOCS = ROOT / "docs"
PAGE, CHART = "performance.md", "performance.svg"
PARTS = ("engine", "service", "pieces", "memory")
ALL_KINDS = (*KINDS, chromium.KIND)
LENGTHS_S = (10, 60, 600)
IN_PIECES = ("mix", 300)
LONGEST_OF_USUAL_S = 90  # ten minutes of it would take three quarters of an hour, and cost ten times as much


def head() -> list[str]:
    return [
        "# Performance",
        "",
        f"Written by `make bench` on {datetime.now(UTC):%Y-%m-%d}; {os.cpu_count()} cores, "
        f"Python {sys.version.split()[0]}, PyAV {av.__version__}, ffmpeg {ffmpeg_version()}. Seconds are of a machine "
        "that does other things, too: compare within one run.",
    ]


def ffmpeg_version() -> str:
    said = subprocess.run(["ffmpeg", "-version"], capture_output=True, text=True, check=True).stdout
    return said.split()[2]


def clips_of(kinds: list[str], lengths: list[int], folder: Path) -> list[Clip]:
    """Return the clips, made now. Chromium records in real time: once, for a minute at most."""
    made = [make_clip(kind, seconds, folder) for kind in kinds if kind in KINDS for seconds in lengths]
    if chromium.KIND in kinds:
        made.append(chromium.record(min(MINUTE_S, max(lengths)), folder))
    return made


def measured(wanted: argparse.Namespace, folder: Path) -> tuple[str, str]:
    """Return the page and the chart for what was asked."""
    clips = clips_of(wanted.kinds, wanted.lengths, folder) if {"engine", "service"} & set(wanted.parts) else []
    log.info("%d clips made", len(clips))
    costs, published, held = [], [], None
    if "engine" in wanted.parts:
        costs = [engine.measure(clip, folder, with_usual=clip.seconds <= LONGEST_OF_USUAL_S) for clip in clips]
    if "service" in wanted.parts:
        published = service.measure(clips, folder / "installation")
    cut = pieces.measure(make_clip(*IN_PIECES, folder), folder) if "pieces" in wanted.parts else []
    if "memory" in wanted.parts:
        held = memory.measure(folder, minutes=wanted.minutes, file_mb=wanted.file_mb)
    verdicts = [*goals.of_engine(costs), *([goals.of_memory(held)] if held else [])]
    sections = [head(), page.goals(verdicts)]
    if len({cost.clip.seconds for cost in costs}) > 1:
        sections.append([f"![CPU seconds for each recorded minute, by the length of the recording]({CHART})"])
    if clips:
        sections.append(page.costs_and_times(costs, published))
    if costs:
        sections += [page.steps(costs), page.renditions(costs)]
    if cut:
        sections.append(page.in_pieces(cut, *IN_PIECES))
    if held:
        sections.append(page.memory(held))
    sections.append(page.commands())
    return "\n".join("\n".join([*lines, ""]) for lines in sections), chart.draw(costs)


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("parts", nargs="*", metavar="part", help=f"what to measure, of {PARTS}; all if none is named")
    parser.add_argument("--kinds", nargs="+", choices=ALL_KINDS, default=list(ALL_KINDS))
    parser.add_argument("--lengths", nargs="+", type=int, default=list(LENGTHS_S), help="seconds of the drawn clips")
    parser.add_argument("--minutes", type=int, default=memory.TWO_HOURS_MIN, help="of the long source")
    parser.add_argument("--file-mb", type=int, default=memory.LARGE_FILE_MB, help="of the large file that goes up")
    parser.add_argument("--to", type=Path, help="the folder to write page and chart to")
    wanted = parser.parse_args()
    if unknown := set(wanted.parts) - set(PARTS):  # choices would refuse none at all (Python 3.11)
        parser.error(f"no such part: {', '.join(unknown)}")
    wanted.parts = wanted.parts or list(PARTS)
    if len(sys.argv) == 1:
        wanted.to = DOCS
    return wanted


def main() -> None:
    """Measure what the command line names, else everything, and then write it down."""
    wanted = arguments()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s", datefmt="%H:%M:%S")
    logging.getLogger("media").setLevel(logging.WARNING)  # each of its commands is a line otherwise
    with tempfile.TemporaryDirectory(prefix="videoshare-bench-") as name:
        text, drawn = measured(wanted, Path(name))
    sys.stdout.write(text)
    if wanted.to:
        wanted.to.mkdir(parents=True, exist_ok=True)
        (wanted.to / PAGE).write_text(text)
        (wanted.to / CHART).write_text(drawn)


if __name__ == "__main__":
    main()
