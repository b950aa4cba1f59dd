"""Every fault at every step, on three kinds of installation: each video ends ready and whole, and nothing stays behind.

The steps are those that the same videos pass undisturbed on the same installation. Where one strike hits everybody
(a worker, the web, the power, a server), several videos are held at their steps and hit together. What was measured is
printed and written to TABLE, for docs/reliability.md:

    .venv/bin/pytest tests/faults/test_every_step.py -m long -s

FAULTS_WORK="piece join@end.1" looks at the steps of these jobs and requests alone, or at single ones,
FAULTS_STRIKES="web database" lets these kinds of fault alone happen.
"""

import os
import secrets
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import pytest

from tests.faults.faults import (
    JOBS,
    Fault,
    Strike,
    Suffered,
    assert_nothing_is_left_behind,
    broker,
    child,
    database,
    engine,
    everything,
    is_at_commit,
    suffer,
    suffer_together,
    wait_until_settled,
    web,
    worker,
)
from tests.faults.films import COPIED, ENCODED, LONG, TOO_QUIET
from tests.faults.scene import Scene
from tests.faults.sender import Sender
from tests.faults.servers import S3, Postgres, Redis, Server
from tests.filming import film
from tests.installation import ROOT

pytestmark = [pytest.mark.long, pytest.mark.timeout(3 * 3600)]

WORK = frozenset(os.environ.get("FAULTS_WORK", "").split())
TABLE = ROOT / "build" / "faults.md"
SENT = ((COPIED, "file"), (ENCODED, "file"), (COPIED, "recording"), (TOO_QUIET, "file"), (LONG, "file"))
IN_SLOW_QUEUE = frozenset({"transcode", "piece", "join", "illustrate", "sound"})
STRIKES = os.environ.get("FAULTS_STRIKES", "").split()
REQUESTS_AT_ONCE = 6
ALONE_AT_ONCE = 10  # faults that hit one process each, and nobody else


@dataclass(frozen=True)
class Step:
    """A step that was passed, by which work, and what was sent for it."""

    work: str
    step: str
    film: str
    kind: str

    def __str__(self) -> str:
        return f"{self.work}@{self.step}"


def every_step(scene: Scene) -> list[Step]:
    """Return the steps that SENT passes, in order, each once; a job's steps are the same for every source."""
    found: dict[tuple[str, ...], Step] = {}
    first = Sender(scene, film(COPIED), name="first")  # is asked things that are done once, as noting a token's use
    first.send_all()
    first.wait_until("ready")
    for how, kind in SENT:
        sender = Sender(scene, film(how), kind=kind, name=f"undisturbed-{secrets.token_hex(4)}")
        with scene.tracing() as passed:
            sender.send_all()
            assert sender.wait_until("ready", "failed")["status"] == "ready"
            wait_until_settled(scene)
        for line in passed:
            name, _, step = line.partition("@")
            if name.startswith(f"{sender.name}."):
                work = name.removeprefix(f"{sender.name}.")
                found.setdefault((kind, work, step), Step(work, step, how, kind))
            elif name.endswith(f":{sender.video_id}"):
                work = name.removesuffix(f":{sender.video_id}")
                assert work in JOBS, line
                found.setdefault((work, step), Step(work, step, how, kind))
    return list(found.values())


def faults_at(steps: Sequence[Step], strike: Strike) -> list[Fault]:
    """Return the fault at each of the steps where it can happen."""
    return [
        Fault(strike.__name__, strike, at.work, at.step, at.film, at.kind)
        for at in steps
        if WHERE.get(strike, lambda _at: True)(at)
    ]


WHERE: dict[Strike, Callable[[Step], bool]] = {
    engine: lambda at: at.step.startswith("engine-"),
    child: lambda at: at.work in JOBS,
    worker: lambda at: at.work in JOBS,
    web: lambda at: at.work not in JOBS,
}
ALONE: frozenset[Strike] = frozenset({engine, child})


def volleys(faults: Sequence[Fault], *, one_writer: bool, held: int) -> list[list[Fault]]:
    """Return the faults in as few groups as can be held at the same time, of about the same size."""
    count = 1
    while (groups := dealt(faults, count, one_writer=one_writer, held=held)) is None:
        count += 1
    return groups


def dealt(faults: Sequence[Fault], count: int, *, one_writer: bool, held: int) -> list[list[Fault]] | None:
    """Return the faults in `count` groups, None when these are too few."""
    groups: list[list[Fault]] = [[] for _ in range(count)]
    for fault in sorted(faults, key=is_at_commit, reverse=True):
        fitting = [group for group in groups if has_room(group, fault, one_writer=one_writer, held=held)]
        if not fitting:
            return None
        min(fitting, key=len).append(fault)
    return groups


def has_room(group: Sequence[Fault], fault: Fault, *, one_writer: bool, held: int) -> bool:
    """Return whether the fault's work can be held beside the group's: at most `held` jobs of a queue."""
    if one_writer and is_at_commit(fault) and any(is_at_commit(other) for other in group):
        return False
    room = held if fault.work in JOBS else REQUESTS_AT_ONCE
    return sum(held_by(other) == held_by(fault) for other in group) < room


