"""The Celery application: settings from Django, tasks from each app's tasks.py, the schedule as code."""

import os
from logging.config import dictConfig
from typing import Any

from celery import Celery
from celery.signals import setup_logging, worker_ready
from django.conf import settings
from django_structlog.celery.steps import DjangoStructLogInitStep

from videoshare import broker

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "videoshare.settings")
broker.register()

SWEEP = "core.sweep_jobs"
SWEEP_SECONDS = 15.0


def every(seconds: float, task: str) -> dict[str, Any]:
    """Return the schedule entry that sends `task` each `seconds`.

    A tick that nobody took until the next one expires; else ticks would pile up while no worker runs.
    """
    return {"task": task, "schedule": seconds, "options": {"expires": seconds}}


SCHEDULE = {
    "sweep-jobs": every(SWEEP_SECONDS, SWEEP),
    "clear-pictures": every(3600.0, "accounts.clear"),
    "end-abandoned": every(60.0, "uploads.end_abandoned"),
    "clear-videos": every(3600.0, "videos.clear"),
    "publish-stuck": every(600.0, "videos.publish_stuck"),
    "illustrate-older": every(300.0, "videos.illustrate_older"),
    "send-videos": every(60.0, "videos.send"),
    "send-mails": every(60.0, "attention.sweep"),
    "clear-mails": every(3600.0, "attention.clear"),
}

app = Celery("videoshare")
# A callable, so that the settings are read when Celery first needs them: they import this package.
app.add_defaults(lambda: {**settings.CELERY, "beat_schedule": SCHEDULE})
app.autodiscover_tasks()
app.steps["worker"].add(DjangoStructLogInitStep)  # binds the request's id in the log lines of its tasks


@setup_logging.connect
def log_as_django_does(**_keywords: Any) -> None:
    """Give worker and beat the log settings of the web; connected, Celery leaves logging alone."""
    dictConfig(settings.LOGGING)


@worker_ready.connect
def sweep_at_start(**_keywords: Any) -> None:
    """Ask for a sweep as soon as a worker can do it: jobs that a killed one left behind wait no longer."""
    app.send_task(SWEEP, expires=SWEEP_SECONDS)
