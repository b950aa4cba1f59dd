"""What changes about a video. Publishing, which workers do, stands in publishing.py; when it is sent, in sending.py."""

from datetime import datetime
from typing import Any

import structlog
from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q, QuerySet, Value
from django.db.models.functions import Coalesce
from django.utils import timezone

from apps.accounts.models import Person
from apps.core import jobs
from apps.core.errors import NotFound
from apps.core.models import Job
from apps.videos import as_recorded
from apps.videos.clearing import look_again
from apps.videos.errors import EditConflict, NoSource, NotFailed
from apps.videos.models import TRASH_KEPT, Piece, Rendition, Source, Storyboard, Video, VideoReader
from apps.workspaces.models import Workspace
from media.recorded import Recorded

log = structlog.get_logger(__name__)

PUBLISH = "publish"  # the kinds of job, see publishing.py
TRANSCODE = "transcode"
PIECE = "piece"  # of a long transcode, see pieces.py
JOIN = "join"
POSTER = "poster"
SOUND = "sound"
ILLUSTRATE = "illustrate"
PUBLISHING = frozenset({PUBLISH, TRANSCODE, PIECE, JOIN})  # what a video is "processing" for
# A quarter of an hour of a screen with a camera. Fetching, copying and checking so much takes about 15 s, and hours of
# it more than a minute: the others that were stopped meanwhile must not all wait for it.
LONG_FROM_BYTES = 250_000_000


@transaction.atomic
def create_video(*, author: Person, workspace: Workspace, title: str = "", source: dict[str, Any]) -> Video:
    """Return a new video with its open source, `source` as add_source takes it."""
    recording = source["kind"] == Source.Kind.RECORDING
    video = Video.objects.create(
        author=author,
        author_name=author.display_name,
        workspace=workspace,
        title=title,
        status=Video.Status.RECORDING if recording else Video.Status.UPLOADING,
    )
    add_source(video=video, **source)
    log.info("video_created", video=video.public_id, kind=source["kind"])
    return video


def add_source(
    *, video: Video, kind: str, content_type: str = "", size_bytes: int | None = None, file_name: str = ""
) -> Source:
    """Return a new open source, which becomes the video's current one. Call it in a transaction."""
    made = Source.objects.create(
        video=video, kind=kind, content_type=content_type, size_bytes=size_bytes, file_name=file_name
    )
    video.current_source = made
    video.save(update_fields=["current_source"])
    return made


@transaction.atomic
def start_over(*, video: Video, source: dict[str, Any]) -> Source:
    """Return a new open source for the same video and link; what was published before is no longer shown."""
    recording = source["kind"] == Source.Kind.RECORDING
    Video.objects.filter(pk=video.pk).update(
        status=Video.Status.RECORDING if recording else Video.Status.UPLOADING,
        stopped_at=None,
        sent_at=None,
        failure_code="",
        duration_ms=None,
        current_publication=None,
    )
    video.refresh_from_db()
    return add_source(video=video, **source)


def mark_stopped(*, video: Video) -> None:
    """Note that a recording has ended while some of it is still on its way."""
    Video.objects.filter(pk=video.pk, status=Video.Status.RECORDING).update(
        status=Video.Status.UPLOADING, stopped_at=timezone.now()
    )


def note_recorded(*, source: Source, recorded_ms: int) -> None:
    """Write down how long the recorder says it has recorded, also while parts of it are missing."""
    Source.objects.filter(pk=source.pk).update(recorded_ms=recorded_ms)


@transaction.atomic
def accept_source(
    *,
    source: Source,
    stored: list[dict[str, Any]],
    recorded: Recorded | None = None,
    ends_early: bool = False,
    rest_until: datetime | None = None,
    failure_code: str = "empty_source",
) -> None:
    """Take over a complete source, `stored` being its ordered keys and sizes, and ask for its publication.

    A recording whose parts play as they are, `recorded`, plays from here on, and the publication takes over when it is
    made. A source without a single byte fails its video at once, as `failure_code`. Call it in the transaction that
    completes the upload. A source that is no longer the video's current one (Start over came first) is kept and not
    published.

    `ends_early` and `rest_until` are for a recording that the server ends. Accepted anew, after a reopening, with
    more bytes, it is another revision and is published anew, while what was published before plays on; with the
    same bytes only the mark changes.
    """
    now = timezone.now()
    known = Source.objects.select_for_update().get(pk=source.pk)
    is_new = bool(known.stored) and known.stored != stored
    known.revision += is_new
    known.stored = stored
    known.completed_at = now
    known.size_bytes = sum(item["size_bytes"] for item in stored)
    known.ends_early = ends_early
    known.rest_until = rest_until
    known.save(update_fields=["revision", "stored", "completed_at", "size_bytes", "ends_early", "rest_until"])
    made = known.publications.filter(revision=known.revision)
    made.update(ends_early=ends_early)
    shown = Video.objects.filter(pk=source.video_id, current_source=source)
    stopped_at = Coalesce(F("stopped_at"), Value(now)) if ends_early else Value(now)
    if not stored:
        shown.update(status=Video.Status.FAILED, failure_code=failure_code)  # and is its author's alone
    elif made.filter(verified_at__isnull=False).exists():
        shown.update(status=Video.Status.READY, failure_code="", stopped_at=stopped_at)
    elif shown.update(status=Video.Status.PROCESSING, failure_code="", stopped_at=stopped_at):
        request_publication(source=known)
        if recorded is not None:
            as_recorded.show(source=known, recorded=recorded)


