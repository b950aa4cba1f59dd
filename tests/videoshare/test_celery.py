"""What the clock sends and where tasks go."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from kombu import Connection

from videoshare.broker import message_names
from videoshare.celery import SCHEDULE, app
from videoshare.programs import programs


@contextmanager
def broker_in(folder: Path) -> Iterator[Connection]:
    with Connection("embedded://", transport_options={"folder": str(folder)}) as connection:
        yield connection


def test_every_task_of_the_schedule_exists() -> None:
    app.loader.import_default_modules()
    assert {entry["task"] for entry in SCHEDULE.values()} <= set(app.tasks)


def test_a_tick_that_nobody_took_expires_before_the_next_one() -> None:
    for name, entry in SCHEDULE.items():
        assert entry["options"]["expires"] == entry["schedule"], name


@pytest.mark.parametrize("queue", ["publish", "transcode"])
def test_a_task_goes_to_the_queue_it_was_sent_to_and_to_no_other(queue: str, tmp_path: Path) -> None:
    with broker_in(tmp_path) as connection:
        app.send_task("core.run_job", args=[1], queue=queue, connection=connection)
    filled = {folder.name for folder in tmp_path.iterdir() if message_names(folder)}
    assert filled == {queue}


def test_each_queue_has_a_worker_of_its_own() -> None:
    taken = [program.argv[program.argv.index("--queues") + 1] for program in programs() if "--queues" in program.argv]
    assert sorted(taken) == sorted(app.amqp.queues)


def test_only_the_transcoding_worker_steps_back() -> None:
    assert [program.name for program in programs() if program.argv[:3] == ("nice", "-n", "10")] == ["transcode"]


def test_workers_need_no_mailbox() -> None:
    assert app.conf.worker_enable_remote_control is False
    for program in programs():
        if "worker" in program.argv:
            assert {"--without-gossip", "--without-mingle", "--without-heartbeat"} <= set(program.argv)
