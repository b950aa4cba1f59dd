"""`make run`'s supervisor, driven as a process of its own over small programs that stand for web and worker."""

import json
import os
import signal
import socket
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from videoshare.supervisor import CannotRun, describe_exit, hold_folder, require_free_port, restart_delay

RUN = """
import json, os, sys
from videoshare.programs import Program
from videoshare.supervisor import Supervisor, print_line
wanted = tuple(Program(name, tuple(argv)) for name, argv in json.loads(sys.argv[1]).items())
ready = sys.argv[3] or os.devnull
sys.exit(Supervisor(wanted, say=print_line, until_ready=lambda: os.path.exists(ready),
                    stop_seconds=float(sys.argv[2]), first_delay=0.1).run())
"""
PATIENCE_SECONDS = 20.0  # a test that waits this long has failed
STEADY = "import time\nwhile True: time.sleep(0.05)"


class Run:
    """A supervisor under test: what it has printed, and what it was told."""

    def __init__(self, scripts: dict[str, str], folder: Path, stop_seconds: float, ready_when: str) -> None:
        wanted = {name: [sys.executable, "-u", "-c", textwrap.dedent(script)] for name, script in scripts.items()}
        self.output = folder / "output"
        with self.output.open("wb") as file:
            self.process = subprocess.Popen(
                [sys.executable, "-c", RUN, json.dumps(wanted), str(stop_seconds), ready_when],
                stdout=file,
                stderr=subprocess.STDOUT,
                cwd=Path(__file__).parents[2],
                env={**os.environ, "FOLDER": str(folder)},
                start_new_session=True,
            )

    def lines(self) -> list[str]:
        return self.output.read_text().splitlines()

    def wait_for(self, text: str, times: int = 1) -> None:
        wait_until(lambda: sum(text in line for line in self.lines()) >= times, lambda: f"{text!r} in {self.lines()}")

    def end(self) -> int:
        return self.process.wait(timeout=PATIENCE_SECONDS)


def wait_until(holds: Callable[[], bool], what: Callable[[], str]) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not holds():
        assert time.monotonic() < deadline, what()
        time.sleep(0.02)


