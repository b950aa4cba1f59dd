"""What nobody needs any more goes out of the store: replaced publications, parts that were packaged, emptied trash.

Everything is found from rows each time and may be repeated after a kill: rows stop naming an object first, the
object goes next, its line in the ledger last. A video in the trash goes the other way round, objects first and
rows after, since without its rows nobody would know of its objects. "Delete for good" ends a video's days in the
trash at once: from then on it cannot be restored, and a job, or else the next hour's round, purges it.
"""

from collections.abc import Callable, Iterable, Iterator
from datetime import timedelta
from typing import Any, TypeVar

import structlog
from django.db import transaction
from django.db.models import F, Q, QuerySet
from django.utils import timezone

from apps.core import jobs, ledger
from apps.core.claims import Claim
from apps.core.jobs import GiveUp, NotNow
from apps.core.models import PublicRow, StoredObject
from apps.core.store import get_store
from apps.videos import keys
from apps.videos.models import TRASH_KEPT, Publication, Source, Video
from apps.videos.needed import awaited_prefixes, needed_keys, prefixes_of
from media.store.errors import StoreError

log = structlog.get_logger(__name__)

Row = TypeVar("Row", bound=PublicRow)

KEPT = timedelta(days=1)  # what was replaced stays this long: somebody may still be watching it
AT_ONCE = 200  # videos in one round; the next round takes the next ones
PURGE = "purge"
PURGED_BY_JOBS = 50  # of a trash that is emptied; a longer one goes by the hourly rounds, past no publishing that waits


def clear_outdated() -> int:
    """Clear videos that were published anew or packaged more than a day ago. Return how many objects went.

    A recording whose rest may still come is left alone with all its parts, and so is one whose newest revision is
    not what plays: its parts are all there is of it.
    """
    before = timezone.now() - KEPT
    # Those that were given up before all was made are ready without being verified, since something of them plays.
    is_over = Q(current_publication__verified_at__lt=before) | Q(
        current_publication__verified_at__isnull=True, current_publication__created_at__lt=before
    )
    settled = Video.objects.filter(
        is_over,
        status=Video.Status.READY,
        current_publication__cleared_at__isnull=True,
        current_publication__source=F("current_source"),
        current_publication__revision=F("current_source__revision"),
        current_source__completed_at__isnull=False,
        current_source__rest_until__isnull=True,
    ).order_by("pk")[:AT_ONCE]
    return sum(_each(settled, _clear))


def clear_failed() -> int:
    """Clear what was left of videos that failed more than a day ago. Return how many objects went."""
    failed = Publication.objects.filter(
        source__video__status=Video.Status.FAILED,
        created_at__lt=timezone.now() - KEPT,
        cleared_at__isnull=True,
    ).select_related("source__video")
    return sum(_each(failed.order_by("pk")[:AT_ONCE], _clear_failed))


def empty_trash() -> int:
    """Delete for good what has been in the trash for 30 days. Return how many videos went."""
    return sum(_each(_over().order_by("pk")[:AT_ONCE], purge))


@transaction.atomic
def delete_for_good(*, videos: Iterable[Video]) -> int:
    """End these videos' days in the trash now and ask for their purge. Return how many were still there.

    What was restored a moment ago stays.
    """
    now = timezone.now()
    ended = [
        video
        for video in videos
        if Video.objects.filter(pk=video.pk, deleted_at__gt=now - TRASH_KEPT).update(deleted_at=now - TRASH_KEPT)
    ]
    for video in ended[:PURGED_BY_JOBS]:
        jobs.request(
            kind=PURGE,
            key=f"{PURGE}:{video.public_id}",
            subject=video.public_id,
            payload={"video": video.public_id},
        )
    if ended:
        log.info("videos_deleted_for_good", videos=[video.public_id for video in ended[:PURGED_BY_JOBS]], n=len(ended))
    return len(ended)


def purge_one(claim: Claim) -> None:
    """Purge the job's video when its days in the trash are over; done before, nothing happens.

    Raises NotNow while the store is away, GiveUp when it refuses.
    """
    video = _over().filter(public_id=claim.payload["video"]).first()
    if video is None:
        return
    try:
        purge(video)
    except StoreError as error:
        raise (GiveUp("store_refused") if error.permanent else NotNow("store_unavailable")) from error


