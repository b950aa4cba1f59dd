"""Runs inside the processes of an installation under test, and holds them at a step until they are killed.

A piece of work is a job, or a request that carries the header `Faults-Work`. Its steps are the effects it has on
the world: a statement on its own, a transaction at its commit, a call of the store, a process of the engine, a
message to the broker. Nobody outside can tell at which instant between two of them a process has died, so "killed at
every step" means: held just before each effect, and after the last, and killed there. (Progress is written by the
clock and changes nothing else; it is no step.)

Test and process talk by files below FAULTS_FOLDER. A step's name is `<work>@<effect>.<how many of its kind>`, as
`publish:<video>@store-put_file.2`:

    trace                  while it is there, each step that is passed is added as a line
    orders/<step>          hold whoever comes here first
    reached/<step>         somebody is held: {"pid", "engine_pid"}
    released/<step>        go on

The clocks of jobs and the supervisor, and what counts as a long video, are the product's own, unless
FAULTS_CLOCKS=quick asks for short ones. Each queue has at least FAULTS_PLACES processes for jobs, so that several can
be held at the same time.
"""

import functools
import json
import os
import re
import signal
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

from django.apps import AppConfig
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.signals import connection_created
from django.http import HttpRequest, HttpResponse

FOLDER = Path(os.environ["FAULTS_FOLDER"])
HELD_AT_MOST_S = 300.0
ENGINE_STARTS_S = 30.0

STORE_CALLS = (
    "put_file",
    "put_bytes",
    "get_file",
    "iter_bytes",
    "size_bytes",
    "delete",
    "delete_prefix",
    "list",
    "create_multipart",
    "list_parts",
    "complete_multipart",
    "abort_multipart",
)
WRITES = re.compile(r'\s*(?:INSERT INTO|UPDATE|DELETE FROM)\s+"(\w+)"(?!\s+SET "progress")')


@dataclass
class Work:
    """A piece of work in this thread: the effects it has had so far, and what its open transaction has written."""

    name: str
    had: Counter[str] = field(default_factory=Counter)
    written: list[str] = field(default_factory=list)
    depth: int = 0


class _Now(threading.local):
    work: Work | None = None


_now = _Now()


def before(effect: str, *, engine_pid: int | None = None) -> None:
    """Pass a step of the work that this thread does, or be held at it. Nothing happens outside of work."""
    work = _now.work
    if work is None:
        return
    effect = re.sub(r"\W+", "-", effect).strip("-")
    work.had[effect] += 1
    step = f"{work.name}@{effect}.{work.had[effect]}"
    if (FOLDER / "trace").exists():
        with (FOLDER / "trace").open("a") as trace:
            trace.write(f"{step}\n")
    try:
        (FOLDER / "orders" / step).rename(FOLDER / "reached" / f".{step}")
    except FileNotFoundError:
        return
    if engine_pid is not None:
        _stop_once_it_runs(engine_pid)
    (FOLDER / "reached" / f".{step}").write_text(json.dumps({"pid": os.getpid(), "engine_pid": engine_pid}))
    (FOLDER / "reached" / f".{step}").rename(FOLDER / "reached" / step)
    deadline = time.monotonic() + HELD_AT_MOST_S
    while not (FOLDER / "released" / step).exists():
        if time.monotonic() > deadline:
            raise TimeoutError(f"held at {step}, and nobody came")
        time.sleep(0.02)
    if engine_pid is not None:
        with suppress(ProcessLookupError):
            os.kill(engine_pid, signal.SIGCONT)


def _stop_once_it_runs(pid: int) -> None:
    """Stop the engine's process in the middle of its work: after the launcher became it, before it has ended."""
    deadline = time.monotonic() + ENGINE_STARTS_S
    while time.monotonic() < deadline:
        command = Path(f"/proc/{pid}/cmdline").read_bytes()
        if command and b"launcher.py" not in command:  # it is empty while a process becomes another program
            os.kill(pid, signal.SIGSTOP)
            return
        if Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z":
            raise RuntimeError(f"the engine {pid} had ended before it could be stopped: take a longer source")
    raise TimeoutError(f"the launcher {pid} never became a program")


class Steps(AppConfig):
    """The app that puts the steps into the product's processes."""

    name = "tests.faults"
    label = "faults"
    path = str(Path(__file__).parent)

    def ready(self) -> None:
        for name in ("orders", "reached", "released"):
            (FOLDER / name).mkdir(parents=True, exist_ok=True)
        if os.environ.get("FAULTS_CLOCKS") == "quick":
            shorten_clocks()
        widen_workers(int(os.environ.get("FAULTS_PLACES") or 0))
        count_jobs()
        count_writes()
        count_store_calls()
        count_engine()


