"""`make bench`: what publishing and uploading cost, side by side with the floor. Writes docs/performance.md.

Wall-clock seconds depend on the machine and on what else it does; CPU seconds and ratios of one run are what to
compare. Words after it choose parts, and print them without writing: `python -m tests.bench engine`.
"""

import os
import subprocess
import sys
import tempfile
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import av

from tests.bench import engine, service
from tests.bench.clips import KINDS
from tests.installation import ROOT

RESULTS = ROOT / "docs" / "performance.md"
LENGTHS_S = (10, 60, 600)
LONGEST_OF_USUAL_S = 60  # ten minutes of it would take three quarters of an hour, and cost ten times as much


def head() -> list[str]:
    return [
        "# Performance",
        "",
        f"Written by `make bench` on {datetime.now(UTC):%Y-%m-%d}; {os.cpu_count()} cores, "
        f"Python {sys.version.split()[0]}, PyAV {av.__version__}, ffmpeg {ffmpeg_version()}. Seconds are of a machine "
        "that does other things, too: compare within one run.",
        "",
    ]


def engine_part(folder: Path) -> list[str]:
    costs = [
        engine.measure(kind, seconds, folder, with_usual=seconds <= LONGEST_OF_USUAL_S)
        for kind in KINDS
        for seconds in LENGTHS_S
    ]
    return engine.report(costs)


PARTS: dict[str, Callable[[Path], list[str]]] = {"service": service.measured, "engine": engine_part}


def ffmpeg_version() -> str:
    said = subprocess.run(["ffmpeg", "-version"], capture_output=True, text=True, check=True).stdout
    return said.split()[2]


def main() -> None:
    """Measure what the command line names, else everything, and then write it down."""
    wanted = sys.argv[1:] or list(PARTS)
    with tempfile.TemporaryDirectory(prefix="videoshare-bench-") as name:
        parts = [PARTS[part](Path(name)) for part in wanted]
    text = "\n".join([*head(), *("\n".join([*lines, ""]) for lines in parts)])
    sys.stdout.write(text)
    if not sys.argv[1:]:
        RESULTS.write_text(text)


if __name__ == "__main__":
    main()