def is_alive(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"


@pytest.fixture
def supervise(tmp_path: Path) -> Iterator[Callable[..., Run]]:
    runs: list[Run] = []

    def start(scripts: dict[str, str], stop_seconds: float = 10.0, ready_when: str = "") -> Run:
        runs.append(Run(scripts, tmp_path, stop_seconds, ready_when))
        return runs[-1]

    yield start
    for run in runs:
        if run.process.poll() is None:
            run.process.kill()
            run.process.wait()


def test_each_line_stands_behind_the_name_of_its_program(supervise: Callable[..., Run]) -> None:
    run = supervise({"web": f"print('one\\ntwo')\n{STEADY}", "beat": f"print('tick', end='', flush=True)\n{STEADY}"})
    run.wait_for("two")
    run.process.terminate()
    assert run.end() == 0
    assert {"web       | one", "web       | two", "beat      | tick"} <= set(run.lines())


def test_the_others_start_once_the_first_program_is_ready(supervise: Callable[..., Run], tmp_path: Path) -> None:
    sign = tmp_path / "ready"
    first = f"""
        import os, pathlib, time
        print("the first is up; the other began before:", os.path.exists({str(tmp_path / "begun")!r}))
        pathlib.Path({str(sign)!r}).touch()
        while True: time.sleep(0.05)
    """
    other = f"import pathlib\npathlib.Path({str(tmp_path / 'begun')!r}).touch()\nprint('other')\n{STEADY}"
    run = supervise({"web": first, "worker": other}, ready_when=str(sign))
    run.wait_for("other")
    assert "web       | the first is up; the other began before: False" in run.lines()


def test_stopping_lets_a_worker_finish_and_tells_its_children_nothing(supervise: Callable[..., Run]) -> None:
    worker = """
        import signal, subprocess, sys, time
        stopping = []
        signal.signal(signal.SIGTERM, lambda *_: stopping.append(1))
        child = subprocess.Popen([sys.executable, "-u", "-c", '''
        import sys, time
        print("begun"); time.sleep(1.5); print("finished")
        '''.replace("        ", "")])
        code = child.wait()
        print("child ended with", code)
    """
    run = supervise({"worker": worker})
    run.wait_for("begun")
    run.process.terminate()
    assert run.end() == 0
    assert "worker    | finished" in run.lines()
    assert "worker    | child ended with 0" in run.lines()


def test_ctrl_c_in_the_terminal_reaches_the_supervisor_alone(supervise: Callable[..., Run]) -> None:
    program = """
        import signal, sys, time
        signal.signal(signal.SIGINT, lambda *_: print("heard an INT"))
        signal.signal(signal.SIGTERM, lambda *_: (print("heard a TERM"), sys.exit(0)))
        print("up")
        while True: time.sleep(0.05)
    """
    run = supervise({"web": program})
    run.wait_for("up")
    os.killpg(run.process.pid, signal.SIGINT)  # as a terminal does: to the whole group in the foreground
    assert run.end() == 0
    assert "web       | heard a TERM" in run.lines()
    assert "web       | heard an INT" not in run.lines()


def test_who_does_not_stop_in_time_is_killed_with_its_whole_session(supervise: Callable[..., Run]) -> None:
    stubborn = """
        import os, signal, subprocess, sys, time
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
        print("pids", os.getpid(), child.pid)
        while True: time.sleep(0.05)
    """
    run = supervise({"worker": stubborn}, stop_seconds=0.5)
    run.wait_for("pids")
    pids = [int(word) for line in run.lines() if "pids" in line for word in line.split()[-2:]]
    run.process.terminate()
    assert run.end() == 0
    wait_until(lambda: not any(is_alive(pid) for pid in pids), lambda: "the session is gone")
    assert any("worker was still busy" in line for line in run.lines())


def test_a_second_ctrl_c_does_not_wait(supervise: Callable[..., Run]) -> None:
    stubborn = f"import signal\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\nprint('up')\n{STEADY}"
    run = supervise({"worker": stubborn}, stop_seconds=600)
    run.wait_for("up")
    run.process.send_signal(signal.SIGINT)
    run.wait_for("Stopping")
    run.process.send_signal(signal.SIGINT)
    assert run.end() == 0


def test_a_killed_program_starts_again_and_a_line_says_so(supervise: Callable[..., Run]) -> None:
    run = supervise({"worker": f"import os\nprint('pid', os.getpid())\n{STEADY}", "web": STEADY})
    run.wait_for("pid ")
    os.kill(int(run.lines()[0].split()[-1]), signal.SIGKILL)
    run.wait_for("pid ", times=2)
    assert any("worker was killed by SIGKILL; it starts again in 0.1 s." in line for line in run.lines())


def test_what_a_killed_worker_leaves_in_its_session_is_ended_before_it_starts_again(
    supervise: Callable[..., Run],
) -> None:
    worker = """
        import os, subprocess, sys, time
        child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
        print("pids", os.getpid(), child.pid)
        while True: time.sleep(0.05)
    """
    run = supervise({"worker": worker})
    run.wait_for("pids")
    parent, child = (int(word) for word in run.lines()[0].split()[-2:])
    os.kill(parent, signal.SIGKILL)
    run.wait_for("pids", times=2)
    assert not is_alive(child)


def test_a_program_that_cannot_start_stops_everything_and_is_named(supervise: Callable[..., Run]) -> None:
    run = supervise({"web": "import sys\nsys.exit('no module named so')", "beat": STEADY})
    assert run.end() == 1
    assert "web       | no module named so" in run.lines()
    assert any("web cannot start: ended with exit code 1" in line for line in run.lines())


def test_programs_end_when_the_supervisor_is_killed(supervise: Callable[..., Run]) -> None:
    run = supervise({"web": f"import os\nprint('pid', os.getpid())\n{STEADY}"})
    run.wait_for("pid ")
    pid = int(run.lines()[0].split()[-1])
    run.process.kill()
    run.end()
    wait_until(lambda: not is_alive(pid), lambda: "the program has ended")


@pytest.mark.parametrize(("deaths", "seconds"), [(1, 1), (2, 2), (3, 4), (5, 16), (6, 30), (50, 30)])
def test_each_death_in_a_row_doubles_the_delay_up_to_half_a_minute(deaths: int, seconds: float) -> None:
    assert restart_delay(deaths, first=1.0) == seconds


def test_an_exit_is_described_in_words() -> None:
    assert describe_exit(3) == "ended with exit code 3"
    assert describe_exit(-9) == "was killed by SIGKILL"


def test_a_taken_port_is_named_with_the_command_for_another() -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        with pytest.raises(CannotRun, match=rf"Port {port} is taken .* make run PORT={port + 1}"):
            require_free_port("127.0.0.1", port)
    require_free_port("127.0.0.1", port)


def test_a_data_folder_serves_one_run_at_a_time(tmp_path: Path) -> None:
    with hold_folder(tmp_path), pytest.raises(CannotRun, match="already runs"):
        hold_folder(tmp_path)
    hold_folder(tmp_path).close()
