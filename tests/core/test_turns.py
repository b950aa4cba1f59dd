"""Whose turn it is: which job a worker does that hears a bell, and for whom it rings when it has done a long one."""

from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from apps.core import claims, jobs, tasks
from apps.core.jobs import GiveUp, NotNow, TryAgain
from tests.core.asking import ask_for, done

pytestmark = pytest.mark.django_db


def test_short_work_comes_before_what_is_left_of_long_work(kind, rung) -> None:
    pieces = [ask_for(f"piece-{number}", turn=timedelta(minutes=number)) for number in range(3)]
    short = ask_for("short")
    assert jobs.run_next(pieces[2].pk)  # whichever of them the bell was rung for
    assert jobs.run_next(pieces[2].pk)
    assert set(done()) == {"piece-0", "short"}
    assert jobs.run_next(short.pk)
    assert done()[-1] == "piece-1"
    with time_machine.travel(timezone.now() + timedelta(hours=1)):
        ask_for("later")
        assert jobs.run_next(short.pk)
    assert done()[-1] == "piece-2", "it waits no longer than its turn"


def test_a_machine_does_one_long_job_at_a_time_and_short_ones_beside_it(kind, rung) -> None:
    first, second = ask_for("first", takes_long=True), ask_for("second", takes_long=True)
    ask_for("short")
    rung.clear()
    assert jobs.claim(first.pk) is not None
    assert jobs.claim(second.pk) is None
    assert jobs.run_next(second.pk), "its bell is as good as any other"
    assert not jobs.run_next(second.pk)
    assert done() == ["short"]
    with time_machine.travel(timezone.now() + claims.LEASE + timedelta(seconds=1)):
        assert jobs.run(second.pk), "a lost worker keeps nobody waiting"
    assert rung == [first.pk]


def test_another_machine_and_another_queue_do_their_own_long_job(kind, rung, monkeypatch) -> None:
    for name, queue in (("alike", "publish"), ("other", "transcode")):
        monkeypatch.setitem(jobs._kinds, name, jobs.Kind(name, queue, kind.perform, kind.give_up))
    ours, theirs = ask_for("ours", takes_long=True), ask_for("theirs", takes_long=True, kind="alike")
    on_other = ask_for("on_other", kind="other", takes_long=True)
    assert jobs.claim(ours.pk) is not None
    assert jobs.claim(on_other.pk) is not None
    assert jobs.claim(theirs.pk) is None
    monkeypatch.setattr(jobs.socket, "gethostname", lambda: "another")
    assert jobs.claim(theirs.pk) is not None


@pytest.mark.parametrize("error", [None, TryAgain("engine_failed"), GiveUp("too_long"), NotNow("store_unavailable")])
def test_however_a_long_job_ends_the_next_one_is_rung_for(kind, rung, error) -> None:
    first, second = ask_for("first", takes_long=True), ask_for("second", takes_long=True)
    rung.clear()
    kind.error = error
    jobs.run(first.pk)
    assert rung == [second.pk]


def test_the_end_of_a_short_job_rings_for_nobody(kind, rung) -> None:
    first = ask_for("first")
    ask_for("second", takes_long=True)
    rung.clear()
    jobs.run(first.pk)
    assert rung == []


def test_a_broker_that_is_away_when_a_long_job_ends_does_not_undo_its_end(kind, rung, monkeypatch) -> None:
    first = ask_for("first", takes_long=True)
    ask_for("second", takes_long=True)

    def down(**_kwargs: object) -> None:
        raise ConnectionError

    monkeypatch.setattr(tasks.run_job, "apply_async", down)
    assert jobs.run(first.pk)
    assert done() == ["first"]


def test_a_bell_finds_work_of_its_own_queue_alone(kind, rung, monkeypatch) -> None:
    slow = jobs.Kind("slow", queue="transcode", perform=kind.perform, give_up=kind.give_up)
    monkeypatch.setitem(jobs._kinds, "slow", slow)
    other, own = ask_for("other", kind="slow"), ask_for("own")
    assert jobs.run_next(own.pk)
    assert not jobs.run_next(own.pk)
    assert done() == ["own"]
    assert jobs.run_next(other.pk)
    assert not jobs.run_next(0), "of a job that is gone"


def test_who_was_too_late_for_one_job_does_the_next(kind, rung, monkeypatch) -> None:
    first = ask_for("first")
    ask_for("second")
    run = jobs.run

    def overtaken(job_id: int) -> bool:
        jobs.claim(first.pk)
        return run(job_id)

    monkeypatch.setattr(jobs, "run", overtaken)
    assert jobs.run_next(first.pk)
    assert done() == ["second"]
