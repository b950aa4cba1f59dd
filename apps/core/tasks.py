"""What Celery runs for all apps: one job by its row's number, and the sweep. Both may run twice."""

from celery import shared_task

from apps.core import health, jobs
from apps.core.store import clear_leftovers


@shared_task(name="core.run_job")
def run_job(job_id: int) -> None:
    """Do the job of this row; nothing happens when it is done already or somebody else's."""
    jobs.run(job_id)


@shared_task(name="core.sweep_jobs")
def sweep_jobs() -> None:
    """Ring for what is due, clear what killed workers left on this disk, and note that a worker is alive."""
    health.note_worker()
    jobs.sweep()
    jobs.clear_work_folders()
    clear_leftovers()
