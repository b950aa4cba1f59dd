"""What Celery runs for all apps: one job, and the sweep. Both may run twice."""

from celery import shared_task

from apps.core import health, jobs
from apps.core.store import clear_leftovers
from apps.core.work_folders import clear_work_folders


@shared_task(name="core.run_job")
def run_job(job_id: int) -> None:
    """Do what is due on the queue of this row's job; nothing happens when all of it is done or somebody else's."""
    jobs.run_next(job_id)


@shared_task(name="core.sweep_jobs")
def sweep_jobs() -> None:
    """Ring for what is due, clear what killed workers left on this disk, and note that a worker is alive."""
    health.note_worker()
    jobs.sweep()
    clear_work_folders()
    clear_leftovers()
