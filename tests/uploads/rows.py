"""What an upload has left in rows and store, silence, and the clock that comes by: for the tests of this folder."""

from datetime import timedelta
from typing import Any

from django.utils import timezone

from apps.core import jobs
from apps.core.models import Job
from apps.uploads import abandoned
from apps.uploads.models import Upload
from apps.videos.models import Source
from tests.uploads.driver import Uploader

PART = 8 * 1024 * 1024  # bytes of a file's parts
SILENT = timedelta(minutes=30, seconds=1)


class Killed(BaseException):
    """Stands for SIGKILL: no handler of ours may catch it."""


def row_of(uploader: Uploader) -> Upload:
    return Upload.objects.select_related("source__video").get(public_id=uploader.upload["id"])


def fall_silent(uploader: Uploader, silence: timedelta = SILENT) -> None:
    Upload.objects.filter(public_id=uploader.upload["id"]).update(alive_at=timezone.now() - silence)


def end(uploader: Uploader) -> None:
    """Let the server end this recording."""
    fall_silent(uploader)
    assert abandoned.end_silent_recordings() == 1


def run_jobs(kind: str) -> None:
    for job in Job.objects.filter(kind=kind, state="queued"):
        assert jobs.run(job.pk)


def objects_of(store: Any, uploader: Uploader) -> list[str]:
    return sorted(key for key, _size in store.list(row_of(uploader).key_prefix))


def sizes() -> list[int]:
    return [item["size_bytes"] for item in Source.objects.get().stored]


def publish_jobs() -> int:
    return Job.objects.filter(kind="publish").count()
