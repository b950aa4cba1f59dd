"""The one place that starts processes: limits hold, ends are clean, nothing is left behind."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from media import runner
from media.errors import DiskFull, EngineFailed, FfmpegMissing, Interrupted, LimitExceeded
from media.runner import Command, Limits, find_ffmpeg, run
from tests.media.samples import SHORT_SOUND, MakeSource

pytestmark = pytest.mark.both_versions


def python(code: str, *, expected_ms: int = 0) -> Command:
    return Command((sys.executable, "-I", "-c", code), purpose="test", expected_ms=expected_ms)


def is_running(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False


def wait_until_gone(pid: int) -> None:
    """Return when the process has gone; the test's own time limit ends a wait for one that never goes."""
    while is_running(pid):
        time.sleep(0.01)


def test_a_good_end_returns_what_was_printed(tmp_path: Path) -> None:
    outcome = run(python("import sys; print('yes'); sys.stderr.write('by the way')"), folder=tmp_path, limits=Limits())
    assert outcome.stdout == b"yes\n"
    assert outcome.stderr_tail == "by the way"


def test_a_bad_end_raises_with_the_last_words_of_a_long_speech(tmp_path: Path) -> None:
    speech = "import sys; sys.stderr.write('x' * 100000 + 'the reason'); sys.exit(3)"
    with pytest.raises(EngineFailed, match="ended with 3") as failure:
        run(python(speech), folder=tmp_path, limits=Limits())
    assert failure.value.stderr_tail.endswith("the reason")
    assert len(failure.value.stderr_tail) <= runner.STDERR_TAIL_BYTES
    assert not failure.value.permanent


def test_the_process_works_in_its_folder_without_the_workers_secrets(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SECRET_KEY", "never")
    outcome = run(python("import os; print(os.getcwd(), sorted(os.environ))"), folder=tmp_path, limits=Limits())
    said = outcome.stdout.decode()
    assert said.startswith(str(tmp_path))
    assert "SECRET_KEY" not in said


def test_limits_and_niceness_are_in_place(tmp_path: Path) -> None:
    code = (
        "import os, resource as r; "
        "which = (r.RLIMIT_AS, r.RLIMIT_CPU, r.RLIMIT_FSIZE, r.RLIMIT_NOFILE, r.RLIMIT_CORE); "
        "print([r.getrlimit(one)[0] for one in which], os.nice(0))"
    )
    limits = Limits(cpu_seconds=7, memory_bytes=10**9, file_bytes=12345, open_files=32, nice=5)
    outcome = run(python(code), folder=tmp_path, limits=limits)
    assert outcome.stdout.decode().strip() == f"[1000000000, 7, 12345, 32, 0] {os.nice(0) + 5}"


@pytest.mark.parametrize(
    ("code", "limits"),
    [
        ("import time; time.sleep(60)", Limits(wall_seconds=1)),
        ("import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); time.sleep(60)", Limits(wall_seconds=1)),
        ("while True: pass", Limits(cpu_seconds=1)),
        (
            "import signal; signal.signal(signal.SIGXFSZ, signal.SIG_DFL); open('f', 'wb').write(bytes(10**6))",
            Limits(file_bytes=10**5),
        ),
        ("while True: print('x' * 100000)", Limits()),
    ],
    ids=["time", "time, deaf to TERM", "processor", "file size", "output"],
)
def test_past_a_limit_the_process_is_ended_and_says_which(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: str, limits: Limits
) -> None:
    monkeypatch.setattr(runner, "TERM_GRACE_SECONDS", 0.3)
    with pytest.raises(LimitExceeded):
        run(python(code), folder=tmp_path, limits=limits)


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGHUP], ids=lambda number: number.name)
def test_a_signal_from_outside_is_an_interruption_and_no_failure_of_the_engine(
    tmp_path: Path, number: signal.Signals
) -> None:
    with pytest.raises(Interrupted, match=number.name) as failure:
        run(python(f"import os; os.kill(os.getpid(), {number})"), folder=tmp_path, limits=Limits())
    assert not isinstance(failure.value, EngineFailed)
    assert not failure.value.permanent


def test_ffmpeg_that_ends_in_peace_on_a_signal_was_interrupted(tmp_path: Path, ffmpeg_path: Path) -> None:
    def terminate(_fraction: float) -> None:
        for status in Path("/proc").glob("[0-9]*/status"):
            if f"PPid:\t{os.getpid()}\n" in status.read_text() and "ffmpeg" in status.read_text():
                os.kill(int(status.parent.name), signal.SIGTERM)

    endless = (str(ffmpeg_path), "-v", "error", "-re", "-f", "lavfi", "-i", "testsrc2=duration=60", "-f", "null", "-")
    with pytest.raises(Interrupted):
        run(Command(endless, purpose="test"), folder=tmp_path, limits=Limits(), on_progress=terminate)


def test_what_ffmpeg_itself_does_not_permit_is_no_interruption(
    make_source: MakeSource, tmp_path: Path, ffmpeg_path: Path
) -> None:
    """9.0 ends with 255 then, as after a signal. Here: AAC with a header a frame, which MP4 cannot hold."""
    source = make_source("row.aac", *SHORT_SOUND)
    late_header = ("-c", "copy", "-f", "mp4", "-movflags", "+delay_moov+frag_keyframe")
    command = (str(ffmpeg_path), "-v", "error", "-i", str(source), *late_header, "out.mp4")
    with pytest.raises(EngineFailed):
        run(Command(command, purpose="test"), folder=tmp_path, limits=Limits())


