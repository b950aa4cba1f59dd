"""What a fault is, and what must be true after it."""

import secrets
import shutil
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.faults.films import COPIED, ENCODED, FRAMES
from tests.faults.scene import PATIENCE_S, Held, Scene, kill, parent_of
from tests.faults.sender import Sender
from tests.faults.servers import Mortal, Postgres, Redis
from tests.filming import film
from tests.whole_way import download_by_playlist, frames_in

AWAY_S = 1.0  # how long a killed server stays away
ATTEMPTS = 3  # of a job, before it is given up
JOBS = frozenset({"publish", "transcode", "piece", "join", "clear_upload", "illustrate", "sound"})

Strike = Callable[[Scene, Sequence[Held]], None]  # hits all who are held at the same moment


@dataclass(frozen=True)
class Fault:
    """Whom it hits, how, and where: at a step of a job (see JOBS) or of a request of the sender."""

    name: str
    strike: Strike
    work: str
    step: str
    film: str
    kind: str = "file"

    def __str__(self) -> str:
        return f"{self.name} at {self.work}@{self.step} of a {self.kind}"


def engine(scene: Scene, held: Sequence[Held]) -> None:
    """Kill the engine's process in the middle of its work; its worker lives on."""
    for one in held:
        assert one.engine_pid is not None, one
        kill(one.engine_pid)
        scene.release(one)


def child(_scene: Scene, held: Sequence[Held]) -> None:
    """Kill the process that does the job: one of a worker's pool, or a worker without a pool."""
    for one in held:
        kill(one.pid)


def worker(scene: Scene, held: Sequence[Held]) -> None:
    """Kill the worker: whose pool the supervisor must then end, or who does the job itself where there is no pool."""
    for pid in {worker_of(scene, one.pid) for one in held}:
        kill(pid)


def worker_of(scene: Scene, pid: int) -> int:
    """Return the first process of the worker that this one belongs to."""
    parent = parent_of(pid)
    return parent if parent in scene.pids("celery", "worker") else pid


def kill_the_idle(scene: Scene) -> None:
    """Kill each process that would do jobs and has none: of a pool its children, else the workers themselves."""
    pids = scene.pids("celery", "worker")
    children = [pid for pid in pids if parent_of(pid) in pids]
    for pid in children or pids:
        kill(pid)


def beat(scene: Scene, held: Sequence[Held]) -> None:
    """Kill the clock, lose every message of the embedded broker, folders and all, and kill who does the job."""
    (pid,) = scene.pids("beat-schedule")
    kill(pid)
    shutil.rmtree(scene.installation.folder / "data" / "broker")
    child(scene, held)


def web(scene: Scene, held: Sequence[Held]) -> None:
    """Kill the web, first process and all others, whoever is held."""
    for pid in scene.pids("gunicorn"):
        kill(pid)
    scene.release(*held)


def everything(scene: Scene, _held: Sequence[Held]) -> None:
    """Kill every process at once and start the installation again."""
    scene.kill_everything()
    scene.start()


def broker(scene: Scene, held: Sequence[Held]) -> None:
    """Kill the broker and start it again, with no message left."""
    server = scene.servers["broker"]
    assert isinstance(server, Redis)
    restart(server)
    scene.release(*held)


def database(scene: Scene, held: Sequence[Held]) -> None:
    """Kill the database and start it again on what it has on disk; every connection is cut."""
    server = scene.servers["database"]
    assert isinstance(server, Postgres)
    restart(server)
    scene.release(*held)


def restart(server: Mortal) -> None:
    """Kill a server, and start it again a moment later."""
    server.kill()
    time.sleep(AWAY_S)
    server.start()


@dataclass(frozen=True)
class Suffered:
    """What became of a video that was hit by a fault."""

    fault: Fault
    sent_bytes: int
    saved_bytes: int
    seconds: float  # from the fault until the video was ready


def suffer(scene: Scene, fault: Fault) -> Suffered:
    """Send a video, let the fault happen, and return what became of it: it must be ready, whole and playing."""
    return suffer_together(scene, [fault])[fault].result()


def suffer_together(scene: Scene, faults: Sequence[Fault]) -> "dict[Fault, Future[Suffered]]":
    """Do as suffer() for several videos that one strike hits, once each is held at its step.

    Who is held at a commit holds up whoever needs the same rows, and on SQLite every other writer: there give at most
    one such fault. They come last, and are held for as short as can be.
    """
    assert len({fault.strike for fault in faults}) == 1
    victims: list[_Victim] = []
    with ThreadPoolExecutor(max_workers=2 * len(faults)) as beside:
        try:
            for fault in sorted(faults, key=is_at_commit):
                if is_at_commit(fault):
                    for victim in victims:
                        if not is_at_commit(victim.fault):
                            victim.wait_until_held()
                victims.append(_Victim.of(scene, fault, beside))
            held = [victim.wait_until_held() for victim in victims]
            struck_at = time.monotonic()
            faults[0].strike(scene, held)
        except BaseException:
            for victim in victims:
                scene.let_pass(victim.step)
            raise
        return {victim.fault: beside.submit(victim.recover, struck_at) for victim in victims}


