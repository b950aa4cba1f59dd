"""One attempt's work place: the source's file on this machine's disk, what is in it, and what is to be made of it.

`attempt` sets it up, does the work there and takes it down, and turns whatever goes wrong into what the job needs to
know: whether the same again may help, soon or later, or never (apps/core/jobs.py).
"""

import errno
import hashlib
import os
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import structlog
from django.conf import settings

from apps.core.claims import Claim
from apps.core.jobs import GiveUp, NotNow, TryAgain
from apps.core.store import get_store
from apps.core.work_folders import work_folder
from apps.videos.models import Source, Video
from apps.videos.services import POSTER, PUBLISHING
from media.errors import DamagedSource, DiskFull, MediaError
from media.publish import PublicationPlan, SourceInfo, find_ffmpeg, plan_publication, probe
from media.store.errors import ObjectMissing, StoreError, StoreFull, StoreUnavailable

log = structlog.get_logger(__name__)

READ_BYTES = 1024 * 1024
# One rendition at a time lies beside the source and is no larger, but for what is encoded from a small one.
SPARE_BYTES = 256 * 1024 * 1024
STORE_FAILURES: dict[type[StoreError], str] = {
    ObjectMissing: "source_missing",
    StoreFull: "storage_full",
    StoreUnavailable: "store_unavailable",
}
FIRST_REVISION = 1  # of a source, meant by jobs that were asked for before there were several


class Outdated(Exception):
    """The source is another revision by now, which has a job of its own: stop, and write nothing more."""


@dataclass(frozen=True)
class Bench:
    """One attempt's work place: the source's file, what is in it, what is to be made, and where."""

    claim: Claim
    video: Video
    source: Source
    folder: Path
    file: Path
    info: SourceInfo
    plan: PublicationPlan

    @property
    def ffmpeg_path(self) -> Path:
        """Return the ffmpeg to work with. Raises FfmpegMissing."""
        return find_ffmpeg(settings.FFMPEG or None)

    def empty_folder(self, name: str) -> Path:
        """Return a fresh, empty folder for one step of the engine."""
        folder = self.folder / name
        folder.mkdir()
        return folder

    @contextmanager
    def writing(self) -> Iterator[Source]:
        """A transaction whose writes count only while claim and revision hold; yields the source, locked.

        Raises LeaseLost or Outdated, and writes nothing, when they do not.
        """
        with self.claim.writing():
            locked = Source.objects.select_for_update().filter(pk=self.source.pk, revision=self.source.revision).first()
            if locked is None:
                raise Outdated
            yield locked


def attempt(claim: Claim, work: Callable[[Bench], None], *, stored: Sequence[Mapping[str, Any]] = ()) -> None:
    """Set up the work place, do the work there and take it down. Nothing happens when nobody wants it any more.

    `stored` are the objects to work on, as a source has them, where these are not the whole source. A source that
    cannot be published ends the job for good, by GiveUp. What may pass becomes TryAgain, what is away NotNow.
    """
    source = Source.objects.select_related("video").filter(public_id=claim.payload["source"]).first()
    if source is None or source.video.current_source_id != source.pk:
        return  # deleted, or started over meanwhile
    if claim.kind != POSTER and source.revision != claim.payload.get("revision", FIRST_REVISION):
        return  # reopened and completed anew: that is another job's
    if claim.kind in PUBLISHING and source.video.status != Video.Status.PROCESSING:
        return  # all was made, and the worker killed before it could say so
    try:
        with work_folder(claim) as folder:
            wanted = stored or source.stored
            require_room(wanted, folder)
            file = _fetch(wanted, folder)
            claim.check()
            probing = folder / "probe"
            probing.mkdir()
            info = probe(file, folder=probing, max_duration_ms=settings.MAX_DURATION_MS)
            plan = plan_publication(info, without_copies=claim.payload.get("without_copies", False))
            log.info("probed", video=source.video.public_id, duration_ms=info.duration_ms, container=info.container)
            work(Bench(claim, source.video, source, folder, file, info, plan))
    except Outdated:
        log.info("publishing_outdated", video=source.video.public_id)
    except (MediaError, StoreError, OSError) as error:
        ending = _ending_for(error)
        if ending is None:
            raise
        log.warning("publishing_failed", code=ending.code, error=str(error), stderr=getattr(error, "stderr_tail", ""))
        raise ending from error


def _ending_for(error: MediaError | StoreError | OSError) -> TryAgain | GiveUp | None:
    """Return how an attempt ends that met this error: whether it is worth another one, and what is told if not.

    None for an error that nobody foresaw.
    """
    if isinstance(error, OSError):
        return NotNow(DiskFull.code) if error.errno in {errno.ENOSPC, errno.EDQUOT} else None
    code = error.code if isinstance(error, MediaError) else STORE_FAILURES.get(type(error), "store_refused")
    if error.permanent:
        return GiveUp(code)
    return NotNow(code) if isinstance(error, StoreError | DiskFull) else TryAgain(code)


def require_room(stored: Sequence[Mapping[str, Any]], folder: Path) -> None:
    """Raise DiskFull where these objects and what is made of them would fill the disk; the database may lie on it."""
    needed = 2 * sum(item["size_bytes"] for item in stored) + SPARE_BYTES
    free = shutil.disk_usage(folder).free
    if free < needed:
        raise DiskFull(f"{needed} bytes are needed for the work, {free} are free.")


def _fetch(stored: Sequence[Mapping[str, Any]], folder: Path) -> Path:
    """Write the objects, in order, into one file, and return it.

    Raises DamagedSource when the bytes are not what was promised: the stores that list no checksum of a file's
    parts, and check none, are looked after here at the latest.
    """
    file = folder / "source"
    with file.open("w+b") as target:
        for item in stored:
            start = target.tell()
            for piece in get_store().iter_bytes(item["key"]):
                target.write(piece)
            _check_promises(target, start, item)
    return file


def _check_promises(target: BinaryIO, start: int, item: Mapping[str, Any]) -> None:
    """Compare what was written from `start` on with what was promised of the object. Raises DamagedSource."""
    target.seek(start)
    for size_bytes, sha256 in item.get("promised", []):
        digest, missing = hashlib.sha256(), size_bytes
        while missing and (piece := target.read(min(missing, READ_BYTES))):
            digest.update(piece)
            missing -= len(piece)
        if missing or digest.hexdigest() != sha256:
            raise DamagedSource(f"{item['key']} is not what was promised")
    target.seek(0, os.SEEK_END)
