"""Jobs: work that ends whatever is killed meanwhile.

The row is the truth and the broker only a doorbell. `request` makes the row in the transaction that wants
the work, and rings after the commit. The bell says only that something is due on its queue: a worker that hears it
takes the job whose turn it is, so that long work in many jobs (`turn`) lets short work pass; and of the jobs that take
long in one go (`takes_long`) a machine does one at a time, so that its other slots stay for short ones.

The worker claims the row by one conditional UPDATE, which raises the row's fence; while it works, a thread extends the
lease; the last write names the fence, so that a worker that was thought dead changes nothing (apps/core/claims.py).
`sweep`, which beat asks for every 15 s and each worker does once at its start, rings again for all that is due: never
rung, lost by the broker, or left by a worker whose lease ran out. Attempts are capped, and counted when they begin, so
that a job which kills its worker ends, too; after the last one the kind's `give_up` puts the subject into a state that
a person can see and restart. What a job only waits for (a store that is away, a disk that is full) uses up no attempt:
it is asked again for about an hour, ever less often.

    queued ── claim ──> running ── finish ──> done
      ^                    │
      └── retry, or lease ran out ──> … attempts used up ──> failed
"""

import os
import random
import socket
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import structlog
from django.db import IntegrityError, OperationalError, transaction
from django.db.models import Exists, F, Q, QuerySet
from django.utils import timezone

from apps.core import claims
from apps.core.claims import Claim, LeaseLost
from apps.core.frozen import RowHeld, waiting_briefly
from apps.core.models import Job
from apps.core.outages import outage_behind
from apps.core.store_errors import StorageFull

log = structlog.get_logger(__name__)

RING_AGAIN = timedelta(seconds=60)  # a message that no worker has heard by then counts as lost
MAX_ATTEMPTS = 3
BACK_OFF_S = (10, 60)  # before the second and third attempt
# Waits double from the first to the longest: 10, 20, … 600, 600 s, 71 min in all. A restart of a store takes minutes;
# what is away for longer needs somebody who mends it, and then a Retry.
FIRST_WAIT_S = 10
LONGEST_WAIT_S = 600
MAX_WAITS = 12
# Nothing can be written down in a database without room, not even that a job waits.
ROOM_AGAIN_S = 5.0
ROOM_AWAITED_S = 600.0  # a job that is left as it is by then comes back when its lease is over, as after a kill
NO_DELAY = timedelta(0)
DISK_FULL = "disk_full"  # as media.errors.DiskFull has it: to people it is the same


class TryAgain(Exception):
    """This attempt failed for a reason that may pass; `code` is what stays if it was the last one."""

    def __init__(self, code: str) -> None:
        self.code = code
        super().__init__(code)


class NotNow(TryAgain):
    """What the job needs is away: a store, room on a disk. The job has failed at nothing, and comes back later."""


class GiveUp(Exception):
    """The job can never be done, however often it is tried; `code` says why."""

    def __init__(self, code: str) -> None:
        self.code = code
        super().__init__(code)


@dataclass(frozen=True)
class Kind:
    """How one kind of job is done: on which queue, by what, and what to do when it cannot be done.

    `perform` returns normally when the work is done and its results are written; it may be called twice for the
    same job. It raises TryAgain for what may pass, NotNow for what is away, GiveUp for what can never be done.
    `give_up(subject, payload, code)` runs in the transaction that ends the job as failed.
    """

    name: str
    queue: str
    perform: Callable[[Claim], None]
    give_up: Callable[[str, dict[str, Any], str], None]


_kinds: dict[str, Kind] = {}


def register(kind: Kind) -> None:
    """Make `kind` known; each app does so when it is loaded. Raises ValueError for a second one of a name."""
    if kind.name in _kinds and _kinds[kind.name] != kind:
        raise ValueError(f"two kinds of job are called {kind.name!r}")
    _kinds[kind.name] = kind


