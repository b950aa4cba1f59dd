"""How much memory and disk it takes: a worker that publishes two hours, and the web while a large file goes up.

A worker's processes that decode and encode (ffmpeg, the scan) have limits of their own; what is looked at is the worker
itself, by the kernel's own mark of the most that was resident.
"""

import logging
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from tests.bench.clips import Clip, make_slow_clip
from tests.bench.service import Client, running
from tests.processes import pss_bytes

log = logging.getLogger(__name__)

TWO_HOURS_MIN = 120
PARTS_AT_ONCE = 100
LARGE_FILE_MB = 2000
SMALL_SHARE = 20
"""A file this much smaller goes up first: what the large one takes beyond it grows with the size."""


@dataclass(frozen=True)
class Worker:
    """Resident bytes of a worker before it had anything to do, and the most while it worked."""

    queue: str
    idle_bytes: int
    peak_bytes: int


@dataclass(frozen=True)
class LongSource:
    """A source of hours: the workers that published it, the most that their work folder held, and the seconds."""

    clip: Clip
    workers: list[Worker]
    disk_bytes: int
    playable_s: float
    ready_s: float


@dataclass(frozen=True)
class FileSent:
    """A file that went up: PSS of all web processes before and at most, and the seconds it took."""

    size_bytes: int
    before_bytes: int
    peak_bytes: int
    seconds: float


@dataclass(frozen=True)
class Memory:
    """All that is said about memory."""

    long_source: LongSource
    files: list[FileSent]


def measure(folder: Path, *, minutes: int, file_mb: int) -> Memory:
    """Measure with an installation of its own: a recording of so many minutes, and a file of so many megabytes."""
    clip = make_slow_clip(minutes, folder)
    with running(folder / "memory") as client:
        long_source = _publish(client, clip)
        large_bytes = file_mb * 1_000_000
        return Memory(long_source, [_send_file(client, size) for size in (large_bytes // SMALL_SHARE, large_bytes)])


def _publish(client: Client, clip: Clip) -> LongSource:
    video, upload, complete = client.send_recording(clip, at_once=PARTS_AT_ONCE)
    log.info("%s: sent", clip.name)
    workers = client.workers()
    idle = {pid: _resident_bytes(pid, "VmRSS") for pid in workers}
    for pid in workers:
        Path(f"/proc/{pid}/clear_refs").write_text("5")  # the mark starts again from here (man 5 proc)
    work = client.installation.folder / "data" / "work"
    started = time.monotonic()
    with watching(lambda: _disk_bytes(work)) as held:
        client.call("POST", f"{upload}/complete/", complete)
        playable_at, ready_at = client.wait_until_ready(video)
        client.wait_until_quiet()
    log.info("%s: published", clip.name)
    told = [Worker(queue, idle[pid], _resident_bytes(pid, "VmHWM")) for pid, queue in workers.items()]
    return LongSource(clip, told, max(held), playable_at - started, ready_at - started)


def _send_file(client: Client, size_bytes: int) -> FileSent:
    web = client.pids("gunicorn")
    before = pss_bytes(web)
    _video, upload, part_size = client.begin({"kind": "file", "content_type": "video/mp4", "size_bytes": size_bytes})
    started = time.monotonic()
    with watching(lambda: pss_bytes(web)) as seen:
        for number, start in enumerate(range(0, size_bytes, part_size), start=1):
            piece = number.to_bytes(8, "big") * (part_size // 8)
            client.send(upload, [piece[: min(part_size, size_bytes - start)]], first=number)
    took = time.monotonic() - started
    client.call("DELETE", f"{upload}/")
    log.info("file of %d bytes: sent", size_bytes)
    return FileSent(size_bytes, before, max(seen), took)


@contextmanager
def watching(look: Callable[[], int]) -> Iterator[list[int]]:
    """Yield a list that grows by what `look` returns each tenth of a second."""
    seen = [look()]
    stop = threading.Event()

    def go_on() -> None:
        while not stop.wait(0.1):
            seen.append(look())

    thread = threading.Thread(target=go_on)
    thread.start()
    try:
        yield seen
    finally:
        stop.set()
        thread.join()


def _resident_bytes(pid: int, name: str) -> int:
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith(f"{name}:"))


def _disk_bytes(folder: Path) -> int:
    """Return what the files below take of the disk; one that is removed meanwhile takes nothing."""
    total = 0
    for path in folder.rglob("*"):
        with suppress(FileNotFoundError):
            total += path.lstat().st_blocks * 512
    return total
