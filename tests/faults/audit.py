"""What an installation's rows, store and disk hold, as JSON: `python -m tests.faults.audit now|sweep|day-later…`.

Runs on the installation that the environment names and prints a line for each word: as it is `now`, after a `sweep`
(what the clock asks for each few seconds), a `day-later` (what it would ask for over the next two days).
"""

import json
import os
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

import django

ROUNDS = 8  # of the 48 that the clock asks for in two days, each for 200 videos at most


def main() -> None:
    """Print the lines; the product's own log goes to stderr."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "videoshare.settings")
    django.setup()
    import time_machine
    from django.utils import timezone

    for word in sys.argv[1:]:
        if word == "sweep":
            tidy_up()
        elif word == "day-later":
            for _ in range(ROUNDS):
                with time_machine.travel(timezone.now() + timedelta(days=2)):
                    tidy_up()
        elif word != "now":
            sys.exit(f"what is {word!r}?")
        sys.stdout.write(json.dumps(found()) + "\n")


def tidy_up() -> None:
    """Do what beat asks workers for, now, and the jobs that this asks for."""
    from apps.core import jobs
    from apps.core import tasks as core
    from apps.core.models import Job
    from apps.videos import tasks as videos

    core.sweep_jobs()
    videos.clear()
    for job in Job.objects.filter(state=Job.State.QUEUED):
        jobs.run(job.pk)


def found() -> dict[str, Any]:
    """Return videos, jobs, what lies in the store and is not in the ledger or needed by no row, and what lies about."""
    from django.conf import settings

    from apps.core.models import Job, StoredObject
    from apps.core.store import get_store
    from apps.videos.models import Rendition, Source, Video
    from apps.videos.needed import pictures_of

    objects = dict(get_store().list("videos/"))
    ledger = dict(StoredObject.objects.values_list("key", "size_bytes"))
    needed = {item["key"] for source in Source.objects.all() for item in source.stored}
    needed.update(Rendition.objects.exclude(key="").values_list("key", flat=True))
    needed.update(key for video in Video.objects.all() for key in pictures_of(video))
    return {
        "videos": {
            video.public_id: {"status": video.status, "failure_code": video.failure_code, "playable": video.playable}
            for video in Video.objects.all()
        },
        "unfinished_jobs": list(Job.objects.filter(state__in=Job.UNFINISHED).values_list("key", flat=True)),
        "failed_jobs": list(Job.objects.filter(state=Job.State.FAILED).values_list("key", flat=True)),
        "objects": len(objects),
        "objects_without_row": sorted(set(objects) - set(ledger)),
        "rows_without_object": sorted(set(ledger) - set(objects)),
        "objects_of_another_size": sorted(key for key in set(objects) & set(ledger) if objects[key] != ledger[key]),
        "needed_and_missing": sorted(needed - set(objects)),
        "objects_nobody_needs": sorted(set(objects) - needed),
        "work_folders": sorted(path.name for path in Path(settings.WORK_FOLDER).glob("*")),
        "left_in_the_store": left_in_the_store(),
    }


def left_in_the_store() -> list[str]:
    """Return what is half written or half uploaded in the store."""
    from django.conf import settings

    from apps.core.store import get_store
    from media.store.local import LocalStore
    from media.store.s3 import S3Store

    store = get_store()
    if isinstance(store, S3Store):
        return [f"{begun.key} {begun.upload_id}" for begun in store.multiparts("videos/")]
    assert isinstance(store, LocalStore)
    folder = Path(settings.STORE_FOLDER)
    return sorted(
        str(path.relative_to(folder)) for name in ("incoming", "multipart") for path in folder.glob(f"{name}/*")
    )


if __name__ == "__main__":
    main()
