"""The only place that starts a process. Everything the engine runs goes through `run`, inside hard limits.

The life of a process: `launcher.py` takes on the limits and becomes the program, in a session of its own, with a clean
environment and the job's folder as its working folder. `run` reads its progress until it ends. When it must end early
(time is over, or the caller raised in `on_progress`) it gets TERM, three seconds, then KILL, and is always reaped.
If the worker itself is killed with -9, the kernel kills the process with it. When memory gets short, the kernel takes
the process and not the worker.

A bad end is one of four: a limit was reached, the disk was full, somebody else ended it (a signal that is not ours), or
the program itself failed. Only the last one says something about the source.
"""

import contextlib
import json
import logging
import os
import resource
import selectors
import shlex
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO

from media.errors import DiskFull, EngineFailed, FfmpegMissing, Interrupted, LimitExceeded

log = logging.getLogger(__name__)

STDERR_TAIL_BYTES = 8192
STDOUT_LIMIT_BYTES = 4 * 1024 * 1024
TERM_GRACE_SECONDS = 3
POLL_SECONDS = 0.5
"""How often `on_progress` is called at least, even when the process is silent: it carries the caller's heartbeat."""
OUTSIDE_SIGNALS = frozenset({signal.SIGHUP, signal.SIGINT, signal.SIGKILL, signal.SIGTERM})
# ffmpeg catches INT, TERM and XCPU, ends what it has begun to write, and exits with this.
FFMPEG_GOT_A_SIGNAL = 255
# 9.0 exits with the error's number modulo 256, so that a decoder or muxer that says EPERM (1) looks like it.
_NOT_PERMITTED = b"Operation not permitted"
# As strerror has them under our LC_ALL. ffmpeg may end with 0 though the last bytes found no room.
_NO_ROOM = (b"No space left on device", b"Disk quota exceeded")


@dataclass(frozen=True)
class Command:
    """A program and its arguments, built but not run. `expected_ms` of output turns progress into a fraction."""

    argv: tuple[str, ...]
    purpose: str
    expected_ms: int = 0

    def __str__(self) -> str:
        return shlex.join(self.argv)


@dataclass(frozen=True)
class Limits:
    """Hard limits of one process. The defaults fit short work such as a probe or a poster."""

    wall_seconds: int = 60
    cpu_seconds: int = 60
    memory_bytes: int = 3 * 1024**3
    file_bytes: int = 256 * 1024**2
    open_files: int = 64
    nice: int = 0


@dataclass(frozen=True)
class Outcome:
    """What a process that ended well left behind: its standard output (progress lines taken out) and last words."""

    stdout: bytes
    stderr_tail: str


def find_ffmpeg(setting: str | None = None) -> Path:
    """Return the ffmpeg to use: the setting if given, else the one on PATH, else the one of imageio-ffmpeg.

    A setting that names no executable raises FfmpegMissing instead of falling through: a wrong setting must be seen.
    """
    if setting:
        found = shutil.which(setting)
        if not found:
            raise FfmpegMissing(f"The ffmpeg setting names {setting}, which is no program.")
        return Path(found)
    on_path = shutil.which("ffmpeg")
    if on_path:
        return Path(on_path)
    try:
        import imageio_ffmpeg  # noqa: PLC0415 - only looked at where the system has none

        return Path(imageio_ffmpeg.get_ffmpeg_exe())
    except (ImportError, RuntimeError) as error:
        raise FfmpegMissing("No ffmpeg on PATH and none in the imageio-ffmpeg package.") from error


def run(
    command: Command,
    *,
    folder: Path,
    limits: Limits,
    on_progress: Callable[[float], None] | None = None,
) -> Outcome:
    """Run the command in `folder` and return its outcome once it ended with 0.

    `on_progress` gets the fraction done, 0 to 1, at least twice a second; what it raises ends the process and goes on
    to the caller. Raises LimitExceeded when a limit was hit, DiskFull, Interrupted when it was ended from outside, and
    EngineFailed for every other bad end.
    """
    log.info("%s: %s", command.purpose, command)
    with subprocess.Popen(
        _launch_argv(command, limits),
        cwd=folder,
        env=_environment(folder),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
    ) as process:
        watch = _Watch(command, process, limits, on_progress)
        try:
            watch.read_until_the_end()
        finally:
            if process.returncode is None:
                _end(process)
    return watch.outcome()


def _launch_argv(command: Command, limits: Limits) -> list[str]:
    launcher = Path(__file__).with_name("launcher.py")
    given = asdict(limits)
    given.pop("wall_seconds")
    return [sys.executable, "-I", "-S", str(launcher), json.dumps(given), str(os.getpid()), "--", *command.argv]


def _environment(folder: Path) -> dict[str, str]:
    """Nothing of the worker's own environment (which holds secrets) reaches a process that reads hostile files."""
    return {
        "PATH": "/usr/bin:/bin",
        "LC_ALL": "C.UTF-8",
        "HOME": str(folder),
        "TMPDIR": str(folder),
        "AV_LOG_FORCE_NOCOLOR": "1",
        # glibc gives each thread an arena of 64 MB of address space: many cores would eat the limit.
        "MALLOC_ARENA_MAX": "2",
    }


