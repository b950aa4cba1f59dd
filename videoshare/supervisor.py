"""`make run`: everything in one terminal, started in order, restarted when it dies, stopped in peace.

The life of a run: settings are read (a bad one stops here, by its name) → one run at a time holds the data
folder → the port is free → the database is brought up to date → the first program, the web, starts; once it
answers, the address is printed and the others start. Each has a session of its own, so that the terminal's Ctrl-C
reaches the supervisor alone.

Stopping sends TERM to each program's first process and to nobody else: a worker's TERM means "finish what you
have begun", and its children must not hear it, or they would drop their jobs. Who has not ended after
STOP_SECONDS is killed, with all its session; the jobs' rows bring such work back at the next start.
"""

import errno
import fcntl
import http.client
import os
import selectors
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from typing import IO

import django
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import connections

from videoshare import upgrade
from videoshare.programs import Program, ending_with_us, programs

STOP_SECONDS = 20.0
CANNOT_START_SECONDS = 10.0  # a program that ends by itself this soon after its first start will not run here
STEADY_SECONDS = 60.0  # after this long alive, an earlier death counts no more
LONGEST_DELAY = 30.0
TICK_SECONDS = 0.1
HEAD_START_SECONDS = 10.0  # for the first program; the others then start even if it does not answer


class CannotRun(Exception):
    """Something outside Videoshare must change first; the sentence says what."""


@dataclass
class Child:
    """One program and the process that runs it now."""

    program: Program
    process: subprocess.Popen[bytes] | None = None
    starts: int = 0
    started_at: float = 0.0
    deaths: int = 0  # since it last ran steadily
    start_at: float = 0.0
    unfinished_line: bytes = field(default=b"", repr=False)


class Supervisor:
    """Runs programs until it is told to stop. `say` prints one line under a name."""

    def __init__(
        self,
        wanted: tuple[Program, ...],
        *,
        say: Callable[[str, str], None],
        until_ready: Callable[[], bool] = lambda: True,
        stop_seconds: float = STOP_SECONDS,
        first_delay: float = 1.0,
    ) -> None:
        self.children = [Child(program) for program in wanted]
        self.say = say
        self.until_ready = until_ready
        self.stop_seconds = stop_seconds
        self.first_delay = first_delay
        self.stop_signals = 0
        self.exit_code = 0
        self.ready = False
        self._selector = selectors.DefaultSelector()

    def run(self) -> int:
        """Start everything, tend it until a signal or a program that cannot start; return the exit code."""
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self._note_signal)
        others_start_at = time.monotonic() + HEAD_START_SECONDS
        while not self.stop_signals:
            # Together they would fight for the processor, and a person is waiting for the first one alone.
            everybody = self.ready or time.monotonic() > others_start_at
            for child in self.children if everybody else self.children[:1]:
                self._tend(child)
            self._read_lines(TICK_SECONDS)
            if not self.ready and not self.stop_signals:
                self.ready = self.until_ready()
        self._stop_all()
        return self.exit_code

    def _note_signal(self, _number: int, _frame: FrameType | None) -> None:
        self.stop_signals += 1

    def _tend(self, child: Child) -> None:
        """Start the child if it is time to, and note its death if it has died."""
        if child.process is None:
            if time.monotonic() >= child.start_at and not self.stop_signals:
                self._start(child)
            return
        code = child.process.poll()
        if code is None:
            return
        lived = time.monotonic() - child.started_at
        self._bury(child)
        name = child.program.name
        if code >= 0 and child.starts == 1 and lived < CANNOT_START_SECONDS:
            self.say("run", f"{name} cannot start: {describe_exit(code)}. Its last lines stand above; all stops.")
            self.exit_code = 1
            self.stop_signals += 1
            return
        child.deaths = 1 if lived > STEADY_SECONDS else child.deaths + 1
        delay = restart_delay(child.deaths, first=self.first_delay)
        child.start_at = time.monotonic() + delay
        self.say("run", f"{name} {describe_exit(code)}; it starts again in {delay:g} s.")

    def _start(self, child: Child) -> None:
        try:
            process = subprocess.Popen(
                ending_with_us(child.program.argv),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                env={**os.environ, "PYTHONUNBUFFERED": "1"},
            )
        except OSError as error:
            self.say("run", f"{child.program.name} cannot start: {error}. All stops.")
            self.exit_code = 1
            self.stop_signals += 1
            return
        output = _output_of(process)
        os.set_blocking(output.fileno(), False)
        self._selector.register(output, selectors.EVENT_READ, child)
        child.process = process
        child.starts += 1
        child.started_at = time.monotonic()

    def _bury(self, child: Child) -> None:
        """Print what the dead child still had to say, and kill what is left of its session."""
        process = child.process
        if process is None:
            return
        output = _output_of(process)
        self._read_from(child, output)
        if child.unfinished_line:
            self._print(child, child.unfinished_line)
            child.unfinished_line = b""
        with suppress(KeyError):
            self._selector.unregister(output)
        output.close()
        # A killed worker's children would wait for ever on a pipe that nobody writes to.
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        child.process = None

    def _read_lines(self, timeout: float) -> None:
        """Print the children's lines that have come within `timeout` seconds."""
        if not self._selector.get_map():
            time.sleep(timeout)
            return
        for key, _events in self._selector.select(timeout):
            self._read_from(key.data, key.fileobj)  # type: ignore[arg-type]  # registered above, as this type

    def _read_from(self, child: Child, output: IO[bytes]) -> None:
        while True:
            try:
                data = os.read(output.fileno(), 65536)
            except BlockingIOError:
                return
            if not data:
                with suppress(KeyError):
                    self._selector.unregister(output)
                return
            *lines, child.unfinished_line = (child.unfinished_line + data).split(b"\n")
            for line in filter(None, lines):
                self._print(child, line)

    def _print(self, child: Child, line: bytes) -> None:
        self.say(child.program.name, line.decode("utf-8", errors="replace").rstrip())

    def _stop_all(self) -> None:
        """TERM to each parent, KILL for who is left when the time is over or a second signal comes."""
        running = [child for child in self.children if child.process is not None]
        for child in running:
            if child.process is not None:
                child.process.terminate()
        if running:
            self.say("run", f"Stopping; work in progress gets {self.stop_seconds:g} s. Ctrl-C again stops at once.")
        signals_so_far = self.stop_signals
        deadline = time.monotonic() + self.stop_seconds
        while running and time.monotonic() < deadline and self.stop_signals == signals_so_far:
            self._read_lines(TICK_SECONDS)
            running = self._bury_the_dead(running)
        for child in running:
            if child.process is not None:
                self.say(
                    "run", f"{child.program.name} was still busy and is killed; its work resumes at the next start."
                )
                with suppress(ProcessLookupError):
                    os.killpg(child.process.pid, signal.SIGKILL)
                child.process.wait()
        self._bury_the_dead(running)
        self._selector.close()
        self.say("run", "Stopped.")

    def _bury_the_dead(self, running: list[Child]) -> list[Child]:
        """Bury those of `running` that have ended; return the others."""
        alive = []
        for child in running:
            if child.process is not None and child.process.poll() is None:
                alive.append(child)
            else:
                self._bury(child)
        return alive