def test_a_crash_of_its_own_is_the_engines_failure(tmp_path: Path) -> None:
    with pytest.raises(EngineFailed) as failure:
        run(python("import os, signal; os.kill(os.getpid(), signal.SIGSEGV)"), folder=tmp_path, limits=Limits())
    assert not isinstance(failure.value, LimitExceeded)


@pytest.mark.parametrize("seconds", [1, 60])
def test_a_full_disk_is_told_also_where_ffmpeg_calls_it_a_good_end(
    tmp_path: Path, ffmpeg_path: Path, seconds: int
) -> None:
    picture = f"testsrc2=duration={seconds}:size=320x180"
    argv = (str(ffmpeg_path), "-v", "error", "-y", "-f", "lavfi", "-i", picture, "-f", "mpegts", "/dev/full")
    with pytest.raises(DiskFull):
        run(Command(argv, purpose="test"), folder=tmp_path, limits=Limits())


def test_for_want_of_memory_the_kernel_takes_the_engine_and_not_the_worker(tmp_path: Path) -> None:
    outcome = run(python("print(open('/proc/self/oom_score_adj').read())"), folder=tmp_path, limits=Limits())
    assert int(outcome.stdout) > int(Path("/proc/self/oom_score_adj").read_text())


def test_past_the_memory_limit_it_fails(tmp_path: Path) -> None:
    with pytest.raises(EngineFailed) as failure:
        run(python("x = bytearray(10**9)"), folder=tmp_path, limits=Limits(memory_bytes=3 * 10**8))
    assert "MemoryError" in failure.value.stderr_tail


def test_what_on_progress_raises_ends_the_process_and_is_passed_on(tmp_path: Path) -> None:
    class LeaseLost(Exception):
        pass

    def lose(fraction: float) -> None:
        raise LeaseLost

    code = "import os, time; open('pid', 'w').write(str(os.getpid())); time.sleep(60)"
    with pytest.raises(LeaseLost):
        run(python(code), folder=tmp_path, limits=Limits(), on_progress=lose)
    pid_file = tmp_path / "pid"
    if pid_file.exists():
        assert not is_running(int(pid_file.read_text()))


def test_progress_is_the_fraction_of_the_expected_time(tmp_path: Path) -> None:
    """As ffmpeg writes it: microseconds, N/A before the first frame, sometimes more than expected."""
    lines = ["out_time_us=N/A", "out_time_us=500000", "progress=continue", "out_time_us=9000000", "progress=end"]
    code = f"import time\nfor line in {lines}:\n  print(line, flush=True); time.sleep(0.3)"
    seen: list[float] = []
    run(python(code, expected_ms=1000), folder=tmp_path, limits=Limits(), on_progress=seen.append)
    assert set(seen) <= {0.0, 0.5, 1.0}
    assert seen == sorted(seen)
    assert seen[-1] == 1.0


def test_a_killed_worker_leaves_no_process_behind(tmp_path: Path) -> None:
    child = (
        "import os, time; open('pid.new', 'w').write(str(os.getpid())); os.rename('pid.new', 'pid'); time.sleep(600)"
    )
    worker = (
        "import sys; from pathlib import Path; from media.runner import Command, Limits, run\n"
        f"run(Command((sys.executable, '-I', '-c', {child!r}), purpose='test'), folder=Path({str(tmp_path)!r}),"
        " limits=Limits(wall_seconds=600))"
    )
    root = Path(runner.__file__).parents[1]
    process = subprocess.Popen([sys.executable, "-c", worker], cwd=root)
    try:
        pid_file = tmp_path / "pid"
        while not pid_file.exists():
            assert process.poll() is None
            time.sleep(0.01)
        pid = int(pid_file.read_text())
        assert is_running(pid)
        process.send_signal(signal.SIGKILL)
        process.wait(10)
        wait_until_gone(pid)
    finally:
        process.kill()
        process.wait(10)


def test_a_command_is_logged_so_that_it_can_be_pasted() -> None:
    assert str(Command(("ffmpeg", "-i", "file:a b.mp4"), purpose="test")) == "ffmpeg -i 'file:a b.mp4'"


def test_a_program_that_is_missing_is_said(tmp_path: Path) -> None:
    with pytest.raises(EngineFailed) as failure:
        run(Command(("/nowhere/ffmpeg",), purpose="test"), folder=tmp_path, limits=Limits())
    assert "/nowhere/ffmpeg" in failure.value.stderr_tail


def test_ffmpeg_is_the_setting_then_the_path_then_the_wheel(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, ffmpeg_path: Path
) -> None:
    assert find_ffmpeg(str(ffmpeg_path)) == ffmpeg_path
    own = tmp_path / "ffmpeg"
    own.write_text("#!/bin/sh\n")
    own.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert find_ffmpeg() == own
    own.unlink()
    assert "imageio_ffmpeg" in str(find_ffmpeg())
    with pytest.raises(FfmpegMissing):
        find_ffmpeg("/nowhere/ffmpeg")
