"""What a running installation does: how soon a recording plays after Stop, and the memory of an upload."""

import hashlib
import json
import os
import resource
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.fragments import cut
from tests.installation import Installation, fetch
from tests.processes import cpu_seconds, pids_below, pss_bytes

PART_SECONDS = 2
BIG_BYTES = 2_000_000_000


@dataclass(frozen=True)
class Published:
    """How long a recording took from complete to playable and to ready, and the CPU seconds of the workers."""

    seconds: int
    bytes_in: int
    playable_s: float
    stop_cpu_s: float  # of the request that completes the upload, after which it plays
    ready_s: float
    worker_cpu_s: float
    copy_s: float
    copy_cpu_s: float


def make_recording(folder: Path, seconds: int) -> Path:
    """Write a recording as our recorder makes it: H.264 and Opus, a fragment each 2 s, 1080p30, a moving screen."""
    path = folder / f"recording-{seconds}.mp4"
    picture = f"-f lavfi -i testsrc2=size=1920x1080:rate=30 -f lavfi -i sine=frequency=300:duration={seconds}"
    how = "-c:v libx264 -preset ultrafast -crf 30 -g 60 -pix_fmt yuv420p -c:a libopus -b:a 64k -movflags"
    arguments = f"{picture} -t {seconds} {how} frag_keyframe+empty_moov+default_base_moof".split()
    subprocess.run(["ffmpeg", "-v", "error", "-y", *arguments, str(path)], check=True)
    return path


class Client:
    """A program with a token, as an owner would write one."""

    def __init__(self, installation: Installation, token: str) -> None:
        self.installation = installation
        self.headers = {"Authorization": f"Bearer {token}"}

    def pids(self, words: str) -> list[int]:
        """Return the installation's processes whose command line has `words`."""
        assert self.installation.process is not None
        return pids_below(self.installation.process.pid, words)

    def call(self, method: str, path: str, data: Any = None) -> Any:
        answer = self.installation.call(method, path, data=data, **self.headers)
        if answer.status >= 400:
            raise RuntimeError(f"{method} {path}: {answer.status} {answer.body[:300]!r}")
        return json.loads(answer.body) if answer.body else None

    def begin(self, source: dict[str, Any]) -> tuple[str, str, int]:
        made = self.call("POST", "/api/v1/videos/", {"title": "Bench", "source": source})
        return made["id"], f"/api/v1/uploads/{made['upload']['id']}", made["upload"]["part_size_bytes"]

    def send(self, upload: str, number: int, piece: bytes) -> None:
        promise = {"number": number, "size_bytes": len(piece), "sha256": hashlib.sha256(piece).hexdigest()}
        (part,) = self.call("POST", f"{upload}/parts/", {"parts": [promise]})["parts"]
        stored = fetch(part["method"], part["url"], body=piece, headers=part["headers"])
        if stored.status >= 300:
            raise RuntimeError(f"part {number}: {stored.status} {stored.body[:300]!r}")
        self.call("POST", f"{upload}/parts/", {"stored": [number]})


