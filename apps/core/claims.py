"""Claims: whose a job is, and for how long.

A claim lasts as long as its lease, which a thread extends while the work goes on, and while the row has its fence: each
further claim raises that, so that a worker that was thought dead changes nothing. apps/core/jobs.py hands them out.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import structlog
from django.db import connection, connections, transaction
from django.db.models import F
from django.db.models.functions import Greatest
from django.utils import timezone

from apps.core.models import Job

log = structlog.get_logger(__name__)

LEASE = timedelta(seconds=30)  # a killed worker's job comes back after at most this and one sweep
HEARTBEAT_S = 8.0  # three chances within a lease, also on a machine that is out of breath


class LeaseLost(Exception):
    """The job belongs to somebody else by now: stop, and write nothing more."""


@dataclass
class Claim:
    """A job this process may work on until it ends, or until `lost` is set."""

    job_id: int
    kind: str
    subject: str
    payload: dict[str, Any]
    fence: int
    attempts: int
    takes_long: bool
    lost: threading.Event = field(default_factory=threading.Event)

    @classmethod
    def of(cls, job: Job) -> "Claim":
        """Return the claim of whoever the row belongs to as it is now."""
        return cls(job.pk, job.kind, job.subject, job.payload, job.fence, job.attempts, job.takes_long)

    @property
    def attempt_id(self) -> str:
        """Return what names this attempt at this job and no other, for keys and folders."""
        return f"{self.job_id}-{self.fence}"

    def held(self) -> Any:
        """Return the queryset of the job's row while this claim holds; empty afterwards."""
        return Job.objects.filter(pk=self.job_id, fence=self.fence, state=Job.State.RUNNING)

    def check(self) -> None:
        """Raise LeaseLost when the job has gone to somebody else. Cheap; call it between steps."""
        if self.lost.is_set():
            raise LeaseLost

    def report(self, progress: float) -> None:
        """Write the progress, 0 to 1; it never falls, also when a second attempt begins anew. Raises LeaseLost."""
        self.check()
        if not self.held().update(progress=Greatest(F("progress"), min(max(progress, 0.0), 1.0))):
            raise LeaseLost

    @contextmanager
    def writing(self) -> Iterator[None]:
        """A transaction whose writes count only while this claim holds: it locks the job's row first.

        Raises LeaseLost, and writes nothing, when the job has gone to somebody else.
        """
        with transaction.atomic():
            if not self.held().update(lease_until=timezone.now() + LEASE):
                raise LeaseLost
            yield


@contextmanager
def kept(claimed: Claim) -> Iterator[None]:
    """Keep the claim while the work goes on: a thread extends its lease, and sets `lost` when it cannot."""
    stop = threading.Event()

    def beat() -> None:
        try:
            deadline = timezone.now() + LEASE
            while not stop.wait(HEARTBEAT_S):
                try:
                    deadline = timezone.now() + LEASE
                    if not claimed.held().update(lease_until=deadline):
                        claimed.lost.set()
                        return
                except Exception:
                    # The database may be away for a moment; past the lease the job is no longer ours.
                    log.warning("heartbeat_failed", exc_info=True)
                    connection.close()
                    if timezone.now() > deadline:
                        claimed.lost.set()
                        return
        finally:
            connections.close_all()

    thread = threading.Thread(target=beat, name=f"heartbeat-{claimed.job_id}", daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()
