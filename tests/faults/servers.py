"""Servers that a test starts for itself, kills with -9 and starts again on what they had on disk: never the machine's.

Each ends with the test run, also when that is killed. A program that is missing is an error, as in tests/services.
"""

import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Protocol

import psycopg
import redis

from tests.installation import fetch, free_port
from videoshare.programs import ending_with_us

PATIENCE_S = 60.0


class Server(Protocol):
    """Something an installation stands on."""

    @property
    def variables(self) -> dict[str, str]:
        """Return the settings of an installation that stands on it."""
        ...

    def start(self) -> None:
        """Start it on what it has kept, and wait until it answers."""
        ...

    def stop(self) -> None:
        """End it and remove what it has kept."""
        ...


class Mortal(Server, Protocol):
    """A server that may be killed."""

    def kill(self) -> None:
        """Send KILL to it and to what it has started, and wait until they are gone."""
        ...


class S3:
    """moto's S3 server. It keeps everything in memory, so it is stopped for a while instead of being killed."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port = free_port()

    @property
    def variables(self) -> dict[str, str]:
        """Return the settings of an installation that keeps its objects here."""
        return {
            "STORE_URL": f"s3://key:secret@127.0.0.1:{self.port}/videoshare?tls=0",
            "STORE_PUBLIC_URL": f"http://localhost:{self.port}",
        }

    def start(self) -> None:
        command = (sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(self.port))
        self.process = _start(command, log=self.folder / "s3.log")
        _wait_until(self._answers, "S3")

    def _answers(self) -> bool:
        return fetch("GET", f"http://127.0.0.1:{self.port}/moto-api/").status == 200

    def stop(self) -> None:
        _end(self.process, signal.SIGTERM)


class Redis:
    """A Redis that keeps nothing on disk: killed, it has forgotten every message and the whole cache."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port = free_port()

    @property
    def variables(self) -> dict[str, str]:
        """Return the settings of an installation that has its broker and its cache here."""
        url = f"redis://127.0.0.1:{self.port}"
        return {"CELERY_BROKER_URL": f"{url}/0", "CACHE_URL": f"{url}/1"}

    def start(self) -> None:
        words = f"--bind 127.0.0.1 --port {self.port} --appendonly no --dir {self.folder} --save".split()
        self.process = _start((_program("redis-server"), *words, ""), log=self.folder / "redis.log")
        _wait_until(lambda: redis.Redis(port=self.port).ping() is True, "Redis")

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()

    def stop(self) -> None:
        _end(self.process, signal.SIGTERM)


class Postgres:
    """A PostgreSQL cluster of its own, by another account where we are root: PostgreSQL refuses to run as root."""

    def __init__(self, folder: Path) -> None:
        self.log = folder / "postgres.log"
        self.port = free_port()
        # Not below pytest's folder, into which no other account may look.
        self.folder = Path(tempfile.mkdtemp(prefix="videoshare-postgres-"))
        self.account = pwd.getpwnam("postgres") if os.geteuid() == 0 else None
        if self.account is not None:
            os.chown(self.folder, self.account.pw_uid, self.account.pw_gid)
        words = f"--pgdata {self.data} --username postgres --auth trust --encoding UTF8 --no-sync".split()
        subprocess.run(self._as_its_account(_postgres_program("initdb"), *words), check=True, capture_output=True)

    @property
    def data(self) -> Path:
        return self.folder / "data"

    @property
    def url(self) -> str:
        return f"postgres://postgres@127.0.0.1:{self.port}/postgres"

    @property
    def variables(self) -> dict[str, str]:
        """Return the settings of an installation that has its database here."""
        return {"DATABASE_URL": self.url}

    def _as_its_account(self, *command: str) -> tuple[str, ...]:
        if self.account is None:
            return command
        who = ("--reuid", str(self.account.pw_uid), "--regid", str(self.account.pw_gid), "--clear-groups")
        return (_program("setpriv"), *who, *command)

    def start(self) -> None:
        words = ("-D", str(self.data), "-p", str(self.port), "-k", str(self.folder), "-h", "127.0.0.1", "-N", "400")
        command = self._as_its_account(_program("setpriv"), "--pdeathsig", "INT", _postgres_program("postgres"), *words)
        self.process = _start(command, log=self.log)
        _wait_until(self._answers, "PostgreSQL")

    def _answers(self) -> bool:
        with psycopg.connect(self.url, connect_timeout=2) as connection:
            return connection.execute("SELECT 1").fetchone() == (1,)

    def kill(self) -> None:
        # Its backends have sessions of their own, and a new first process waits until the last of them is gone.
        family = [self.process.pid, *_children_of(self.process.pid)]
        for pid in family:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self.process.wait()

    def stop(self) -> None:
        _end(self.process, signal.SIGINT)  # its "fast" stop: does not wait for who is connected
        shutil.rmtree(self.folder)


def _start(command: tuple[str, ...], *, log: Path) -> "subprocess.Popen[bytes]":
    with log.open("ab") as output:
        return subprocess.Popen(
            ending_with_us(command), stdin=subprocess.DEVNULL, stdout=output, stderr=output, start_new_session=True
        )


def _end(process: "subprocess.Popen[bytes]", number: int) -> None:
    if process.poll() is None:
        process.send_signal(number)
    process.wait(timeout=PATIENCE_S)


def _wait_until(is_so: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while True:
        with suppress(OSError, redis.ConnectionError, psycopg.OperationalError):
            if is_so():
                return
        if time.monotonic() > deadline:
            raise TimeoutError(f"{what} does not come")
        time.sleep(0.05)


def _children_of(pid: int) -> list[int]:
    return [int(word) for word in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def _program(name: str) -> str:
    path = shutil.which(name)
    if path is None:
        raise FileNotFoundError(f"these tests start {name}, and there is none on this machine")
    return path


def _postgres_program(name: str) -> str:
    """Return the path of one of PostgreSQL's own programs; Debian keeps them off PATH, a folder for each version."""
    candidates = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"))
    return str(candidates[-1]) if candidates else _program(name)
