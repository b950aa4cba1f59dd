"""Videos that nobody works on, and jobs that nobody wants or takes."""

from collections.abc import Iterator
from datetime import timedelta
from functools import partial

from django.db import transaction
from django.db.models import Exists, OuterRef
from django.utils import timezone

from apps.core import jobs
from apps.core.models import Job
from apps.uploads.clearing import CLEAR_UPLOAD
from apps.uploads.models import Upload
from apps.uploads.reconcile.findings import Finding, Kind
from apps.videos import services as videos
from apps.videos.clearing import PURGE
from apps.videos.models import Video

OVERDUE = timedelta(hours=1)
# What says nothing of the video: with the store or the disk back, another try may well succeed.
OF_VIDEOS = videos.PUBLISHING | {videos.POSTER, videos.SOUND, videos.ILLUSTRATE, PURGE, CLEAR_UPLOAD}
CIRCUMSTANCES = ("disk_full", "storage_full", "store_refused", "store_unavailable")


def check_rows() -> Iterator[Finding]:
    """Yield what is wrong between videos, uploads and jobs."""
    yield from _check_videos()
    yield from _check_jobs()


def _check_videos() -> Iterator[Finding]:
    for video in videos.stuck_videos():
        yield Finding(Kind.STUCK_VIDEO, video.public_id, partial(_publish, video))
    is_coming = Upload.objects.filter(source=OuterRef("current_source"), status=Upload.Status.OPEN)
    waiting = Video.objects.filter(
        ~Exists(is_coming), status__in=(Video.Status.RECORDING, Video.Status.UPLOADING), deleted_at__isnull=True
    )
    for video in waiting.select_related("current_source"):
        yield Finding(Kind.WAITING_VIDEO, video.public_id, partial(_end_waiting, video))
    given_up = Video.objects.filter(
        status__in=(Video.Status.READY, Video.Status.FAILED), failure_code__in=CIRCUMSTANCES, deleted_at__isnull=True
    )
    for video in given_up.select_related("current_source"):
        if video.current_source is not None and video.current_source.stored:
            yield Finding(Kind.INCOMPLETE_VIDEO, video.public_id, partial(videos.retry, video=video))


def _check_jobs() -> Iterator[Finding]:
    known = jobs.known_kinds()
    unfinished = Job.objects.filter(state__in=Job.UNFINISHED)
    for job in unfinished.exclude(kind__in=known):
        yield Finding(Kind.UNKNOWN_JOB, job.key)
    before = timezone.now() - OVERDUE
    overdue = unfinished.filter(kind__in=known, state=Job.State.QUEUED, run_after__lt=before, turn_at__lt=before)
    has_subject = Exists(Video.objects.filter(public_id=OuterRef("subject")))
    for job in overdue.annotate(has_subject=has_subject):
        if job.kind in OF_VIDEOS and not job.has_subject:
            yield Finding(Kind.JOB_WITHOUT_SUBJECT, job.key, partial(jobs.drop, job_id=job.pk))
        else:
            yield Finding(Kind.OVERDUE_JOB, job.key)


def _publish(video: Video) -> None:
    source = video.current_source
    if source is not None:
        with transaction.atomic():
            videos.request_publication(source=source)


def _end_waiting(video: Video) -> None:
    """Publish what is there of a video whose upload is gone, or end it as empty."""
    source = video.current_source
    if source is None:
        Video.objects.filter(pk=video.pk).update(status=Video.Status.FAILED, failure_code="empty_source")
        return
    videos.accept_source(source=source, stored=source.stored)