def give_up(subject: str, payload: dict[str, Any], code: str) -> None:
    """Nothing that a person sees has failed: the next hour's round tries again."""


def register_jobs() -> None:
    """Make the job known to apps/core/jobs.py."""
    jobs.register(jobs.Kind(PURGE, queue="publish", perform=purge_one, give_up=give_up))


def _each(rows: Iterable[Row], clear: Callable[[Row], int]) -> Iterator[int]:
    """Yield what clearing each row came to. One that the store refuses stops no other; a store that is away does."""
    for row in rows:
        try:
            yield clear(row)
        except StoreError as error:
            log.warning("not_cleared", row=row.public_id, error=str(error))
            if not error.permanent:
                return


def purge(video: Video) -> int:
    """Delete a video with all its objects and rows, and return 1 for it.

    A kill in between leaves a video in the trash, to be repeated. The objects go a second time once the ledger
    refuses new ones: a part may have arrived between the two.
    """
    prefix = keys.video_prefix(video_id=video.public_id)
    get_store().delete_prefix(prefix)
    StoredObject.objects.filter(video_id=video.pk).delete()
    get_store().delete_prefix(prefix)
    video.delete()
    log.info("video_purged", video=video.public_id)
    return 1


def _over() -> QuerySet[Video]:
    """Return the videos whose days in the trash are over."""
    return Video.objects.filter(deleted_at__lte=timezone.now() - TRASH_KEPT)


def _clear(video: Video) -> int:
    publication = video.current_publication
    if publication is None:
        return 0
    with transaction.atomic():
        Publication.objects.filter(source__video=video).exclude(pk=publication.pk).delete()
        publication.pieces.all().delete()  # of one that was given up; a Retry cuts them anew
        _let_the_copy_be_the_source(publication)
        # A take that was recorded anew: until now, dropping the second one would have given it back.
        video.sources.filter(pk__lt=publication.source_id).update(stored=[], rest_until=None)
    return _delete_unneeded(video, publication)


def _clear_failed(publication: Publication) -> int:
    """Delete what attempts have stored that failed or were killed; the source stays, for a Retry."""
    publication.pieces.all().delete()  # a Retry cuts them anew
    return _delete_unneeded(publication.source.video, publication)


def look_again(video: Video) -> None:
    """Let the next rounds look for what this video needs no more: one of its pictures is replaced."""
    Publication.objects.filter(source__video=video).update(cleared_at=None)


def _delete_unneeded(video: Video, publication: Publication) -> int:
    """Delete the video's objects that are old and that nobody needs, and return how many they were.

    Note that it is done, unless there are young ones that nobody needs: later rounds come back for those.
    """
    needed, awaited = needed_keys(video), awaited_prefixes(video)
    before = timezone.now() - KEPT
    known = StoredObject.objects.filter(video_id=video.pk).values_list("key", "created_at")
    left = [(key, made) for key, made in known if key not in needed and not key.startswith(awaited)]
    unneeded = [key for key, made in left if made < before]
    ledger.delete(unneeded)
    _abort_what_was_left_behind(video)
    if len(unneeded) == len(left):
        Publication.objects.filter(pk=publication.pk).update(cleared_at=timezone.now())
    if unneeded:
        log.info("video_cleared", video=video.public_id, objects=len(unneeded))
    return len(unneeded)


def _abort_what_was_left_behind(video: Video) -> None:
    """Drop the parts of large objects that a killed worker was sending; what uploads have begun is not ours."""
    store, before = get_store(), timezone.now() - KEPT
    sources = prefixes_of(video, video.sources.all())
    for begun in tuple(store.multiparts(keys.video_prefix(video_id=video.public_id))):
        if begun.begun_at < before and not begun.key.startswith(sources):
            store.abort_multipart(begun.key, begun.upload_id)


def _let_the_copy_be_the_source(publication: Publication) -> None:
    """Name the packaged rendition as a recording's source where it holds all that the parts hold."""
    copy = publication.renditions.filter(holds_source=True).first()
    if copy is not None:
        Source.objects.filter(pk=publication.source_id, kind=Source.Kind.RECORDING).update(
            stored=[{"key": copy.key, "size_bytes": copy.size_bytes}]
        )
