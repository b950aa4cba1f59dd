"""The rules of apps/core/jobs.py: the row is the truth, and every job ends."""

from datetime import timedelta
from itertools import pairwise
from typing import Any

import pytest
import time_machine
from django.db import transaction
from django.utils import timezone

from apps.core import claims, jobs, tasks
from apps.core.claims import Claim, LeaseLost
from apps.core.jobs import GiveUp, NotNow, TryAgain
from apps.core.models import Job
from tests.core.asking import ask

pytestmark = pytest.mark.django_db


def test_a_job_is_rung_for_after_the_commit_and_not_before(kind, rung, django_capture_on_commit_callbacks) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        job = ask()
        assert rung == []
    assert rung == [job.pk]


def test_the_same_key_is_wanted_once_while_it_is_unfinished(kind, rung) -> None:
    first = ask()
    assert ask().pk == first.pk
    jobs.run(first.pk)
    assert ask().pk != first.pk


def test_a_rolled_back_wish_leaves_no_job(kind, rung) -> None:
    with transaction.atomic():
        ask()
        transaction.set_rollback(True)
    assert not Job.objects.exists()


def test_a_broker_that_does_not_answer_fails_no_request(kind, monkeypatch, django_capture_on_commit_callbacks) -> None:
    def down(**_kwargs: object) -> None:
        raise ConnectionError

    monkeypatch.setattr(tasks.run_job, "apply_async", down)
    with django_capture_on_commit_callbacks(execute=True):
        job = ask()
    assert Job.objects.get(pk=job.pk).rung_at is None


def test_a_job_is_claimed_once(kind, rung) -> None:
    job = ask()
    first, second = jobs.claim(job.pk), jobs.claim(job.pk)
    assert first is not None
    assert second is None


def test_a_done_job_is_not_done_again(kind, rung) -> None:
    job = ask()
    assert jobs.run(job.pk)
    assert not jobs.run(job.pk)
    assert kind.performed == [1]
    job.refresh_from_db()
    assert (job.state, job.progress) == (Job.State.DONE, 1)


def test_a_worker_whose_lease_ran_out_writes_nothing_more(kind, rung) -> None:
    job = ask()
    slow = jobs.claim(job.pk)
    assert slow is not None
    with time_machine.travel(timezone.now() + claims.LEASE + timedelta(seconds=1)):
        quick = jobs.claim(job.pk)
        assert quick is not None
        with pytest.raises(LeaseLost):
            slow.report(0.5)
        with pytest.raises(LeaseLost), slow.writing():
            pytest.fail("a lost claim must not reach its writes")
        quick.report(0.5)


def test_what_may_pass_is_tried_again_after_a_while_and_given_up_at_last(kind, rung) -> None:
    kind.error = TryAgain("engine_failed")
    job = ask()
    now = timezone.now()
    for attempt in range(jobs.MAX_ATTEMPTS):
        assert not kind.given_up
        with time_machine.travel(now + timedelta(minutes=10 * attempt)):
            assert jobs.run(job.pk)
            assert not jobs.run(job.pk), "the second attempt must wait"
    assert kind.performed == [1, 2, 3]
    assert kind.given_up == [("video-1", "engine_failed")]
    job.refresh_from_db()
    assert job.state == Job.State.FAILED


def test_what_can_never_be_done_is_not_tried_again(kind, rung) -> None:
    kind.error = GiveUp("not_media")
    job = ask()
    assert jobs.run(job.pk)
    job.refresh_from_db()
    assert (job.state, job.failure_code, job.attempts) == (Job.State.FAILED, "not_media", 1)
    assert kind.given_up == [("video-1", "not_media")]


def test_what_is_away_uses_up_no_attempt_and_is_asked_ever_less_often(kind, rung) -> None:
    kind.error = NotNow("store_unavailable")
    job = ask()
    delays: list[float] = []
    moment = timezone.now()
    for _wait in range(jobs.MAX_WAITS):
        with time_machine.travel(moment):
            assert jobs.run(job.pk)
            job.refresh_from_db()
            assert (job.state, job.attempts) == (Job.State.QUEUED, 0)
            delays.append((job.run_after - moment).total_seconds())
            moment = job.run_after + timedelta(seconds=1)
    assert 10 <= delays[0] < 14
    assert all(before * 1.2 < after or after >= 600 for before, after in pairwise(delays))
    assert max(delays) < 800
    assert 3600 < sum(delays) < 2 * 3600
    assert not kind.given_up
    with time_machine.travel(moment):
        assert jobs.run(job.pk)
    assert kind.given_up == [("video-1", "store_unavailable")]
    job.refresh_from_db()
    assert job.state == Job.State.FAILED


def test_a_job_that_waited_has_all_its_attempts_left(kind, rung) -> None:
    kind.error = NotNow("store_unavailable")
    job = ask()
    assert jobs.run(job.pk)
    kind.error = TryAgain("engine_failed")
    now = timezone.now()
    for attempt in range(1, jobs.MAX_ATTEMPTS + 1):
        assert not kind.given_up
        with time_machine.travel(now + timedelta(minutes=10 * attempt)):
            assert jobs.run(job.pk)
    assert kind.given_up == [("video-1", "engine_failed")]