def known_kinds() -> frozenset[str]:
    """Return the names of the kinds that this release can do."""
    return frozenset(_kinds)


def drop(*, job_id: int) -> bool:
    """End a job that waits and that nobody wants any more. False when a worker has taken it meanwhile."""
    waiting = Job.objects.filter(pk=job_id, state=Job.State.QUEUED)
    return bool(waiting.update(state=Job.State.DONE, ended_at=timezone.now()))


def request(
    *,
    kind: str,
    key: str,
    subject: str,
    payload: dict[str, Any] | None = None,
    turn: timedelta = NO_DELAY,
    takes_long: bool = False,
) -> Job:
    """Return the unfinished job of this key, made if there is none, and ring for it after commit.

    Call it in the transaction that wants the work. A broker that does not answer does not fail the request:
    the sweep rings again. What others want within `turn` is done before it, where there are not workers enough; one
    that `takes_long` waits for the others of its queue that do.
    """
    if kind not in _kinds:
        raise ValueError(f"no kind of job is called {kind!r}")
    try:
        with transaction.atomic():
            job = Job.objects.create(
                kind=kind,
                key=key,
                subject=subject,
                payload=payload or {},
                turn_at=timezone.now() + turn,
                takes_long=takes_long,
            )
    except IntegrityError:
        return Job.objects.get(key=key, state__in=Job.UNFINISHED)
    transaction.on_commit(lambda: ring(job_id=job.pk, kind=kind), robust=True)
    return job


def ring(*, job_id: int, kind: str) -> None:
    """Tell the broker that a job is due. Raises what the broker's client raises when it is not reached."""
    from apps.core.tasks import run_job  # noqa: PLC0415 - tasks import this module

    run_job.apply_async(args=(job_id,), queue=_kinds[kind].queue, retry=False)
    Job.objects.filter(pk=job_id, state=Job.State.QUEUED).update(rung_at=timezone.now())


def claim(job_id: int) -> Claim | None:
    """Return a claim on the job, None when it is not due, done, or somebody else's.

    One conditional UPDATE settles it, so of many workers that hear one bell exactly one gets it. Whoever holds the row
    for longer than a moment has frozen in the middle of a transaction; it stays theirs until the database ends that.
    """
    now = timezone.now()
    try:
        with waiting_briefly():
            taken = (
                _due(now)
                .filter(pk=job_id)
                .update(
                    state=Job.State.RUNNING,
                    owner=f"{_machine()}{os.getpid()}",
                    lease_until=now + claims.LEASE,
                    fence=F("fence") + 1,
                    attempts=F("attempts") + 1,
                )
            )
    except RowHeld:
        log.warning("job_row_held", job_id=job_id)
        return None
    return Claim.of(Job.objects.get(pk=job_id)) if taken else None


def run_next(job_id: int) -> bool:
    """Do the job whose turn it is, of those that are due on the queue of this one. Return whether there was one."""
    rung = Job.objects.filter(pk=job_id).first()
    if rung is None or rung.kind not in _kinds:
        return False
    kinds = _kinds_beside(rung.kind)
    passed_over: list[int] = []
    while (first := _first_due(kinds, passed_over)) is not None:
        if run(first.pk):
            return True
        passed_over.append(first.pk)
    return False


