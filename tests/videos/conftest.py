"""A video made of a real file, published without a broker."""

import hashlib
from collections.abc import Callable

import pytest
from django.db.models import QuerySet

from apps.core import jobs, ledger, tasks
from apps.core.models import Job
from apps.core.store import get_store
from apps.videos import keys, services
from apps.videos.models import Video
from tests.filming import film


@pytest.fixture(autouse=True)
def silent_bell(monkeypatch: pytest.MonkeyPatch) -> None:
    """No broker: tests run the jobs themselves."""
    monkeypatch.setattr(tasks.run_job, "apply_async", lambda **_kwargs: None)


@pytest.fixture
def published(ana, workspace) -> Callable[..., Video]:
    """Return what makes a video of Ana's with a source made by ffmpeg, or of given bytes, cut into two parts."""

    def make(how: str | bytes, *, run: bool = True) -> Video:
        content = how if isinstance(how, bytes) else film(how)
        video = services.create_video(author=ana, workspace=workspace, source={"kind": "recording"})
        source = video.sources.get()
        half = len(content) // 2
        stored = []
        for number, piece in enumerate((content[:half], content[half:]), start=1):
            key = keys.part_key(
                video_id=video.public_id,
                source_id=source.public_id,
                number=number,
                sha256=hashlib.sha256(piece).hexdigest(),
            )
            ledger.note(key=key, video_id=video.pk, size_bytes=len(piece))
            get_store().put_bytes(piece, key, content_type="video/mp4")
            stored.append({"key": key, "size_bytes": len(piece)})
        services.accept_source(source=source, stored=stored)
        if run:
            run_all_jobs()
        video.refresh_from_db()
        return video

    return make


@pytest.fixture
def run_jobs() -> Callable[[], None]:
    """Return what runs the jobs that are due, and those that they ask for; but no `illustrate`."""
    return run_all_jobs


@pytest.fixture
def illustrate() -> Callable[[], None]:
    """Return what makes the pictures that nothing waits for."""
    return lambda: run_all_jobs(Job.objects.filter(kind=services.ILLUSTRATE))


def run_all_jobs(of: QuerySet[Job] | None = None) -> None:
    """Run what is due, and what that asks for; `of` these, else of all that publish."""
    wanted = Job.objects.exclude(kind=services.ILLUSTRATE) if of is None else of
    while due := wanted.filter(state=Job.State.QUEUED).order_by("pk").first():
        assert jobs.run(due.pk)
        due.refresh_from_db()
        if due.state == Job.State.QUEUED:
            return  # put back for a later attempt