def _output_of(process: subprocess.Popen[bytes]) -> IO[bytes]:
    if process.stdout is None:
        raise RuntimeError("the process was started without a pipe")
    return process.stdout


def restart_delay(deaths: int, *, first: float) -> float:
    """Return the seconds to wait after so many deaths in a row: `first`, doubled each time, 30 s at most."""
    return min(first * 2 ** (deaths - 1), LONGEST_DELAY)


def describe_exit(code: int) -> str:
    """Return what a return code means, as the end of a sentence."""
    if code >= 0:
        return f"ended with exit code {code}"
    with suppress(ValueError):
        return f"was killed by {signal.Signals(-code).name}"
    return f"was killed by signal {-code}"


def require_free_port(host: str, port: int) -> None:
    """Raise CannotRun when another program listens on the port."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # as gunicorn does, past a TIME_WAIT
        try:
            probe.bind((host, port))
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                raise CannotRun(
                    f"Port {port} is taken by another program. Take another one: make run PORT={port + 1}"
                ) from error
            raise CannotRun(f"Port {port} cannot be used: {error.strerror}. Try: make run PORT=8000") from error


def hold_folder(folder: Path) -> IO[str]:
    """Return the open lock file of a data folder; it is held until closed. Raises CannotRun when it is held."""
    lock = (folder / "run.lock").open("w")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        lock.close()
        raise CannotRun(
            f"Videoshare already runs with the data in {folder}. Stop it, or take another folder: VIDEOSHARE_DATA="
        ) from error
    return lock


def web_answers(port: int) -> bool:
    """Return whether the web says that it is healthy."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=1)
    try:
        connection.request("GET", "/healthz/")
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def print_line(name: str, line: str) -> None:
    """Print `line` behind its program's name. A terminal that is gone is no reason to stop the stopping."""
    with suppress(OSError):
        sys.stdout.write(f"{name:9} | {line}\n")
        sys.stdout.flush()


def greet(port: int) -> bool:
    """Return whether the web answers yet; once it does, print the address and what a new owner needs."""
    if not web_answers(port):
        return False
    from apps.workspaces.services import setup_link  # noqa: PLC0415  # models load only after django.setup()

    print_line("run", f"Videoshare is at {settings.ADDRESS.url}")
    link = setup_link()
    connections.close_all()
    if link:
        print_line("run", f"Make the first account here (the link works once): {link}")
    print_line("run", f"Data: {settings.DATA_DIR}. Ctrl-C stops it.")
    if os.geteuid() == 0:
        print_line("run", "This runs as root. An account of its own is safer: videos come from many people.")
    return True


def main() -> int:
    """Run Videoshare until Ctrl-C; return 0, or 1 when it cannot run here."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "videoshare.settings")
    os.umask(0o077)  # recordings and the database are nobody else's on this machine
    try:
        django.setup()
        lock = hold_folder(settings.DATA_DIR)
        host = "0.0.0.0" if settings.ADDRESS.is_public else "127.0.0.1"
        require_free_port(host, settings.PORT)
        upgrade.bring_up_to_date(lambda line: print_line("run", line))
    except (CannotRun, ImproperlyConfigured) as error:
        print_line("run", str(error))
        return 1
    with lock:
        return Supervisor(programs(), say=print_line, until_ready=lambda: greet(settings.PORT)).run()


if __name__ == "__main__":
    sys.exit(main())
