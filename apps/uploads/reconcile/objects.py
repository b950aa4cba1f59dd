"""Objects without rows and rows without objects, video by video, so that memory does not grow with the store.

For each video the rows are read first and the store is listed after: what is stored meanwhile is young, and left
alone. What seems missing is looked for once more, with the rows read anew, before it is said to be.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime
from functools import partial

from django.db.models import Exists, OuterRef, Q

from apps.accounts.models import Person
from apps.accounts.pictures import PREFIX as PEOPLE_PREFIX
from apps.core import ledger
from apps.core.models import StoredObject
from apps.core.store import get_store
from apps.uploads.models import Upload
from apps.uploads.reconcile.findings import Finding, Kind
from apps.videos import keys
from apps.videos import services as videos
from apps.videos.models import Piece, Rendition, Video
from apps.videos.needed import awaited_prefixes, needed_keys
from media.store import Listed

AT_ONCE = 500  # videos, or keys in one statement


def check_videos(before: datetime) -> Iterator[Finding]:
    """Yield what is wrong with the objects of each video; what was written after `before` is left alone."""
    for video in Video.objects.select_related("current_source").order_by("pk").iterator(chunk_size=AT_ONCE):
        yield from _check_video(video, before)
    yield from _check_gone_videos(before)


def check_people(before: datetime) -> Iterator[Finding]:
    """Yield what is wrong with people's pictures."""
    needed = dict.fromkeys(Person.objects.exclude(picture_key="").values_list("picture_key", flat=True))
    rows = StoredObject.objects.filter(key__startswith=PEOPLE_PREFIX, video_id__isnull=True)
    listed = get_store().survey(PEOPLE_PREFIX)
    for finding in _compare(needed, (), _by_key(rows), listed, before, video_id=None):
        is_shown = Person.objects.filter(picture_key=finding.what).exists()
        if finding.kind != Kind.MISSING_OBJECT or (is_shown and get_store().size_bytes(finding.what) is None):
            yield finding


def check_begun_uploads(before: datetime) -> Iterator[Finding]:
    """Yield the store's multipart uploads that no open upload goes on with."""
    store = get_store()
    for begun in tuple(store.multiparts(keys.ALL_VIDEOS)):
        is_open = Upload.objects.filter(status=Upload.Status.OPEN, store_upload_id=begun.upload_id).exists()
        if begun.begun_at < before and not is_open:
            mend = partial(store.abort_multipart, begun.key, begun.upload_id)
            yield Finding(Kind.BEGUN_UPLOAD, begun.key, mend)


def _check_video(video: Video, before: datetime) -> Iterator[Finding]:
    needed, awaited = needed_keys(video), awaited_prefixes(video)
    rows = _by_key(StoredObject.objects.filter(video_id=video.pk))
    listed = get_store().survey(keys.video_prefix(video_id=video.public_id))
    for finding in _compare(needed, awaited, rows, listed, before, video_id=video.pk):
        if finding.kind == Kind.MISSING_OBJECT:
            if finding.what in needed_keys(video) and get_store().size_bytes(finding.what) is None:
                yield Finding(finding.kind, finding.what, _way_to_make_it_again(video, finding.what))
        else:
            yield finding


def _way_to_make_it_again(video: Video, key: str) -> Callable[[], object] | None:
    """Return what makes a missing rendition or picture anew, while its source is whole; None for everything else."""
    source = video.current_source
    if source is None or not source.stored:
        return None
    is_made = (
        Rendition.objects.filter(publication__source=source, key=key).exists()
        or source.publications.filter(Q(poster_key=key) | Q(preview_key=key) | Q(storyboard__key=key)).exists()
        or any(key in piece.sizes_by_key for piece in Piece.objects.filter(publication__source=source))
    )
    if not is_made or any(get_store().size_bytes(item["key"]) != item["size_bytes"] for item in source.stored):
        return None
    return partial(videos.make_again, video=video, key=key)


def _check_gone_videos(before: datetime) -> Iterator[Finding]:
    """Yield what is left of videos that are no more, in the store and in the ledger."""
    store = get_store()
    for folder in store.folders(keys.ALL_VIDEOS):
        public_id = folder.removeprefix(keys.ALL_VIDEOS).removesuffix("/")
        if not Video.objects.filter(public_id=public_id).exists():
            rows = _by_key(StoredObject.objects.filter(key__startswith=folder))
            found = _compare({}, (), rows, store.survey(folder), before, video_id=None)
            yield from (finding for finding in found if finding.kind != Kind.ROW_WITHOUT_OBJECT)  # those come below
    of_nobody = StoredObject.objects.filter(
        ~Exists(Video.objects.filter(pk=OuterRef("video_id"))), video_id__isnull=False
    )
    for row in of_nobody.filter(created_at__lt=before).iterator(chunk_size=AT_ONCE):
        if store.size_bytes(row.key) is None:
            yield Finding(Kind.ROW_WITHOUT_OBJECT, row.key, partial(ledger.delete, [row.key]))


def _by_key(rows: Iterable[StoredObject]) -> dict[str, StoredObject]:
    return {row.key: row for row in rows}


def _compare(
    needed: Mapping[str, int | None],
    awaited: tuple[str, ...],
    rows: dict[str, StoredObject],
    listed: Iterable[Listed],
    before: datetime,
    *,
    video_id: int | None,
) -> Iterator[Finding]:
    """Yield how the store's list differs from the rows; below `awaited` prefixes only what is named is looked at."""
    left = dict(rows)
    missing = dict(needed)
    for found in listed:
        row = left.pop(found.key, None)
        expected = missing.pop(found.key, None)
        is_needed = found.key in needed
        is_old = found.changed_at < before and (row is None or row.created_at < before)
        if expected is not None and expected != found.size_bytes:
            yield Finding(Kind.DAMAGED_OBJECT, found.key)
        elif is_needed and row is None:
            note = partial(ledger.note, key=found.key, video_id=video_id, size_bytes=found.size_bytes)
            yield Finding(Kind.OBJECT_WITHOUT_ROW, found.key, note)
        elif is_needed and row is not None and row.size_bytes != found.size_bytes:
            note = partial(ledger.note, key=found.key, video_id=video_id, size_bytes=found.size_bytes)
            yield Finding(Kind.OTHER_SIZE, found.key, note)
        elif not is_needed and is_old and not found.key.startswith(awaited):
            kind = Kind.OBJECT_WITHOUT_ROW if row is None else Kind.UNNEEDED_OBJECT
            yield Finding(kind, found.key, partial(ledger.delete, [found.key]))
    for key in missing:
        yield Finding(Kind.MISSING_OBJECT, key)
    for key, row in left.items():
        if key not in needed and row.created_at < before and not key.startswith(awaited):
            yield Finding(Kind.ROW_WITHOUT_OBJECT, key, partial(ledger.delete, [key]))