def test_who_lost_the_job_does_not_put_it_off(kind, rung, monkeypatch) -> None:
    job = ask()

    def lose(claim: Claim) -> None:
        Job.objects.filter(pk=job.pk).update(fence=7)
        raise NotNow("store_unavailable")

    monkeypatch.setitem(jobs._kinds, "test", jobs.Kind("test", queue="publish", perform=lose, give_up=kind.give_up))
    assert jobs.run(job.pk)
    job.refresh_from_db()
    assert (job.state, job.waits) == (Job.State.RUNNING, 0)


def test_an_error_nobody_foresaw_is_a_failed_attempt(kind, rung) -> None:
    kind.error = ZeroDivisionError()
    job = ask()
    jobs.run(job.pk)
    job.refresh_from_db()
    assert (job.state, job.attempts) == (Job.State.QUEUED, 1)


def test_the_sweep_rings_for_a_job_that_was_never_rung_for(kind, rung) -> None:
    job = ask()
    with time_machine.travel(timezone.now() + timedelta(seconds=6)):
        assert jobs.sweep() == 1
        assert jobs.sweep() == 0
    assert rung == [job.pk]


def test_the_sweep_rings_again_for_a_message_that_got_lost(kind, rung) -> None:
    job = ask()
    jobs.ring(job_id=job.pk, kind="test")
    assert jobs.sweep() == 0
    with time_machine.travel(timezone.now() + jobs.RING_AGAIN + timedelta(seconds=1)):
        jobs.sweep()
    assert rung == [job.pk, job.pk]


def test_the_sweep_brings_back_the_job_of_a_killed_worker(kind, rung) -> None:
    job = ask()
    assert jobs.claim(job.pk) is not None
    assert jobs.sweep() == 0
    with time_machine.travel(timezone.now() + claims.LEASE + timedelta(seconds=1)):
        assert jobs.sweep() == 1
        assert jobs.run(job.pk)
    assert kind.performed == [2]


def test_a_job_that_kills_its_worker_each_time_ends_as_failed(kind, rung) -> None:
    job = ask()
    now = timezone.now()
    for attempt in range(jobs.MAX_ATTEMPTS):
        with time_machine.travel(now + timedelta(minutes=attempt)):
            assert jobs.claim(job.pk) is not None
    with time_machine.travel(now + timedelta(minutes=10)):
        assert jobs.claim(job.pk) is None
        jobs.sweep()
    assert kind.given_up == [("video-1", "engine_failed")]


def killed_three_times(key: str, kind: str = "test") -> Job:
    """Return a job whose last worker was killed a while ago."""
    return Job.objects.create(
        kind=kind,
        key=key,
        subject=key,
        state=Job.State.RUNNING,
        attempts=jobs.MAX_ATTEMPTS,
        lease_until=timezone.now() - timedelta(seconds=1),
    )


def test_a_job_that_cannot_even_be_given_up_keeps_the_sweep_from_no_other(kind, rung, monkeypatch) -> None:
    bad, good = killed_three_times("bad"), killed_three_times("good")
    waiting = ask()
    Job.objects.filter(pk=waiting.pk).update(created_at=timezone.now() - timedelta(minutes=1))

    def stumble(subject: str, payload: dict[str, object], code: str) -> None:
        if subject == "bad":
            raise ZeroDivisionError
        kind.give_up(subject, payload, code)

    monkeypatch.setitem(jobs._kinds, "test", jobs.Kind("test", queue="publish", perform=kind.perform, give_up=stumble))
    jobs.sweep()
    assert kind.given_up == [("good", "engine_failed")]
    assert rung == [waiting.pk]
    bad.refresh_from_db()
    good.refresh_from_db()
    assert (bad.state, good.state) == (Job.State.RUNNING, Job.State.FAILED)


def test_jobs_of_a_kind_that_nobody_knows_are_left_alone(kind, rung) -> None:
    killed_three_times("unknown", kind="of tomorrow")
    Job.objects.create(kind="of tomorrow", key="too", subject="x", created_at=timezone.now() - timedelta(minutes=1))
    waiting = ask()
    Job.objects.filter(pk=waiting.pk).update(created_at=timezone.now() - timedelta(minutes=1))
    assert jobs.sweep() == 1
    assert rung == [waiting.pk]


def test_a_worker_that_comes_back_in_the_last_moment_is_not_given_up(kind, rung, monkeypatch) -> None:
    job = killed_three_times("late")
    real = jobs._end_as_failed

    def heartbeat_first(*arguments: Any, **named: Any) -> None:
        Job.objects.filter(pk=job.pk).update(lease_until=timezone.now() + claims.LEASE)
        real(*arguments, **named)

    monkeypatch.setattr(jobs, "_end_as_failed", heartbeat_first)
    jobs.sweep()
    assert kind.given_up == []
    job.refresh_from_db()
    assert job.state == Job.State.RUNNING


def test_progress_never_falls(kind, rung) -> None:
    job = ask()
    claim = jobs.claim(job.pk)
    assert claim is not None
    for progress in (0.5, 0.2):
        claim.report(progress)
    job.refresh_from_db()
    assert job.progress == 0.5