@transaction.atomic
def reopen_source(*, source: Source) -> bool:
    """Let the rest of a recording come that the server has ended; what was published of it plays on meanwhile.

    False when nothing more is taken: its author has ended it, it was started over, or its time is over.
    """
    waited_for = Source.objects.filter(pk=source.pk, rest_until__gt=timezone.now(), video__current_source=F("pk"))
    if not waited_for.update(completed_at=None):
        return False
    Video.objects.filter(current_source=source, status=Video.Status.FAILED).update(
        status=Video.Status.UPLOADING, failure_code=""
    )
    return True


@transaction.atomic
def give_up_the_rest(*, source: Source) -> None:
    """Leave a recording that the server has ended as it is, for good: nobody waits for the rest any more."""
    known = Source.objects.select_for_update().get(pk=source.pk)
    if known.completed_at is None:  # it was reopened, and is again what it was before
        accept_source(source=known, stored=known.stored, ends_early=True)
    else:
        Source.objects.filter(pk=source.pk).update(rest_until=None)


@transaction.atomic
def drop_source(*, source: Source, failure_code: str = "empty_source") -> None:
    """Give up a source that never became complete: the video is again what it was before Start over.

    Where there was nothing before, it fails as `failure_code` says, so that nobody waits for it.
    """
    video = Video.objects.select_for_update().get(pk=source.video_id)
    before = video.sources.exclude(pk=source.pk).exclude(stored=[]).order_by("pk").last()
    if before is None or video.current_source_id != source.pk:
        accept_source(source=source, stored=[], failure_code=failure_code)
        return
    Source.objects.filter(pk=source.pk).update(completed_at=timezone.now())
    shown = before.publications.filter(verified_at__isnull=False).order_by("pk").last()
    video.current_source = before
    video.current_publication = shown
    video.stopped_at = video.sent_at = before.completed_at  # it was news when it was first sent
    video.duration_ms = shown.duration_ms if shown else None
    video.status = Video.Status.READY if shown else Video.Status.PROCESSING
    video.save(
        update_fields=["current_source", "current_publication", "stopped_at", "sent_at", "duration_ms", "status"]
    )
    if shown is None:
        request_publication(source=before)


def request_publication(*, source: Source) -> None:
    """Ask for a source to be published; nothing more happens when that is under way. Call it in a transaction."""
    jobs.request(
        kind=PUBLISH,
        key=job_key(PUBLISH, source),
        subject=source.video.public_id,
        payload={"source": source.public_id, "revision": source.revision},
        takes_long=takes_long(source),
    )


def stuck_videos() -> QuerySet[Video]:
    """Return the videos that wait for their publishing while nobody is asked for it: none, unless there is a bug."""
    asked_for = Job.objects.filter(subject=OuterRef("public_id"), kind__in=PUBLISHING, state__in=Job.UNFINISHED)
    return Video.objects.filter(~Exists(asked_for), status=Video.Status.PROCESSING, current_source__isnull=False)


def publish_stuck() -> int:
    """Ask for the publishing of what is stuck. Return how many videos that were."""
    stuck = list(stuck_videos().select_related("current_source"))
    for video in stuck:
        log.error("video_stuck", video=video.public_id)
        with transaction.atomic():
            if video.current_source is not None:
                request_publication(source=video.current_source)
    return len(stuck)


def job_key(kind: str, source: Source) -> str:
    """Return the key of the publishing or transcoding of a source as it is now: another revision has another one."""
    return f"{kind}:{source.public_id}:{source.revision}"


def takes_long(source: Source) -> bool:
    """Return whether whatever is done with the whole of a source keeps a worker's slot for long."""
    return (source.size_bytes or 0) >= LONG_FROM_BYTES