def is_at_commit(fault: Fault) -> bool:
    """Return whether a transaction is open at the fault's step."""
    return fault.step.startswith("commit-")


@dataclass(frozen=True)
class _Victim:
    """A video that is on its way to the step at which a fault hits it."""

    fault: Fault
    sender: Sender
    step: str
    sending: "Future[object]"

    @classmethod
    def of(cls, scene: Scene, fault: Fault, beside: ThreadPoolExecutor) -> "_Victim":
        """Order that it is held, and let it be sent."""
        sender = Sender(scene, film(fault.film), kind=fault.kind, name=f"sender-{secrets.token_hex(4)}")
        if fault.work in JOBS:
            sender.begin()
            name = f"{fault.work}:{sender.video_id}"
        else:
            name = f"{sender.name}.{fault.work}"
        step = f"{name}@{fault.step}"
        scene.order(step)
        send = sender.send_rest if sender.video else sender.send_all
        return cls(fault, sender, step, beside.submit(send))

    def wait_until_held(self) -> Held:
        return self.sender.scene.wait_for(self.step)

    def recover(self, struck_at: float) -> Suffered:
        """Wait for the video, and look at it."""
        self.sending.result()
        sender = self.sender
        told = sender.wait_until("ready", "failed")
        seconds = time.monotonic() - struck_at
        assert told["status"] == "ready", f"{self.fault}: {told}\n{sender.scene.last_words()}"
        assert [answer for answer in sender.refusals if answer.status == 500] == []
        assert_whole(sender)
        sender.wait_until_complete()
        return Suffered(self.fault, len(sender.content), sender.saved_bytes(), round(seconds, 1))


def suffer_until_given_up(scene: Scene, step: str) -> None:
    """Kill whoever does a job, at each of its attempts: it ends as failed, with a reason, and Retry makes it ready."""
    sender = Sender(scene, film(COPIED), kind="file", name=f"sender-{secrets.token_hex(4)}")
    sender.begin()
    step = f"publish:{sender.video_id}@{step}"
    with ThreadPoolExecutor(max_workers=1) as beside:
        scene.order(step)
        # Beside: an answer that must be asked for again may wait for whoever is held with a transaction open.
        sending = beside.submit(sender.send_rest)
        try:
            kill(scene.wait_for(step).pid)
            for _ in range(ATTEMPTS - 1):
                scene.order(step)
                kill(scene.wait_for(step).pid)
        except BaseException:
            scene.let_pass(step)
            raise
        sending.result()
    assert sender.wait_until("ready", "failed")["status"] == "failed"
    (found,) = scene.audit("now")
    assert found["videos"][sender.video_id]["failure_code"] == "engine_failed"
    sender.retry()
    assert sender.wait_until("ready", "failed")["status"] == "ready"
    assert_whole(sender)


def suffer_idle(scene: Scene) -> None:
    """Kill whoever waits for a job: a video that is sent then is ready all the same."""
    kill_the_idle(scene)
    sender = Sender(scene, film(ENCODED), name=f"sender-{secrets.token_hex(4)}")
    sender.send_all()
    assert sender.wait_until("ready", "failed")["status"] == "ready"
    assert_whole(sender)


def assert_whole(sender: Sender) -> None:
    """The source has every byte that was sent, and what was made of it has every frame."""
    saved, sent = sender.saved_bytes(), len(sender.content)
    assert saved == sent, f"{saved} of {sent} bytes of {sender.name}, a {sender.kind}"
    with TemporaryDirectory() as folder:
        playlist = sender.told()["playlist_url"]
        assert frames_in(download_by_playlist(sender.scene.installation, playlist), Path(folder)) == FRAMES


def wait_until_settled(scene: Scene) -> None:
    """Wait until no job is queued or running."""
    deadline = time.monotonic() + PATIENCE_S
    while unfinished := scene.audit("now")[0]["unfinished_jobs"]:
        assert time.monotonic() < deadline, unfinished


def assert_nothing_is_left_behind(scene: Scene) -> None:
    """Compare rows, store and disk: when every job has ended, and when the days have passed after which things go."""
    wait_until_settled(scene)  # pictures and sound are worked on after a video is ready
    soon, later = scene.audit("sweep", "day-later")
    assert soon["unfinished_jobs"] == []
    assert soon["work_folders"] == []
    assert soon["objects_without_row"] == []
    assert soon["needed_and_missing"] == []
    for name in (
        "objects_without_row",
        "rows_without_object",
        "objects_of_another_size",
        "needed_and_missing",
        "objects_nobody_needs",
        "left_in_the_store",
        "work_folders",
        "unfinished_jobs",
    ):
        assert later[name] == [], (name, len(later[name]), later[name][:5])
