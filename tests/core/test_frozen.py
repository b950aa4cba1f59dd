"""Who froze in the middle of a transaction with a job's row: the others wait for a moment and do what else there is."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.db import OperationalError, connection
from django.utils import timezone
from psycopg.errors import LockNotAvailable

from apps.core import claims, frozen, jobs
from apps.core.models import Job
from tests.core.asking import ask_for, done

pytestmark = pytest.mark.django_db(transaction=True)

NUMBER = 1001  # of the job whose row is held, and of nothing else in a statement


@contextmanager
def held_by_who_froze(job: Job) -> Iterator[None]:
    """Let a transaction hold the row that goes on for ever. SQLite has no such thing, and is made to say it."""
    if connection.vendor == "postgresql":
        asleep = connection.copy()
        asleep.set_autocommit(False)
        try:
            with asleep.cursor() as cursor:
                cursor.execute("UPDATE core_job SET progress = 0.5 WHERE id = %s", [job.pk])
            yield
        finally:
            asleep.close()
    else:

        def refuse(execute: Any, sql: str, params: Any, *rest: Any) -> Any:
            if sql.startswith("UPDATE") and job.pk in params:
                raise OperationalError("canceling statement due to lock timeout") from LockNotAvailable()
            return execute(sql, params, *rest)

        with connection.execute_wrapper(refuse):
            yield


@pytest.fixture(autouse=True)
def in_a_hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(frozen, "WAIT_S", 1)


@pytest.mark.usefixtures("kind", "rung")
def test_whoever_froze_with_a_job_in_hand_keeps_nobody_from_the_next() -> None:
    first = Job.objects.create(pk=NUMBER, kind="test", subject="first", turn_at=timezone.now())
    second = ask_for("second")
    assert jobs.claim(first.pk) is not None
    with time_machine.travel(timezone.now() + claims.LEASE + timedelta(seconds=1)):
        with held_by_who_froze(first):
            assert jobs.run_next(first.pk)
            assert not jobs.run_next(first.pk)
            assert done() == ["second"]
            assert jobs.claim(second.pk) is None
        assert jobs.run_next(first.pk)
    assert done() == ["second", "first"]


def test_whoever_froze_at_the_last_attempt_keeps_the_sweep_from_no_other(kind, rung) -> None:
    ended = {
        "state": Job.State.RUNNING,
        "attempts": jobs.MAX_ATTEMPTS,
        "lease_until": timezone.now() - timedelta(seconds=1),
    }
    first = Job.objects.create(pk=NUMBER, kind="test", key="first", subject="first", **ended)
    Job.objects.create(kind="test", key="second", subject="second", **ended)
    with held_by_who_froze(first):
        assert jobs.sweep() == 2
        assert kind.given_up == [("second", "engine_failed")]
    jobs.sweep()
    assert [subject for subject, _code in kind.given_up] == ["second", "first"]
