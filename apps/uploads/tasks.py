"""What Celery runs for uploads by the clock; it may run twice, at the same time, and be killed at any point."""

from celery import shared_task

from apps.uploads import abandoned


@shared_task(name="uploads.end_abandoned")
def end_abandoned() -> None:
    """End what nobody records or sends any more. What this round does not reach is the next one's."""
    abandoned.end_silent_recordings()
    abandoned.end_silent_files()
    abandoned.close_what_waited()
