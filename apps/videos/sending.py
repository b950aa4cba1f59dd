"""When a video becomes news for others.

Its author sends it by Done, at once. Who forgets Done, and who uploads a file, where there is no Done, has it sent an
hour after it stopped, which leaves time to give it a title, to look at it, or to start over. What cannot be watched
by then (it failed, or is still being made) waits until it can: nobody is called to an empty stage. A recording that
ends early, because the server ended it without its author, waits for its author's word. Start over takes the sending
back, and a private video that is opened to others is sent anew at that moment (services.py).
"""

from datetime import timedelta

import structlog
from django.utils import timezone

from apps.videos.errors import StillRecording
from apps.videos.models import Video

log = structlog.get_logger(__name__)

SENT_AFTER = timedelta(hours=1)


def mark_sent(*, video: Video) -> None:
    """Make the video news for others now; one that was sent stays as it is. Raises StillRecording."""
    stopped = Video.objects.filter(pk=video.pk, stopped_at__isnull=False)
    if stopped.filter(sent_at__isnull=True).update(sent_at=timezone.now()):
        log.info("video_sent", video=video.public_id)
    video.refresh_from_db()
    if video.stopped_at is None:
        raise StillRecording


def send_what_stopped() -> int:
    """Mark as sent what stopped an hour ago and can be watched. Return how many videos that were."""
    now = timezone.now()
    forgotten = Video.objects.kept().filter(
        sent_at__isnull=True, stopped_at__lte=now - SENT_AFTER, current_publication__ends_early=False
    )
    sent = forgotten.update(sent_at=now)
    if sent:
        log.info("videos_sent", count=sent)
    return sent
