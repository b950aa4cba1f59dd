"""What changes about a video. Publishing, which workers do, stands in publishing.py."""

from typing import Any

import structlog
from django.db import transaction
from django.utils import timezone

from apps.accounts.models import Person
from apps.core import jobs
from apps.videos.errors import NoSource, NotFailed
from apps.videos.models import Source, Video
from apps.workspaces.models import Workspace

log = structlog.get_logger(__name__)

PUBLISH = "publish"  # the kinds of job, see publishing.py
TRANSCODE = "transcode"
POSTER = "poster"


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


@transaction.atomic
def accept_source(*, source: Source, stored: list[dict[str, Any]], recorded_ms: int | None = None) -> None:
    """Take over a complete source, `stored` being its ordered keys and sizes, and ask for its publication.

    A source without a single byte fails its video at once. Call it in the transaction that completes the upload.
    A source that is no longer the video's current one (Start over came first) is kept and not published.
    """
    now = timezone.now()
    Source.objects.filter(pk=source.pk).update(
        stored=stored,
        recorded_ms=recorded_ms,
        completed_at=now,
        size_bytes=sum(item["size_bytes"] for item in stored),
    )
    shown = Video.objects.filter(pk=source.video_id, current_source=source)
    if not stored:
        shown.update(status=Video.Status.FAILED, failure_code="empty_source", stopped_at=now)
        return
    if shown.update(status=Video.Status.PROCESSING, failure_code="", stopped_at=now):
        request_publication(source=source)


def request_publication(*, source: Source) -> None:
    """Ask for a source to be published; nothing more happens when that is under way. Call it in a transaction."""
    jobs.request(
        kind=PUBLISH,
        key=f"{PUBLISH}:{source.public_id}",
        subject=source.video.public_id,
        payload={"source": source.public_id},
    )


@transaction.atomic
def retry(*, video: Video) -> None:
    """Publish a failed video again.

    Raises NotFailed for any other, so that a second click changes nothing, and NoSource where nothing was stored.
    """
    source = video.current_source
    if source is None or not source.stored:
        raise NoSource
    moved = Video.objects.filter(pk=video.pk, status=Video.Status.FAILED).update(
        status=Video.Status.PROCESSING, failure_code=""
    )
    if not moved:
        raise NotFailed
    request_publication(source=source)
    video.refresh_from_db()


@transaction.atomic
def edit_video(*, video: Video, **fields: Any) -> Video:
    """Return the video with title, description, visibility or poster_ms changed; other fields are left alone.

    Another poster_ms asks for a new poster, which takes the old one's place when it is made.
    """
    other_poster = "poster_ms" in fields and fields["poster_ms"] != video.poster_ms
    for name, value in fields.items():
        setattr(video, name, value)
    video.save(update_fields=list(fields))
    if other_poster and video.current_publication is not None:
        source = video.current_publication.source
        jobs.request(
            kind=POSTER,
            key=f"{POSTER}:{source.public_id}:{video.poster_ms}",
            subject=video.public_id,
            payload={"source": source.public_id},
        )
    return video


def move_to_trash(*, video: Video) -> None:
    """Hide the video from everybody at once, its links included."""
    if Video.objects.filter(pk=video.pk, deleted_at__isnull=True).update(deleted_at=timezone.now()):
        log.info("video_deleted", video=video.public_id)


def restore(*, video: Video) -> None:
    """Take the video out of the trash; it is as it was."""
    Video.objects.filter(pk=video.pk).update(deleted_at=None)
    video.refresh_from_db()
