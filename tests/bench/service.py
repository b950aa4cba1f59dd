"""What a running installation does with a recording: how soon it plays after Stop, and what requests and workers cost.

Its parts are sent one by one, as the recorder sends them, and Stop comes when all of them are confirmed.
"""

import hashlib
import json
import logging
import os
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.bench.clips import Clip
from tests.fragments import cut
from tests.installation import Installation, fetch
from tests.processes import children_of, cpu_seconds, pids_below

log = logging.getLogger(__name__)

LONGEST_WORK_S = 3600.0
QUIET_S = 2.0
QUEUES = ("publish", "transcode")


@dataclass(frozen=True)
class Published:
    """How long a clip took from Stop to playable and to ready, and the CPU seconds of the web and of the workers.

    The requests are all before Stop, `stop` is the one that completes the upload. The workers' seconds are until they
    have nothing left to do.
    """

    clip: Clip
    playable_s: float
    ready_s: float
    requests_cpu_s: float
    stop_cpu_s: float
    workers_cpu_s: float


class Client:
    """A program with a token, as an owner would write one."""

    def __init__(self, installation: Installation, token: str) -> None:
        self.installation = installation
        self.headers = {"Authorization": f"Bearer {token}"}

    def pids(self, words: str) -> list[int]:
        """Return the installation's processes whose command line has `words`."""
        assert self.installation.process is not None
        return pids_below(self.installation.process.pid, words)

    def first_pids(self, words: str) -> list[int]:
        """Return those of them that the supervisor started itself."""
        return [pid for pid in self.pids(words) if os.getpgid(pid) == pid]

    def workers(self) -> dict[int, str]:
        """Return the process of each worker, with the name of its queue."""
        return {pid: queue for queue in QUEUES for pid in self.first_pids(f"--queues {queue}")}

    def call(self, method: str, path: str, data: Any = None) -> Any:
        answer = self.installation.call(method, path, data=data, **self.headers)
        if answer.status >= 400:
            raise RuntimeError(f"{method} {path}: {answer.status} {answer.body[:300]!r}")
        return json.loads(answer.body) if answer.body else None

    def begin(self, source: dict[str, Any]) -> tuple[str, str, int]:
        """Return the new video's id, the address of its upload, and how large a part of a file is."""
        made = self.call("POST", "/api/v1/videos/", {"title": "Bench", "source": source})
        return made["id"], f"/api/v1/uploads/{made['upload']['id']}", made["upload"]["part_size_bytes"]

    def send(self, upload: str, pieces: Sequence[bytes], *, first: int = 1) -> None:
        """Send parts that are numbered from `first` on, promised and confirmed together."""
        numbered = dict(enumerate(pieces, start=first))
        promises = [
            {"number": number, "size_bytes": len(piece), "sha256": hashlib.sha256(piece).hexdigest()}
            for number, piece in numbered.items()
        ]
        for part in self.call("POST", f"{upload}/parts/", {"parts": promises})["parts"]:
            stored = fetch(part["method"], part["url"], body=numbered[part["number"]], headers=part["headers"])
            if stored.status >= 300:
                raise RuntimeError(f"part {part['number']}: {stored.status} {stored.body[:300]!r}")
        self.call("POST", f"{upload}/parts/", {"stored": list(numbered)})

    def send_recording(self, clip: Clip, *, at_once: int = 1) -> tuple[str, str, dict[str, Any]]:
        """Return the video's id, the upload's address, and what completes it, once all parts are confirmed."""
        video, upload, _size = self.begin({"kind": "recording", "content_type": "video/mp4"})
        parts = cut(clip.path.read_bytes())
        for start in range(0, len(parts), at_once):
            self.send(upload, parts[start : start + at_once], first=start + 1)
        sizes = [{"number": number, "size_bytes": len(piece)} for number, piece in enumerate(parts, start=1)]
        return video, upload, {"parts": sizes, "recorded_ms": round(clip.seconds * 1000)}

    def wait_until_ready(self, video: str) -> tuple[float, float]:
        """Return the times, by the monotonic clock, at which it was seen to play and to be ready."""
        playable_at = None
        deadline = time.monotonic() + LONGEST_WORK_S
        while time.monotonic() < deadline:
            told = self.call("GET", f"/api/v1/videos/{video}/playback/")
            if told["playable"] and playable_at is None:
                playable_at = time.monotonic()
            if told["status"] == "failed":
                break
            if told["status"] == "ready" and playable_at is not None:
                return playable_at, time.monotonic()
            time.sleep(0.05)
        raise RuntimeError(f"never ready: {told}")

    def wait_until_quiet(self) -> None:
        """Return once no worker has run a process for a while: pictures and sound may come after ready."""
        deadline = time.monotonic() + LONGEST_WORK_S
        quiet_since = time.monotonic()
        while time.monotonic() - quiet_since < QUIET_S:
            if time.monotonic() > deadline:
                raise RuntimeError("the workers never end")
            if any(len(list(children_of(pid))) > 1 for pid in self.workers()):
                quiet_since = time.monotonic()
            time.sleep(0.05)


@contextmanager
def running(folder: Path) -> Iterator[Client]:
    """Yield a client of an installation that runs in this folder."""
    installation = Installation(folder)
    try:
        installation.start()
        installation.manage("adduser", "ana@example.com", "--password", "correct horse battery")
        yield Client(installation, installation.manage("createtoken", "ana@example.com")[-1])
    finally:
        installation.kill()


def measure_publishing(client: Client, clip: Clip) -> Published:
    """Publish a recording whose parts are all there when it is stopped."""
    web, workers = client.first_pids("gunicorn"), client.workers()

    def cpu(pids: Sequence[int]) -> float:
        return sum(map(cpu_seconds, pids))

    web_before, workers_before = cpu(web), cpu(list(workers))
    video, upload, complete = client.send_recording(clip)
    web_sent = cpu(web)
    started = time.monotonic()
    client.call("POST", f"{upload}/complete/", complete)
    web_stopped = cpu(web)
    playable_at, ready_at = client.wait_until_ready(video)
    client.wait_until_quiet()
    log.info("%s: published", clip.name)
    return Published(
        clip=clip,
        playable_s=playable_at - started,
        ready_s=ready_at - started,
        requests_cpu_s=web_sent - web_before,
        stop_cpu_s=web_stopped - web_sent,
        workers_cpu_s=cpu(list(workers)) - workers_before,
    )


def measure(clips: Sequence[Clip], folder: Path) -> list[Published]:
    """Publish each of these clips, one after the other."""
    with running(folder) as client:
        measure_publishing(client, clips[0])  # warms what the first job of a worker has to import
        return [measure_publishing(client, clip) for clip in clips]