def held_by(fault: Fault) -> str:
    """Return the program that does the fault's work."""
    if fault.work not in JOBS:
        return "web"
    return "transcode" if fault.work in IN_SLOW_QUEUE else "publish"


def suffer_all(scene: Scene, faults: Sequence[Fault], kind: "Kind") -> dict[Fault, "Future[Suffered]"]:
    """Let one kind of fault happen at all of these steps, as many at once as do not disturb each other."""
    if faults[0].strike in ALONE:
        with ThreadPoolExecutor(max_workers=ALONE_AT_ONCE) as together:
            return {fault: together.submit(suffer, scene, fault) for fault in faults}
    ends: dict[Fault, Future[Suffered]] = {}
    for group in volleys(faults, one_writer=scene.has_one_writer, held=kind.held_in_a_queue):
        try:
            ends |= suffer_together(scene, group)
        except Exception as error:  # noqa: BLE001 - the others are to suffer all the same
            for fault in group:
                ends[fault] = Future()
                ends[fault].set_exception(error)
    return ends


@dataclass(frozen=True)
class Row:
    """A line of the table."""

    fault: str
    installation: str
    faults: int
    ends: list[Suffered]  # of those that ended well

    def __str__(self) -> str:
        if len(self.ends) < self.faults:
            return f"| {self.fault} | {self.installation} | {len(self.ends)} of {self.faults} ended well | | | | |"
        seconds = [end.seconds for end in self.ends]
        sent, saved = sum(end.sent_bytes for end in self.ends), sum(end.saved_bytes for end in self.ends)
        cells = (self.fault, self.installation, f"{len(self.ends)}", f"{sent:,}", f"{saved:,}")
        return f"| {' | '.join(cells)} | {median(seconds):.1f} | {max(seconds):.1f} |"


HEAD = """| killed | installation | steps | bytes sent | bytes saved | s until ready: median | most |
|---|---|--:|--:|--:|--:|--:|"""


@pytest.fixture(scope="module")
def table() -> Iterator[list[Row]]:
    """Yield the rows, to be added to; they are printed and written when all tests of this module have ended."""
    rows: list[Row] = []
    yield rows
    text = "\n".join([HEAD, *map(str, rows)])
    print(f"\n{text}")
    TABLE.parent.mkdir(exist_ok=True)
    TABLE.write_text(f"{text}\n")


@dataclass(frozen=True)
class Kind:
    """A kind of installation, what is killed there, and how many jobs it has places for in each queue.

    Of these so many are held; the others are for jobs that are on their way, and for sweeps. Where there are pools, a
    place costs little.
    """

    name: str
    servers: Callable[[Path], dict[str, Server]]
    strikes: tuple[Strike, ...]
    places: int = 8
    held_in_a_queue: int = 5

    def __str__(self) -> str:
        return self.name


KINDS = (
    # Without pools, so a child and a worker are the same there.
    Kind("embedded", lambda _folder: {}, (engine, child, web, everything)),
    Kind("embedded, S3", lambda folder: {"store": S3(folder)}, (engine, child, web, everything)),
    Kind(
        "PostgreSQL, Redis, S3",
        lambda folder: {"database": Postgres(folder), "broker": Redis(folder), "store": S3(folder)},
        (engine, child, worker, web, everything, database, broker),
        places=24,
        held_in_a_queue=10,  # sweeps ring for who is held at a commit, and who hears it waits for the row
    ),
)


@pytest.fixture(params=KINDS, ids=str)
def kind(request: pytest.FixtureRequest) -> Kind:
    """Return each kind of installation."""
    found: Kind = request.param
    return found


@pytest.fixture
def scene(kind: Kind, tmp_path: Path) -> Iterator[Scene]:
    """Yield a running installation of the kind, with short clocks and room for many jobs."""
    servers = kind.servers(tmp_path)
    for server in servers.values():
        server.start()
    scene = Scene.at(tmp_path / "installation", quick=True, places=kind.places, servers=servers)
    try:
        scene.start()
        yield scene
    finally:
        scene.end()


def test_whatever_is_killed_at_whichever_step_every_video_ends_ready_and_nothing_stays_behind(
    kind: Kind, scene: Scene, table: list[Row], subtests: pytest.Subtests
) -> None:
    steps = [step for step in every_step(scene) if not WORK or {step.work, str(step)} & WORK]
    for strike in kind.strikes:
        faults = faults_at(steps, strike)
        if not faults or (STRIKES and strike.__name__ not in STRIKES):
            continue  # WORK has nothing that this one hits
        ends = suffer_all(scene, faults, kind)
        for fault, end in ends.items():
            if error := end.exception():
                print(f"\n{kind}: {fault}: {error!r}")  # at once: the rest may take an hour
            with subtests.test(str(fault)):
                end.result()
        well = [end.result() for end in ends.values() if not end.exception()]
        table.append(Row(strike.__name__, kind.name, len(ends), well))
        print(table[-1])
    wait_until_settled(scene)
    assert_nothing_is_left_behind(scene)
