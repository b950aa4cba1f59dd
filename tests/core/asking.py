"""Asks for jobs of the kind that tests/core/conftest.py has, and looks at what was done."""

from datetime import timedelta

from apps.core import jobs
from apps.core.models import Job


def ask() -> Job:
    return jobs.request(kind="test", key="test:1", subject="video-1")


def ask_for(subject: str, *, turn: timedelta = timedelta(0), kind: str = "test", takes_long: bool = False) -> Job:
    return jobs.request(kind=kind, key=f"{kind}:{subject}", subject=subject, turn=turn, takes_long=takes_long)


def done() -> list[str]:
    return list(Job.objects.filter(state=Job.State.DONE).order_by("ended_at").values_list("subject", flat=True))