def run(job_id: int) -> bool:
    """Claim the job and do it. Return whether it was ours to do.

    A job that may pass is put back with a delay; what fails for good, and what fails at the last attempt, ends
    as failed with its subject told. An error nobody foresaw is a failed attempt too, logged with its trace; where it
    says that there is no room for rows, the job waits.
    """
    claimed = claim(job_id)
    if claimed is None:
        return False
    kind = _kinds[claimed.kind]
    bound = structlog.contextvars.bind_contextvars(job=claimed.kind, subject=claimed.subject, attempt=claimed.attempts)
    started = timezone.now()
    try:
        with claims.kept(claimed):
            kind.perform(claimed)
    except LeaseLost:
        log.warning("job_lost", seconds=_seconds_since(started))
    except NotNow as error:
        log.warning("job_waits", code=error.code, seconds=_seconds_since(started))
        _once_there_is_room(partial(_put_off, claimed, code=error.code))
    except TryAgain as error:
        log.warning("job_attempt_failed", code=error.code, seconds=_seconds_since(started))
        _put_back(claimed, code=error.code)
    except GiveUp as error:
        _end_as_failed(claimed, code=error.code)
    except Exception as error:
        # Whatever it is, the job must not stay behind as running.
        if isinstance(outage_behind(error), StorageFull):
            # The database has no room. The attempt's folder is gone by now, which may have made some.
            log.warning("job_waits", code=DISK_FULL, seconds=_seconds_since(started))
            _once_there_is_room(partial(_put_off, claimed, code=DISK_FULL))
        else:
            log.exception("job_crashed", seconds=_seconds_since(started))
            _put_back(claimed, code="engine_failed")
    else:
        finished = claimed.held().update(
            state=Job.State.DONE, progress=1, owner="", lease_until=None, ended_at=timezone.now()
        )
        log.info("job_done" if finished else "job_lost", seconds=_seconds_since(started))
    finally:
        structlog.contextvars.reset_contextvars(**bound)
    if claimed.takes_long:
        _ring_for_who_waited(claimed)
    return True


def _due(now: datetime) -> QuerySet[Job]:
    """Return the jobs that a worker of this machine may claim.

    Those that wait no longer, and those whose worker was lost; but of what takes long no second one on a queue.
    """
    waiting = Q(state=Job.State.QUEUED, run_after__lte=now)
    abandoned = Q(state=Job.State.RUNNING, lease_until__lt=now)
    under_way = Job.objects.filter(
        takes_long=True, state=Job.State.RUNNING, lease_until__gte=now, owner__startswith=_machine()
    )
    one_too_many = Q(pk__in=())
    for kinds in _kinds_by_queue().values():
        one_too_many |= Q(Exists(under_way.filter(kind__in=kinds)), kind__in=kinds, takes_long=True)
    return Job.objects.filter(waiting | abandoned, ~one_too_many, attempts__lt=MAX_ATTEMPTS)


def _first_due(kinds: list[str], passed_over: Sequence[int] = (), **as_it: Any) -> Job | None:
    """Return the job of these kinds whose turn it is, of those not passed over whose row is as `as_it` says."""
    due = _due(timezone.now()).filter(kind__in=kinds, **as_it).exclude(pk__in=passed_over)
    return due.order_by("turn_at", "pk").first()


def _kinds_beside(kind: str) -> list[str]:
    """Return the names of the kinds of job that are done on the same queue, itself among them."""
    return _kinds_by_queue()[_kinds[kind].queue]


def _kinds_by_queue() -> dict[str, list[str]]:
    """Return the names of the kinds of job that are done on each queue."""
    found: dict[str, list[str]] = {}
    for kind in _kinds.values():
        found.setdefault(kind.queue, []).append(kind.name)
    return found


def _machine() -> str:
    """Return how the owners of jobs begin that are done on this machine."""
    return f"{socket.gethostname()}:"


def _ring_for_who_waited(ended: Claim) -> None:
    """Ring for the job that may be done now that this one, which took long, has ended.

    Who heard its bell before found nothing to do. A broker that is away does no harm: the sweep rings again.
    """
    following = _first_due(_kinds_beside(ended.kind), takes_long=True)
    if following is None:
        return
    try:
        ring(job_id=following.pk, kind=following.kind)
    except Exception:
        log.warning("bell_not_rung", job=following.key, exc_info=True)


