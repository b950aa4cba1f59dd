"""What Celery runs for videos beyond their jobs: the hourly clearing, which may run twice or be killed at any point."""

from celery import shared_task

from apps.videos import clearing


@shared_task(name="videos.clear")
def clear() -> None:
    """Take out of the store what nobody needs any more."""
    clearing.clear_outdated()
    clearing.empty_trash()