@transaction.atomic
def retry(*, video: Video) -> None:
    """Publish a failed video again, or the rest of one that plays as it was before.

    Raises NotFailed for any other, so that a second click changes nothing, and NoSource where nothing was stored.
    """
    source = video.current_source
    if source is None or not source.stored:
        raise NoSource
    failed = Q(status=Video.Status.FAILED) | Q(status=Video.Status.READY) & ~Q(failure_code="")
    if not Video.objects.filter(failed, pk=video.pk).update(status=Video.Status.PROCESSING, failure_code=""):
        raise NotFailed
    request_publication(source=source)
    video.refresh_from_db()


@transaction.atomic
def make_again(*, video: Video, key: str) -> None:
    """Make anew what the store has lost of a video's publication, from its source; the rest of it plays meanwhile."""
    source = video.current_source
    if source is None:
        raise NoSource
    Rendition.objects.filter(publication__source=source, key=key).delete()
    Storyboard.objects.filter(publication__source=source, key=key).delete()
    pieces = Piece.objects.filter(publication__source=source)
    if any(key in piece.sizes_by_key for piece in pieces):
        pieces.delete()
    source.publications.filter(poster_key=key).update(poster_key="")
    source.publications.filter(preview_key=key).update(preview_key="")
    # The attempt goes on with what it finds unfinished.
    source.publications.filter(revision=source.revision).update(verified_at=None)
    Video.objects.filter(pk=video.pk, status__in=(Video.Status.READY, Video.Status.FAILED)).update(
        status=Video.Status.PROCESSING, failure_code=""
    )
    request_publication(source=source)


@transaction.atomic
def edit_video(
    *, video: Video, named_people: list[Person] | None = None, seen: dict[str, str] | None = None, **fields: Any
) -> Video:
    """Return the video with title, description, visibility or poster_ms changed; other fields are left alone.

    `seen` is what the editor saw of title and description. Raises EditConflict, with nothing written, where one that
    is to be changed says something else by now; what is there already is no conflict.

    `named_people` take the place of its readers; they count while the visibility is "named people", and are kept
    for when it is again. Another poster_ms asks for a new poster, which takes the old one's place when it is made,
    and a poster that was uploaded steps back at once.
    A video that was only for its author and is opened to others becomes news for them now.
    """
    current = Video.objects.select_for_update().filter(pk=video.pk).first()
    if current is None:
        raise NotFound
    for name, text in (seen or {}).items():
        if name in fields and getattr(current, name) not in {text, fields[name]}:
            raise EditConflict
    other_poster = "poster_ms" in fields and fields["poster_ms"] != current.poster_ms
    if "poster_ms" in fields:
        fields["own_poster_key"] = ""
        look_again(video)
    private = Video.Visibility.ONLY_ME
    if video.visibility == private and fields.get("visibility", private) != private and video.sent_at is not None:
        fields["sent_at"] = timezone.now()
    for name, value in fields.items():
        setattr(video, name, value)
    video.save(update_fields=list(fields))
    if named_people is not None:
        _name_readers(video, named_people)
    if other_poster and video.current_publication is not None:
        source = video.current_publication.source
        jobs.request(
            kind=POSTER,
            key=f"{POSTER}:{source.public_id}:{video.poster_ms}",
            subject=video.public_id,
            payload={"source": source.public_id},
            takes_long=takes_long(source),
        )
    return video


def _name_readers(video: Video, people: list[Person]) -> None:
    video.readers.exclude(person__in=people).delete()
    readers = [VideoReader(video=video, person=person) for person in people if person.pk != video.author_id]
    VideoReader.objects.bulk_create(readers, ignore_conflicts=True)  # named already, or in another tab just now


def hand_over(*, videos: QuerySet[Video], to: Person) -> int:
    """Make these videos somebody else's to look after, and return how many; the name as written stays on them."""
    count = videos.update(author=to)
    log.info("videos_handed_over", count=count, to=to.public_id)
    return count


def move_to_trash(*, video: Video) -> None:
    """Hide the video from everybody at once, its links included."""
    if Video.objects.filter(pk=video.pk, deleted_at__isnull=True).update(deleted_at=timezone.now()):
        log.info("video_deleted", video=video.public_id)


def restore(*, video: Video) -> None:
    """Take the video out of the trash; it is as it was. Raises NotFound for what was deleted for good meanwhile."""
    now = timezone.now()
    if not Video.objects.filter(pk=video.pk, deleted_at__gt=now - TRASH_KEPT).update(deleted_at=None):
        raise NotFound
    video.refresh_from_db()
