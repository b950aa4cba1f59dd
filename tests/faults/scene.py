"""An installation whose processes can be held at a step and killed there; see steps.py for the other side."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.faults.servers import Server
from tests.installation import ROOT, Installation

PATIENCE_S = 120.0  # for what takes a second or two on a machine that has nothing else to do

ANA = """
from apps.accounts.services import create_token
from apps.workspaces.services import add_person
person, _ = add_person(email="ana@example.com", name="Ana", password="correct horse battery")
print(create_token(person=person))
"""


@dataclass(frozen=True)
class Held:
    """A process that waits at a step."""

    step: str
    pid: int
    engine_pid: int | None


@dataclass
class Scene:
    """A running installation, the processes it consists of, and the signals that a test sends to them."""

    installation: Installation
    servers: Mapping[str, Server] = field(default_factory=dict)  # that it stands on, "database", "broker" and "store"
    token: str = ""
    folder: Path = field(init=False)

    def __post_init__(self) -> None:
        self.folder = self.installation.folder / "faults"

    @classmethod
    def at(cls, folder: Path, *, quick: bool, places: int = 0, servers: Mapping[str, Server] | None = None) -> "Scene":
        """Return an installation with steps in its processes, not started yet.

        `quick` shortens the jobs' clocks; each worker has at least so many `places` for jobs at the same time.
        """
        variables: dict[str, str] = {}
        for server in (servers or {}).values():
            variables |= server.variables
        more = {
            "DJANGO_SETTINGS_MODULE": "tests.faults.settings",
            "FAULTS_FOLDER": str(folder / "faults"),
            "FAULTS_CLOCKS": "quick" if quick else "real",
            "FAULTS_PLACES": str(places),
        }
        return cls(Installation(folder, {**variables, **more}), servers or {})

    @property
    def has_one_writer(self) -> bool:
        """Return whether an open transaction keeps everybody else from writing, as on SQLite."""
        return "database" not in self.servers

    def start(self) -> None:
        """Start it on servers that run already; the first time with Ana and a token of hers."""
        if self.has_one_writer and not self.token:
            self.installation.with_database()
        self.installation.start()
        if not self.token:
            self.token = self.installation.manage("shell", "--no-imports", "-c", ANA)[-1]

    def end(self) -> None:
        """End the installation, without the time that a stop in peace takes, and its servers."""
        self.kill_everything()
        for server in self.servers.values():
            server.stop()

    # --- steps -----------------------------------------------------------------------------------

    def order(self, step: str) -> None:
        """Ask for whoever comes to this step next to be held there."""
        (self.folder / "reached" / step).unlink(missing_ok=True)
        (self.folder / "orders" / step).touch()

    def wait_for(self, step: str) -> Held:
        """Return who is held at the step, once somebody is."""
        path = self.folder / "reached" / step
        deadline = time.monotonic() + PATIENCE_S
        while not path.exists():
            assert time.monotonic() < deadline, f"nobody came to {step}:\n{self.last_words()}"
            time.sleep(0.02)
        return Held(step=step, **json.loads(path.read_text()))

    def release(self, *held: Held) -> None:
        """Let go on who is held."""
        for one in held:
            (self.folder / "released" / one.step).touch()

    def let_pass(self, step: str) -> None:
        """Take an order back; who is held at the step already goes on."""
        (self.folder / "orders" / step).unlink(missing_ok=True)
        (self.folder / "released" / step).touch()

    @contextmanager
    def tracing(self) -> Iterator[list[str]]:
        """Yield a list that has, at the end, the steps that were passed meanwhile."""
        trace = self.folder / "trace"
        trace.touch()
        passed: list[str] = []
        yield passed
        passed.extend(trace.read_text().splitlines())
        trace.unlink()

    def last_words(self) -> str:
        """Return the end of what the installation has printed, its longest lines cut."""
        return "\n".join(line[:600] for line in self.installation.output.splitlines()[-60:])

    # --- processes -------------------------------------------------------------------------------

    def pids(self, *words: str) -> list[int]:
        """Return the installation's processes whose command line has all of these words, the oldest first."""
        data = str(self.installation.folder / "data").encode()
        found = []
        for process in Path("/proc").glob("[0-9]*"):
            with suppress(OSError):  # it has ended meanwhile
                command = (process / "cmdline").read_bytes()
                if data in (process / "environ").read_bytes() and all(word.encode() in command for word in words):
                    found.append(int(process.name))
        return sorted(found)

    def kill_everything(self) -> None:
        """Send KILL to every process of the installation, the supervisor first, as when the machine loses its power."""
        supervisor = self.installation.process
        if supervisor is not None:
            supervisor.kill()
            supervisor.wait()
        while left := self.pids():
            for pid in left:
                kill(pid)
            time.sleep(0.05)

    # --- what is there ---------------------------------------------------------------------------

    def audit(self, *words: str) -> list[dict[str, Any]]:
        """Return what rows, store and disk hold after each of the words, and now where there is none; see audit.py."""
        environment = self.installation.environment()
        environment["DJANGO_SETTINGS_MODULE"] = "videoshare.settings"
        done = subprocess.run(
            [sys.executable, "-m", "tests.faults.audit", *words],
            cwd=ROOT,
            env=environment,
            capture_output=True,
            text=True,
            timeout=PATIENCE_S,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return [json.loads(line) for line in done.stdout.splitlines()]


def kill(pid: int) -> None:
    """Send KILL; a process that has ended by itself meanwhile is dead all the same."""
    with suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)


def parent_of(pid: int) -> int:
    """Return the process that started this one."""
    line = next(line for line in Path(f"/proc/{pid}/status").read_text().splitlines() if line.startswith("PPid:"))
    return int(line.split()[1])
