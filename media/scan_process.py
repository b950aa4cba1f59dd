"""Starts `scan.py` as a limited child and returns what it printed. The requests it understands are made here."""

import json
import sys
from pathlib import Path
from typing import Any

from media.containers import Container, decoders_of
from media.errors import EngineFailed
from media.runner import Command, Limits, run

_RUN = "import sys; sys.path.append(sys.argv[1]); from media import scan; scan.main(*sys.argv[2:])"
"""`-I` hides the folder that one stands in, and what is in the environment."""

_ROOT = Path(__file__).parents[1]

WALL_SECONDS = 120
"""A scan reads the file once and decodes nothing: 10 GB at 100 MB/s take 100 s."""

CPU_SECONDS = 60
"""Three hours of packets (about 850,000) take under 10 s of Python; more is a file made to be slow."""

LONG_HOLE_MS = 300_000
"""From where on the silence in a sound costs too much memory to be made in one go: 0.7 MB a second of two channels."""


def probe(path: Path, container: Container, *, folder: Path, max_ms: int) -> dict[str, Any]:
    """Return what one file holds, as `scan.probe` reports it. EngineFailed when the child died or ran into a limit."""
    return _ask("probe", _request(path, container, max_ms), folder)


def compare(
    source: Path,
    source_container: Container,
    rendition: Path,
    rendition_container: Container,
    *,
    by: str,
    folder: Path,
    max_ms: int,
) -> dict[str, Any]:
    """Return packet counts and timestamp differences of two files, as `scan.compare` reports them.

    `by` is the kind of stream ("video" or "audio") whose starts are laid on each other.
    """
    request = {
        "by": by,
        "source": _request(source, source_container, max_ms),
        "rendition": _request(rendition, rendition_container, max_ms),
    }
    return _ask("compare", request, folder)


def _request(path: Path, container: Container, max_ms: int) -> dict[str, Any]:
    return {
        "path": str(path.resolve()),
        "demuxer": container.demuxer,
        "formats": container.formats,
        "decoders": decoders_of(container),
        "drops_torn_packets": container.drops_torn_packets,
        "has_presentation_times": container.has_presentation_times,
        "clock_jumps": container.clock_jumps,
        "video_codecs": sorted(container.video_codecs),
        "audio_codecs": sorted(container.audio_codecs),
        "max_us": max_ms * 1000,
        "long_hole_us": LONG_HOLE_MS * 1000,
    }


def _ask(mode: str, request: dict[str, Any], folder: Path) -> dict[str, Any]:
    argv = (sys.executable, "-I", "-c", _RUN, str(_ROOT), mode, json.dumps(request))
    outcome = run(
        Command(argv, purpose=f"scan ({mode})"),
        folder=folder,
        limits=Limits(wall_seconds=WALL_SECONDS, cpu_seconds=CPU_SECONDS, file_bytes=0),
    )
    try:
        answer = json.loads(outcome.stdout)
    except ValueError as error:
        raise EngineFailed("The scan answered no JSON.", stderr_tail=outcome.stderr_tail) from error
    if not isinstance(answer, dict):
        raise EngineFailed("The scan answered something else.", stderr_tail=outcome.stderr_tail)
    return answer