def sweep() -> int:
    """Ring for every job that is due and end those whose attempts are used up. Return how many were touched.

    One that cannot be ended stops no other. Jobs of a kind that nobody knows, as after a step back to an earlier
    release, are left alone: `manage.py reconcile` names them.
    """
    now = timezone.now()
    touched = 0
    known = Job.objects.filter(kind__in=_kinds)
    for job in known.filter(state=Job.State.RUNNING, lease_until__lt=now, attempts__gte=MAX_ATTEMPTS):
        # Its last worker was killed: it is given up here, because nobody may claim it any more.
        claimed = Claim.of(job)
        try:
            with waiting_briefly():
                _end_as_failed(claimed, code="engine_failed", lease_until__lt=now)
        except Exception:
            # Whatever its give_up stumbles over, and whoever holds its row: other videos must not wait for it.
            log.exception("job_not_ended", job=job.key)
        touched += 1
    unheard = Q(rung_at__isnull=True, created_at__lt=now - timedelta(seconds=5)) | Q(rung_at__lt=now - RING_AGAIN)
    waiting = Q(state=Job.State.QUEUED, run_after__lte=now) & (unheard | Q(rung_at__lt=F("run_after")))
    abandoned = Q(state=Job.State.RUNNING, lease_until__lt=now, attempts__lt=MAX_ATTEMPTS)
    for job in known.filter(waiting | abandoned).order_by("run_after"):
        ring(job_id=job.pk, kind=job.kind)
        touched += 1
    return touched


def _put_back(claimed: Claim, *, code: str) -> None:
    """Queue the job again after a delay, or give it up when this was its last attempt."""
    if claimed.attempts >= MAX_ATTEMPTS:
        _end_as_failed(claimed, code=code)
        return
    delay = timedelta(seconds=BACK_OFF_S[min(claimed.attempts, len(BACK_OFF_S)) - 1])
    _queue_again(claimed, code=code, delay=delay)


def _put_off(claimed: Claim, *, code: str) -> None:
    """Queue the job again after a longer delay each time, as if it had not been tried; at last give it up."""
    waits = claimed.held().values_list("waits", flat=True).first()
    if waits is None:
        return  # somebody else's by now
    if waits >= MAX_WAITS:
        _end_as_failed(claimed, code=code)
        return
    seconds = min(FIRST_WAIT_S * 2**waits, LONGEST_WAIT_S)
    # A store that was away is not asked by all jobs in the same second.
    delay = timedelta(seconds=seconds * random.uniform(1.0, 1.25))
    _queue_again(claimed, code=code, delay=delay, attempts=F("attempts") - 1, waits=F("waits") + 1)


def _once_there_is_room(write: Callable[[], None]) -> None:
    """Write, again and again while the database has no room for it. Raises what it says after ROOM_AWAITED_S."""
    deadline = time.monotonic() + ROOM_AWAITED_S
    while True:
        try:
            return write()
        except OperationalError as error:
            if not isinstance(outage_behind(error), StorageFull) or time.monotonic() > deadline:
                raise
            time.sleep(ROOM_AGAIN_S)


def _queue_again(claimed: Claim, *, code: str, delay: timedelta, **changes: Any) -> None:
    claimed.held().update(
        state=Job.State.QUEUED,
        owner="",
        lease_until=None,
        run_after=timezone.now() + delay,
        failure_code=code,
        **changes,
    )


def _end_as_failed(claimed: Claim, *, code: str, **while_it: Any) -> None:
    """End the job as failed and tell its subject, in one transaction.

    Nothing happens when it is held no more, or its row is not as `while_it` says.
    """
    with transaction.atomic():
        ended = (
            claimed.held()
            .filter(**while_it)
            .update(state=Job.State.FAILED, owner="", lease_until=None, failure_code=code, ended_at=timezone.now())
        )
        if ended:
            _kinds[claimed.kind].give_up(claimed.subject, claimed.payload, code)
            log.error("job_failed", kind=claimed.kind, subject=claimed.subject, code=code)


def _seconds_since(moment: datetime) -> float:
    return round((timezone.now() - moment).total_seconds(), 3)
