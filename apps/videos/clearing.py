"""What nobody needs any more goes out of the store: replaced publications, parts that were packaged, emptied trash.

Everything is found from rows each time and may be repeated after a kill: rows stop naming an object first, the
object goes next, its line in the ledger last. A video in the trash goes the other way round, objects first and
rows after, since without its rows nobody would know of its objects.
"""

from datetime import timedelta

import structlog
from django.db import transaction
from django.utils import timezone

from apps.core import ledger
from apps.core.models import StoredObject
from apps.core.store import get_store
from apps.videos import keys
from apps.videos.models import Publication, Rendition, Source, Video

log = structlog.get_logger(__name__)

KEPT = timedelta(days=1)  # what was replaced stays this long: somebody may still be watching it
TRASH_KEPT = timedelta(days=30)
AT_ONCE = 200  # videos in one round; the next round takes the next ones


def clear_outdated() -> int:
    """Clear videos that were published anew or packaged more than a day ago. Return how many objects went."""
    before = timezone.now() - KEPT
    settled = Video.objects.filter(
        status=Video.Status.READY,
        current_publication__verified_at__lt=before,
        current_publication__cleared_at__isnull=True,
    ).order_by("pk")[:AT_ONCE]
    return sum(_clear(video) for video in settled)


def empty_trash() -> int:
    """Delete for good what has been in the trash for 30 days. Return how many videos went."""
    before = timezone.now() - TRASH_KEPT
    old = list(Video.objects.filter(deleted_at__lt=before).order_by("pk")[:AT_ONCE])
    for video in old:
        purge(video)
    return len(old)


def purge(video: Video) -> None:
    """Delete a video with all its objects and rows; a kill in between leaves a video in the trash, to be repeated."""
    get_store().delete_prefix(keys.video_prefix(video_id=video.public_id))
    StoredObject.objects.filter(video_id=video.pk).delete()
    video.delete()
    log.info("video_purged", video=video.public_id)


def _clear(video: Video) -> int:
    publication = video.current_publication
    if publication is None:
        return 0
    with transaction.atomic():
        Publication.objects.filter(source__video=video).exclude(pk=publication.pk).delete()
        _let_the_copy_be_the_source(publication)
    unneeded = _unneeded_keys(video)
    ledger.delete(unneeded)
    Publication.objects.filter(pk=publication.pk).update(cleared_at=timezone.now())
    if unneeded:
        log.info("video_cleared", video=video.public_id, objects=len(unneeded))
    return len(unneeded)


def _let_the_copy_be_the_source(publication: Publication) -> None:
    """Name the packaged rendition as a recording's source where it holds all that the parts hold."""
    copy = publication.renditions.filter(holds_source=True).first()
    if copy is not None:
        Source.objects.filter(pk=publication.source_id, kind=Source.Kind.RECORDING).update(
            stored=[{"key": copy.key, "size_bytes": copy.size_bytes}]
        )


def _unneeded_keys(video: Video) -> list[str]:
    """Return the ledger's keys of the video that no row names, of sources and publications that are complete.

    What is still being uploaded is no concern of ours: it lies below a source that is not complete.
    """
    needed = {item["key"] for source in video.sources.all() for item in source.stored}
    needed.update(Rendition.objects.filter(publication__source__video=video).values_list("key", flat=True))
    needed.update(Publication.objects.filter(source__video=video).values_list("poster_key", flat=True))
    open_prefixes = tuple(
        keys.source_prefix(video_id=video.public_id, source_id=source.public_id)
        for source in video.sources.filter(completed_at__isnull=True)
    )
    before = timezone.now() - KEPT
    known = StoredObject.objects.filter(video_id=video.pk, created_at__lt=before).values_list("key", flat=True)
    return [key for key in known if key not in needed and not key.startswith(open_prefixes)]