def shorten_clocks() -> None:
    """Let a killed job come back within a few seconds instead of three quarters of a minute; eight seconds are long."""
    from apps.core import claims, jobs
    from apps.videos import pieces
    from videoshare import celery

    pieces.PIECE_MS = 2000
    claims.LEASE = timedelta(seconds=6)
    claims.HEARTBEAT_S = 1.5
    jobs.RING_AGAIN = timedelta(seconds=4)
    jobs.BACK_OFF_S = (1, 2)
    celery.SCHEDULE["sweep-jobs"] = celery.every(1.0, celery.SWEEP)
    # The supervisor waits ever longer for what dies again and again; its module is the program that was started.
    vars(sys.modules["__main__"])["LONGEST_DELAY"] = 1.0


def widen_workers(places: int) -> None:
    """Let each queue have at least so many processes for jobs, of those that the supervisor starts."""
    from videoshare import programs

    workers = programs.workers

    @functools.wraps(workers)
    def wider(queue: str, *, slots: int, nice: int = 0) -> tuple[programs.Program, ...]:
        return workers(queue, slots=max(slots, places), nice=nice)

    programs.workers = wider


def named_by_header(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Make a request a piece of work when it says so."""

    def middleware(request: HttpRequest) -> HttpResponse:
        name = request.headers.get("Faults-Work")
        if not name:
            return get_response(request)
        _now.work = Work(name)
        try:
            return get_response(request)
        finally:
            before("answer")
            _now.work = None

    return middleware


def count_jobs() -> None:
    from apps.core import jobs
    from apps.core.models import Job

    run, ring = jobs.run, jobs.ring

    @functools.wraps(run)
    def counted(job_id: int) -> bool:
        job = Job.objects.filter(pk=job_id).first()
        if job is None:
            return run(job_id)
        _now.work = Work(f"{job.kind}:{job.subject}")
        try:
            ours = run(job_id)
            before("end")
            return ours
        finally:
            _now.work = None

    @functools.wraps(ring)
    def counted_ring(**keywords: Any) -> None:
        before("ring")
        ring(**keywords)

    jobs.run = counted
    jobs.ring = counted_ring


def count_writes() -> None:
    connection_created.connect(_watch_connection)
    commit, rollback = BaseDatabaseWrapper.commit, BaseDatabaseWrapper.rollback

    @functools.wraps(commit)
    def counted_commit(self: BaseDatabaseWrapper) -> None:
        work = _now.work
        if work is not None and work.written and self.alias == "default":
            tables, work.written = work.written, []
            before(f"commit {', '.join(dict.fromkeys(tables))}")
        commit(self)

    @functools.wraps(rollback)
    def forgetting_rollback(self: BaseDatabaseWrapper) -> None:
        if _now.work is not None:
            _now.work.written = []
        rollback(self)

    BaseDatabaseWrapper.commit = counted_commit  # type: ignore[method-assign]
    BaseDatabaseWrapper.rollback = forgetting_rollback  # type: ignore[method-assign]


def _watch_connection(connection: BaseDatabaseWrapper, **_keywords: Any) -> None:
    """Watch a connection once, however often it connects."""
    if _note_write not in connection.execute_wrappers:
        connection.execute_wrappers.append(_note_write)


def _note_write(execute: Callable[..., Any], sql: str, params: Any, many: bool, context: dict[str, Any]) -> Any:
    connection, work = context["connection"], _now.work
    if work is not None and connection.alias == "default" and (match := WRITES.match(sql)):
        if connection.in_atomic_block:
            work.written.append(match.group(1))
        else:
            before(f"write {match.group(1)}")
    return execute(sql, params, many, context)


def count_store_calls() -> None:
    from media.store import files
    from media.store.local import LocalStore
    from media.store.s3 import S3Store

    for kind in (LocalStore, S3Store):
        for name in STORE_CALLS:
            setattr(kind, name, _counted_call(name, getattr(kind, name)))
    LocalStore.receive = _counted_call("receive", LocalStore.receive)  # type: ignore[method-assign]
    rename = files.rename_into_place

    @functools.wraps(rename)
    def counted_rename(source: Path, target: Path) -> None:
        before("rename into place")
        rename(source, target)

    files.rename_into_place = counted_rename


def _counted_call(name: str, method: Callable[..., Any]) -> Callable[..., Any]:
    """Count a call of the store once, whichever others it makes itself."""

    @functools.wraps(method)
    def counted(self: Any, *arguments: Any, **keywords: Any) -> Any:
        work = _now.work
        if work is None:
            return method(self, *arguments, **keywords)
        if not work.depth:
            before(f"store {name}")
        work.depth += 1
        try:
            return method(self, *arguments, **keywords)
        finally:
            work.depth -= 1

    return counted


def count_engine() -> None:
    from media import runner

    read = runner._Watch.read_until_the_end

    @functools.wraps(read)
    def counted(self: runner._Watch) -> None:
        before(f"engine {self.command.purpose}", engine_pid=self.process.pid)
        read(self)

    runner._Watch.read_until_the_end = counted  # type: ignore[method-assign]
