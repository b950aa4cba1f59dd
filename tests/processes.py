"""What processes cost: those below one, their memory and their CPU seconds, as Linux tells them."""

import os
from collections.abc import Iterator
from pathlib import Path

CLOCK_TICKS = os.sysconf("SC_CLK_TCK")


def children_of(pid: int) -> Iterator[int]:
    """Yield the process and all below it."""
    yield pid
    try:
        below = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    except OSError:
        return
    for child in below:
        yield from children_of(int(child))


def cpu_seconds(pid: int) -> float:
    """Return user and system seconds of the processes below `pid`, those they have waited for included."""
    total = 0
    for one in children_of(pid):
        try:
            fields = Path(f"/proc/{one}/stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue
        total += sum(int(field) for field in fields[11:15])
    return total / CLOCK_TICKS


def pss_bytes(pids: list[int]) -> int:
    """Return the proportional set size of the processes together."""
    total = 0
    for pid in pids:
        try:
            lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
        except OSError:
            continue
        total += sum(int(line.split()[1]) * 1024 for line in lines if line.startswith("Pss:"))
    return total


def pids_below(pid: int, words: str) -> list[int]:
    """Return the processes below `pid`, itself included, whose command line has `words`."""
    found = []
    for one in children_of(pid):
        try:
            command = Path(f"/proc/{one}/cmdline").read_bytes().replace(b"\0", b" ").decode()
        except OSError:
            continue
        if words in command:
            found.append(one)
    return found


def pids_naming(text: str) -> list[int]:
    """Return the processes with an argument that has `text` in it."""
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            words = (entry / "cmdline").read_bytes()
        except OSError:
            continue
        if text.encode() in words:
            found.append(int(entry.name))
    return found
