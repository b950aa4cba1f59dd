"""A kind of job that notes what is asked of it, and a broker that notes for what it is rung."""

import pytest

from apps.core import jobs, tasks
from apps.core.claims import Claim


class Recorder:
    """A kind of job that notes what was asked of it, and fails as told."""

    def __init__(self) -> None:
        self.performed: list[int] = []
        self.given_up: list[tuple[str, str]] = []
        self.error: Exception | None = None

    def perform(self, claim: Claim) -> None:
        self.performed.append(claim.attempts)
        if self.error is not None:
            raise self.error

    def give_up(self, subject: str, payload: dict[str, object], code: str) -> None:
        self.given_up.append((subject, code))


@pytest.fixture
def kind(monkeypatch: pytest.MonkeyPatch) -> Recorder:
    recorder = Recorder()
    kind = jobs.Kind("test", queue="publish", perform=recorder.perform, give_up=recorder.give_up)
    monkeypatch.setitem(jobs._kinds, "test", kind)
    return recorder


@pytest.fixture
def rung(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The numbers of the jobs for which the broker was told."""
    heard: list[int] = []
    monkeypatch.setattr(tasks.run_job, "apply_async", lambda args, **_kwargs: heard.append(args[0]))
    return heard
