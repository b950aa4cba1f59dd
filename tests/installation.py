"""A whole installation as people run it: `python -m videoshare.supervisor` with its web, workers and clock."""

import fcntl
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from videoshare.programs import ending_with_us

ROOT = Path(__file__).parents[1]
START_SECONDS = 90.0  # a busy machine with two cores; here it takes about three
STOP_SECONDS = 30.0  # the supervisor's own 20 s and a bit


@dataclass
class Answer:
    """What a server answered: the body is bytes, `json` its value where it is JSON."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass
class Installation:
    """A running Videoshare with its data in `folder`; `variables` are its settings beyond port and folder."""

    folder: Path
    variables: dict[str, str] = field(default_factory=dict)
    port: int = 0
    output_from: int = 0
    process: "subprocess.Popen[bytes] | None" = None

    @property
    def url(self) -> str:
        return f"http://localhost:{self.port}"

    @property
    def output(self) -> str:
        """What it has printed since its last start."""
        return (self.folder / "output").read_bytes()[self.output_from :].decode(errors="replace")

    def with_database(self) -> "Installation":
        """Spare its first start the migrations, for tests that are about something else; test_whole_way.py has them."""
        put_database(self.folder / "data")
        return self

    def environment(self) -> dict[str, str]:
        """Return the environment of its processes: nothing of ours but what every program needs."""
        return {
            **needed_by_programs(),
            "PORT": str(self.port),
            "VIDEOSHARE_DATA": str(self.folder / "data"),
            **self.variables,
        }

    def start(self) -> "Installation":
        """Start it and wait until the address is printed. Raises AssertionError with its output when it is not."""
        self.port = self.port or free_port()
        self.folder.mkdir(parents=True, exist_ok=True)
        with (self.folder / "output").open("ab") as output:
            self.output_from = output.tell()
            self.process = subprocess.Popen(
                ending_with_us((sys.executable, "-m", "videoshare.supervisor")),  # also when a test run is killed
                cwd=ROOT,
                env=self.environment(),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self.wait_for_line(r"Ctrl-C stops it")
        return self

    def wait_for_line(self, pattern: str) -> str:
        """Return the match of `pattern` in the output, once it is there."""
        deadline = time.monotonic() + START_SECONDS
        while not (match := re.search(pattern, self.output)):
            assert self.process is not None
            assert self.process.poll() is None, f"it ended:\n{self.output}"
            assert time.monotonic() < deadline, f"no {pattern!r} in:\n{self.output}"
            time.sleep(0.05)
        return match.group(0)

    def stop(self, number: int = signal.SIGTERM) -> int:
        """Stop it as Ctrl-C does, and return its exit code."""
        assert self.process is not None
        if self.process.poll() is None:
            self.process.send_signal(number)
        return self.process.wait(timeout=STOP_SECONDS)

    def kill(self) -> None:
        """End whatever is left, after a test that failed."""
        if self.process is not None and self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(timeout=STOP_SECONDS)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()

    def manage(self, *words: str) -> list[str]:
        """Return the lines that a management command prints. Raises CalledProcessError."""
        done = subprocess.run(
            [sys.executable, "manage.py", *words],
            cwd=ROOT,
            env=self.environment(),
            capture_output=True,
            text=True,
            check=True,
        )
        return done.stdout.splitlines()

    def call(self, method: str, path: str, *, data: Any = None, **headers: str) -> Answer:
        """Return the answer of the API to a JSON request; header names are written with underscores."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        body = None
        if data is not None:
            body, named["Content-Type"] = json.dumps(data).encode(), "application/json"
        return fetch(method, self.url + path, body=body, headers=named)


def put_database(data: Path) -> None:
    """Put a database with all migrations and nothing else into a data folder.

    They take five seconds: they run once a test run, for all processes of it, in a folder that goes with the run.
    """
    kept = Path(os.environ["TESTS_DATA"]) / "migrated"
    with kept.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not kept.exists():
            making = kept.with_suffix(".making")
            environment = {**needed_by_programs(), "VIDEOSHARE_DATA": str(making)}
            subprocess.run([sys.executable, "-m", "videoshare.upgrade"], cwd=ROOT, env=environment, check=True)
            making.rename(kept)
    data.mkdir(mode=0o700, parents=True, exist_ok=True)
    for name in ("db.sqlite3", "cache.sqlite3"):
        shutil.copy(kept / name, data)


def needed_by_programs() -> dict[str, str]:
    """Return what every program needs of our environment."""
    return {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}


def fetch(method: str, url: str, *, body: bytes | None = None, headers: dict[str, str] | None = None) -> Answer:
    """Return the answer to a request, whatever its status; redirects are followed."""
    request = urllib.request.Request(url, data=body, method=method, headers=headers or {})
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:
            return Answer(answer.status, {k.lower(): v for k, v in answer.headers.items()}, answer.read())
    except urllib.error.HTTPError as error:
        return Answer(error.code, {k.lower(): v for k, v in error.headers.items()}, error.read())


def free_port() -> int:
    """Return a port that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