def _end(process: subprocess.Popen[bytes]) -> None:
    """Ask the process to end, wait, insist, and reap it."""
    for ask in (signal.SIGTERM, signal.SIGKILL):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, ask)
        try:
            process.wait(TERM_GRACE_SECONDS)
            return
        except subprocess.TimeoutExpired:
            continue
    process.wait()


class _Watch:
    """Follows one process: reads both pipes, keeps what is needed of them, calls back, and judges the end."""

    def __init__(
        self,
        command: Command,
        process: subprocess.Popen[bytes],
        limits: Limits,
        on_progress: Callable[[float], None] | None,
    ) -> None:
        self.command = command
        self.process = process
        self.limits = limits
        self.on_progress = on_progress
        self.cpu_before = _children_cpu_seconds()
        self.fraction = 0.0
        self.timed_out = False
        self.overflowed = False
        self._stdout = bytearray()
        self._stderr = bytearray()
        self._line = bytearray()

    def read_until_the_end(self) -> None:
        """Return when both pipes are closed and the process is reaped; past the wall limit, end it."""
        assert self.process.stdout is not None
        assert self.process.stderr is not None
        deadline = time.monotonic() + self.limits.wall_seconds
        with selectors.DefaultSelector() as selector:
            selector.register(self.process.stdout, selectors.EVENT_READ, self._take_stdout)
            selector.register(self.process.stderr, selectors.EVENT_READ, self._take_stderr)
            next_call = time.monotonic() + POLL_SECONDS
            while selector.get_map():
                for key, _ in selector.select(POLL_SECONDS):
                    pipe: IO[bytes] = key.fileobj  # type: ignore[assignment] # what was registered above
                    chunk = os.read(pipe.fileno(), 65536)
                    if chunk:
                        key.data(chunk)
                    else:
                        selector.unregister(pipe)
                now = time.monotonic()
                if now >= deadline or self.overflowed:
                    self.timed_out = not self.overflowed
                    _end(self.process)
                    return
                if self.on_progress and now >= next_call:
                    next_call = now + POLL_SECONDS
                    self.on_progress(self.fraction)
        self._reap(max(deadline - time.monotonic(), 0.1))

    def _reap(self, seconds: float) -> None:
        try:
            self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.timed_out = True
            _end(self.process)

    def _take_stdout(self, chunk: bytes) -> None:
        if not self.command.expected_ms:
            self._stdout += chunk
            self.overflowed = len(self._stdout) > STDOUT_LIMIT_BYTES
            return
        *lines, rest = (bytes(self._line) + chunk).split(b"\n")
        self._line = bytearray(rest[-4096:])
        for line in lines:
            key, _, value = line.partition(b"=")
            # out_time_us: out_time_ms holds microseconds too, and both say N/A before the first frame.
            if key == b"out_time_us" and value.strip().isdigit():
                self.fraction = min(int(value) / 1000 / self.command.expected_ms, 1.0)

    def _take_stderr(self, chunk: bytes) -> None:
        self._stderr += chunk
        del self._stderr[:-STDERR_TAIL_BYTES]

    def _signal(self) -> signal.Signals | None:
        """Return what ended the process, also where it did not die of it; None for no signal."""
        code = self.process.returncode
        if code == FFMPEG_GOT_A_SIGNAL and _NOT_PERMITTED not in self._stderr:
            return signal.SIGXCPU if self._used_its_time() else signal.SIGTERM
        return signal.Signals(-code) if code < 0 else None

    def _used_its_time(self) -> bool:
        """Return whether a KILL is the kernel's for too much processor time: it sends the same for want of memory."""
        return _children_cpu_seconds() - self.cpu_before >= self.limits.cpu_seconds - 1

    def outcome(self) -> Outcome:
        """Return the outcome of a good end, or raise for what went wrong."""
        tail = self._stderr.decode("utf-8", "replace")
        code = self.process.returncode
        purpose = self.command.purpose
        if self.timed_out:
            raise LimitExceeded(f"{purpose} took longer than {self.limits.wall_seconds} s.", stderr_tail=tail)
        if self.overflowed:
            raise LimitExceeded(f"{purpose} wrote more than {STDOUT_LIMIT_BYTES} bytes.", stderr_tail=tail)
        ended_by = self._signal()
        if ended_by in {signal.SIGXCPU, signal.SIGXFSZ} or (ended_by == signal.SIGKILL and self._used_its_time()):
            raise LimitExceeded(f"{purpose} was ended by {ended_by.name}.", stderr_tail=tail)
        if any(words in self._stderr for words in _NO_ROOM):
            raise DiskFull(f"{purpose} found no room on the disk.")
        if ended_by in OUTSIDE_SIGNALS:
            raise Interrupted(f"{purpose} was ended from outside by {ended_by.name}.")
        if code != 0:
            raise EngineFailed(f"{purpose} ended with {code}.", stderr_tail=tail)
        if self.on_progress:
            self.on_progress(1.0)
        return Outcome(stdout=bytes(self._stdout), stderr_tail=tail)


def _children_cpu_seconds() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime
