"""Where attempts at jobs lay their files: a folder each on this machine's disk, named after job and attempt."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import structlog
from django.conf import settings

from apps.core.claims import Claim
from apps.core.models import Job

log = structlog.get_logger(__name__)


@contextmanager
def work_folder(claimed: Claim) -> Iterator[Path]:
    """Yield a fresh, empty folder for this attempt, on this machine's disk, and remove it afterwards."""
    folder = Path(settings.WORK_FOLDER) / claimed.attempt_id
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def clear_work_folders() -> int:
    """Remove what killed workers of this machine left on its disk. Return how many folders went.

    A folder is named after its job and attempt, so what belongs to no running attempt is nobody's.
    """
    folders = [folder for folder in Path(settings.WORK_FOLDER).glob("*-*") if folder.is_dir()]
    running = {f"{pk}-{fence}" for pk, fence in Job.objects.filter(state=Job.State.RUNNING).values_list("pk", "fence")}
    abandoned = [folder for folder in folders if folder.name not in running]
    for folder in abandoned:
        shutil.rmtree(folder, ignore_errors=True)
        log.info("work_folder_cleared", folder=folder.name)
    return len(abandoned)
