"""A disk without room: for the source, for what the engine makes, for the rows. The job waits, and then does it."""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest
import time_machine
from django.db import OperationalError, connection
from django.utils import timezone

from apps.core import jobs
from apps.core.models import Job
from apps.videos import bench, renditions
from apps.videos.models import Video
from media.errors import DiskFull
from media.publish import find_ffmpeg

H264 = (
    "-f lavfi -i testsrc2=size=160x90:rate=10:duration=0.6 -c:v libx264 -preset ultrafast -g 10 -pix_fmt yuv420p -f mp4"
)
FULL = "/dev/full"  # each write to it finds no space left; no rights are needed, as they are for a small file system

# The same engine, but what it makes lands on a full disk.
ENGINE_WITHOUT_ROOM = """#!/bin/sh
for word; do
    shift
    case "$word" in file:copy.mp4) word={full} ;; -n) word=-y ;; esac
    set -- "$@" "$word"
done
exec {ffmpeg} "$@"
"""


def assert_waits(video: Video) -> None:
    """The job has run once: it waits for room, has used up no attempt, and its author is told of nothing yet."""
    job = Job.objects.get()
    assert (job.state, job.attempts, job.waits, job.failure_code) == (Job.State.QUEUED, 0, 1, "disk_full")
    video.refresh_from_db()
    assert (video.status, video.failure_code) == (Video.Status.PROCESSING, "")


def assert_ready_in_a_minute(video: Video, run_jobs: Callable[[], None]) -> None:
    with time_machine.travel(timezone.now() + timedelta(minutes=1)):
        run_jobs()
    video.refresh_from_db()
    assert (video.status, video.failure_code) == (Video.Status.READY, "")


@pytest.mark.django_db
def test_a_source_that_finds_no_room_is_fetched_later(published, run_jobs, monkeypatch) -> None:
    video = published(H264, run=False)
    with monkeypatch.context() as full:

        def seems_roomy(_source: object, folder: Path) -> None:
            (folder / "source").symlink_to(FULL)

        full.setattr(bench, "_require_room", seems_roomy)
        assert jobs.run(Job.objects.get().pk)
    assert_waits(video)
    assert_ready_in_a_minute(video, run_jobs)


@pytest.mark.django_db
def test_an_engine_that_finds_no_room_is_run_later_and_nothing_is_encoded(
    published, run_jobs, tmp_path, settings: Any
) -> None:
    video = published(H264, run=False)
    engine = tmp_path / "engine"
    engine.write_text(ENGINE_WITHOUT_ROOM.format(full=FULL, ffmpeg=find_ffmpeg(None)))
    engine.chmod(0o755)
    settings.FFMPEG = str(engine)
    assert jobs.run(Job.objects.get().pk)
    assert_waits(video)
    settings.FFMPEG = ""
    assert_ready_in_a_minute(video, run_jobs)
    shown = video.current_publication
    assert shown is not None
    assert [rendition.name for rendition in shown.renditions.all()] == ["copy"]


@contextmanager
def database_without_room() -> Iterator[None]:
    """Let the database have no room for one page more. PostgreSQL cannot be told so, and is made to say it."""
    if connection.vendor != "sqlite":

        def refuse(*_arguments: Any) -> None:
            raise OperationalError("could not extend file") from psycopg.errors.DiskFull()

        with connection.execute_wrapper(refuse):
            yield
        return
    connection.ensure_connection()
    sqlite = connection.connection  # Django's own cursors are refused once a transaction has failed
    (before,) = sqlite.execute("PRAGMA max_page_count").fetchone()
    sqlite.execute("PRAGMA max_page_count = 1")  # it is never less than there are
    try:
        yield
    finally:
        sqlite.execute(f"PRAGMA max_page_count = {before}")


def error_of_a_full_disk() -> Exception:
    """Return what the database's own client raises when there is no room."""
    if connection.vendor != "sqlite":
        return psycopg.errors.DiskFull()
    error = sqlite3.OperationalError("database or disk is full")
    error.sqlite_errorcode = sqlite3.SQLITE_FULL
    return error


@pytest.mark.django_db(transaction=True)
def test_that_a_job_waits_is_written_down_once_there_is_room_for_it(published, run_jobs, monkeypatch) -> None:
    video = published(H264, run=False)
    refused: list[str] = []
    pauses: list[float] = []

    def refuse_twice(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        if sql.startswith('UPDATE "core_job"') and '"waits"' in sql and len(refused) < 2:
            refused.append(sql)
            raise OperationalError("no room") from error_of_a_full_disk()
        return execute(sql, params, many, context)

    def full_disk(*_arguments: Any) -> None:
        raise DiskFull("no room")

    with monkeypatch.context() as full, connection.execute_wrapper(refuse_twice):
        full.setattr(bench, "_require_room", full_disk)
        full.setattr(jobs.time, "sleep", pauses.append)
        assert jobs.run(Job.objects.get().pk)
    assert (len(refused), len(pauses)) == (2, 2)
    assert_waits(video)
    assert_ready_in_a_minute(video, run_jobs)


@pytest.mark.django_db(transaction=True)
def test_rows_that_find_no_room_are_written_later(published, run_jobs, monkeypatch) -> None:
    video = published(H264, run=False)
    real = renditions._write_down
    met: list[Exception] = []

    def write_more_than_fits(publication: Any, made: Any, key: str) -> None:
        try:
            with database_without_room():
                for number in range(500):
                    Job.objects.create(kind="filler", key=f"filler:{number}", subject="", payload={"text": "x" * 4000})
        except OperationalError as error:
            met.append(error)
            raise
        real(publication, made, key)

    with monkeypatch.context() as full:
        full.setattr(renditions, "_write_down", write_more_than_fits)
        assert jobs.run(Job.objects.get().pk)
    assert len(met) == 1
    assert_waits(video)
    assert_ready_in_a_minute(video, run_jobs)
