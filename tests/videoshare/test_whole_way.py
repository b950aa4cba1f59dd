"""The whole way on one machine without a server: SQLite, files, and the product's own processes."""

import os
import re
import signal
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tests.installation import START_SECONDS, Installation, fetch
from tests.whole_way import walk
from videoshare.supervisor import web_answers


@pytest.fixture
def installation(tmp_path: Path) -> Iterator[Installation]:
    """Yield an installation that is not started yet."""
    made = Installation(tmp_path / "installation")
    yield made
    made.kill()


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    """Yield an installation that runs, for tests that leave it as it was."""
    started = Installation(tmp_path_factory.mktemp("running")).start()
    yield started
    assert started.stop() == 0
    assert pids_of(started, "videoshare") == []


def test_a_video_travels_from_upload_to_answer_and_is_there_after_an_upgrade(
    installation: Installation, tmp_path: Path
) -> None:
    installation.start()
    setup = re.search(r"http://localhost:\d+(/setup/\S+)", installation.output)
    assert setup
    assert fetch("GET", installation.url + setup.group(1)).status == 200
    video_id = walk(installation, tmp_path)
    assert fetch("GET", installation.url + setup.group(1)).status == 410
    assert installation.stop(signal.SIGINT) == 0

    installation.manage("migrate", "comments", "zero")  # as if the next version had brought these migrations
    installation.start()
    token = installation.manage("createtoken", "ana@example.com")[-1]
    found = installation.call("GET", f"/api/v1/videos/{video_id}/", Authorization=f"Bearer {token}")
    assert found.json["title"] == "Numbers of November"
    assert "/setup/" not in installation.output
    copies = list((installation.folder / "data" / "backups").iterdir())
    assert f"The database was copied to {copies[0]}" in installation.output
    with closing(sqlite3.connect(copies[0])) as copy:
        assert copy.execute("SELECT public_id FROM videos_video").fetchall() == [(video_id,)]


def test_what_an_installation_keeps_is_nobody_elses(running: Installation) -> None:
    data = running.folder / "data"
    open_to_others = [path for path in [data, *data.rglob("*")] if path.lstat().st_mode & 0o077]
    assert open_to_others == []


def test_a_second_run_on_the_same_data_says_so_and_stops(running: Installation) -> None:
    second = Installation(running.folder, port=running.port + 1)
    with pytest.raises(AssertionError, match="already runs with the data"):
        second.start()


def test_a_second_run_on_the_same_port_says_so_and_stops(running: Installation, installation: Installation) -> None:
    installation.port = running.port
    with pytest.raises(AssertionError, match=rf"Port {running.port} is taken .* make run PORT={running.port + 1}"):
        installation.start()


def test_a_killed_web_comes_back_on_the_same_port(running: Installation) -> None:
    os.kill(min(pids_of(running, "gunicorn")), signal.SIGKILL)
    running.wait_for_line(r"web was killed by SIGKILL; it starts again in 1 s")
    deadline = time.monotonic() + START_SECONDS
    while not web_answers(running.port):
        assert time.monotonic() < deadline, running.output
        time.sleep(0.1)


def test_a_mistyped_setting_stops_the_start_by_its_name(tmp_path: Path) -> None:
    mistyped = Installation(tmp_path / "installation", {"VIDEOSHARE_TRANSCODE_SLOTS": "many"})
    with pytest.raises(AssertionError, match="VIDEOSHARE_TRANSCODE_SLOTS: 'many' is not a whole number"):
        mistyped.start()
    assert "Traceback" not in mistyped.output


def pids_of(installation: Installation, word: str) -> list[int]:
    """Return the processes of this installation whose command line has `word`."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            is_ours = str(installation.folder / "data").encode() in (folder / "environ").read_bytes()
            if is_ours and word.encode() in (folder / "cmdline").read_bytes():
                found.append(int(folder.name))
        except OSError:
            continue  # it has ended meanwhile
    return sorted(found)
