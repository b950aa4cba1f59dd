"""What the clock sends and where tasks go."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from kombu import Connection

from videoshare.broker import message_names
from videoshare.celery import SCHEDULE, app
from videoshare.programs import Program, programs


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


EMBEDDED, SERVER = "", "redis://broker:6379/0"


def switch(program: Program, name: str) -> str | None:
    return program.argv[program.argv.index(name) + 1] if name in program.argv else None


@pytest.mark.parametrize("broker_url", [EMBEDDED, SERVER])
def test_each_worker_takes_from_one_queue_and_each_queue_has_one(settings: Any, broker_url: str) -> None:
    settings.CELERY_BROKER_URL = broker_url
    workers = [program for program in programs() if "worker" in program.argv]
    assert {switch(worker, "--queues") for worker in workers} == set(app.amqp.queues)
    names = [switch(worker, "--hostname") for worker in workers]
    assert len(set(names)) == len(names)


def test_a_slot_on_the_embedded_broker_is_a_worker_without_a_pool(settings: Any) -> None:
    """The pool that Celery has there does not survive that one of its idle processes is killed."""
    settings.CELERY_BROKER_URL, settings.TRANSCODE_SLOTS = EMBEDDED, 3
    workers = [program for program in programs() if "worker" in program.argv]
    assert {switch(worker, "--pool") for worker in workers} == {"solo"}
    assert [worker.name for worker in workers] == ["publish", "publish-2", "transcode", "transcode-2", "transcode-3"]


def test_slots_on_a_broker_server_are_the_processes_of_a_pool(settings: Any) -> None:
    settings.CELERY_BROKER_URL, settings.TRANSCODE_SLOTS = SERVER, 3
    workers = {program.name: program for program in programs() if "worker" in program.argv}
    assert {name: switch(worker, "--concurrency") for name, worker in workers.items()} == {
        "publish": "2",
        "transcode": "3",
    }


@pytest.mark.parametrize("broker_url", [EMBEDDED, SERVER])
def test_only_transcoding_workers_step_back(settings: Any, broker_url: str) -> None:
    settings.CELERY_BROKER_URL = broker_url
    nice = [program for program in programs() if program.argv[:3] == ("nice", "-n", "10")]
    assert {switch(program, "--queues") for program in nice} == {"transcode"}


def test_workers_need_no_mailbox() -> None:
    assert app.conf.worker_enable_remote_control is False
    for program in programs():
        if "worker" in program.argv:
            assert {"--without-gossip", "--without-mingle", "--without-heartbeat"} <= set(program.argv)
