"""The folders in which attempts work: gone with them, also where they were killed."""

import pytest

from apps.core import jobs
from apps.core.work_folders import clear_work_folders, work_folder
from tests.core.asking import ask

pytestmark = pytest.mark.django_db


def test_the_folder_of_a_killed_attempt_is_cleared_and_a_running_one_s_kept(kind, rung, settings, tmp_path) -> None:
    settings.WORK_FOLDER = tmp_path
    running = jobs.claim(ask().pk)
    assert running is not None
    with work_folder(running) as kept:
        left = tmp_path / f"{running.job_id}-{running.fence + 1}"
        left.mkdir()
        (left / "source").write_bytes(b"x")
        assert clear_work_folders() == 1
        assert kept.is_dir()
    assert not list(tmp_path.iterdir())