def plain_copy(path: Path, folder: Path) -> tuple[float, float]:
    """Return wall and CPU seconds of `ffmpeg -c copy` on the same file: the floor."""
    before, started = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    target = folder / "floor.mp4"
    subprocess.run(["ffmpeg", "-v", "error", "-y", "-i", str(path), "-c", "copy", str(target)], check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return time.monotonic() - started, cpu


def measure_publishing(client: Client, folder: Path, seconds: int) -> Published:
    """Publish a recording whose parts are all there when it is stopped."""
    path = make_recording(folder, seconds)
    video, upload, _size = client.begin({"kind": "recording", "content_type": "video/mp4"})
    parts = cut(path.read_bytes())
    for number, piece in enumerate(parts, start=1):
        client.send(upload, number, piece)
    workers = [pid for queue in ("publish", "transcode") for pid in client.pids(f"--queues {queue}")]
    cpu_before = sum(cpu_seconds(pid) for pid in workers if os.getpgid(pid) == pid)
    started = time.monotonic()
    sizes = [{"number": number, "size_bytes": len(piece)} for number, piece in enumerate(parts, start=1)]
    web = [pid for pid in client.pids("gunicorn") if os.getpgid(pid) == pid]
    web_cpu_before = sum(map(cpu_seconds, web))
    client.call("POST", f"{upload}/complete/", {"parts": sizes, "recorded_ms": seconds * 1000})
    stop_cpu_s = sum(map(cpu_seconds, web)) - web_cpu_before
    playable_s = None
    while True:
        told = client.call("GET", f"/api/v1/videos/{video}/playback/")
        if told["playable"] and playable_s is None:
            playable_s = time.monotonic() - started
        if told["status"] in {"ready", "failed"}:
            break
        time.sleep(0.05)
    if told["status"] == "failed" or playable_s is None:
        raise RuntimeError(f"the recording failed: {told}")
    ready_s = time.monotonic() - started
    time.sleep(1)
    cpu_after = sum(cpu_seconds(pid) for pid in workers if os.getpgid(pid) == pid)
    copy_s, copy_cpu_s = plain_copy(path, folder)
    worker_cpu_s = cpu_after - cpu_before
    return Published(seconds, path.stat().st_size, playable_s, stop_cpu_s, ready_s, worker_cpu_s, copy_s, copy_cpu_s)


@contextmanager
def watching_memory(pids: list[int]) -> Iterator[list[int]]:
    """Yield a list that grows by the processes' PSS each tenth of a second."""
    seen: list[int] = []
    stop = threading.Event()

    def look() -> None:
        while not stop.wait(0.1):
            seen.append(pss_bytes(pids))

    thread = threading.Thread(target=look)
    thread.start()
    try:
        yield seen
    finally:
        stop.set()
        thread.join()


def measure_upload(client: Client, size_bytes: int) -> tuple[int, int, float]:
    """Return PSS of all web processes before, its peak while a file of this size goes up, and the seconds it took."""
    web = client.pids("gunicorn") or client.pids("videoshare.webserver")
    before = pss_bytes(web)
    _video, upload, part_size = client.begin({"kind": "file", "content_type": "video/mp4", "size_bytes": size_bytes})
    started = time.monotonic()
    with watching_memory(web) as seen:
        for number, start in enumerate(range(0, size_bytes, part_size), start=1):
            piece = number.to_bytes(8, "big") * (part_size // 8)
            client.send(upload, number, piece[: min(part_size, size_bytes - start)])
    took = time.monotonic() - started
    client.call("DELETE", f"{upload}/")
    return before, max(seen, default=before), took


def measured(folder: Path) -> list[str]:
    """Return the lines of docs/performance.md about a running installation."""
    installation = Installation(folder / "installation")
    try:
        installation.start()
        installation.manage("adduser", "ana@example.com", "--password", "correct horse battery")
        client = Client(installation, installation.manage("createtoken", "ana@example.com")[-1])
        measure_publishing(client, folder, 10)  # warms what the first job of a worker has to import
        published = [measure_publishing(client, folder, seconds) for seconds in (10, 60, 600)]
        uploads = {size: measure_upload(client, size) for size in (BIG_BYTES // 20, BIG_BYTES)}
    finally:
        installation.kill()
    return report(published, uploads)


def report(published: list[Published], uploads: dict[int, tuple[int, int, float]]) -> list[str]:
    lines = [
        "## From stop to playable",
        "",
        "A recording as the recorder makes it (1080p30, H.264 and Opus, fragments of 2 s), all parts confirmed when",
        "it is stopped. It is playable when the request that completes the upload is answered: no worker has a part in",
        "it, *CPU of web* is what that request cost. *Ready* adds the packaged copy, the poster and the AAC sibling.",
        "The last columns are `ffmpeg -v error -y -i recording.mp4 -c copy floor.mp4` on the same file.",
        "",
        "| recorded | MB | playable after | CPU of web | ready after | CPU of workers | plain copy | CPU of it |",
        "|---|---|---|---|---|---|---|---|",
    ]
    lines += [
        f"| {one.seconds} s | {one.bytes_in / 1e6:.1f} | {one.playable_s:.2f} s | {one.stop_cpu_s:.2f} s "
        f"| {one.ready_s:.2f} s | {one.worker_cpu_s:.2f} s | {one.copy_s:.2f} s | {one.copy_cpu_s:.2f} s |"
        for one in published
    ]
    lines += [
        "",
        "## Memory while a file goes up",
        "",
        "PSS of all web processes together, sampled ten times a second; parts over the local store.",
        "",
        "| file | before | peak | seconds |",
        "|---|---|---|---|",
    ]
    lines += [
        f"| {size / 1e6:.0f} MB | {before / 1e6:.0f} MB | {peak / 1e6:.0f} MB | {took:.0f} |"
        for size, (before, peak, took) in uploads.items()
    ]
    return lines
