"""What Celery runs for videos beyond their jobs, by the clock; each may run twice or be killed at any point."""

from celery import shared_task

from apps.videos import clearing, illustrating, sending, services


@shared_task(name="videos.clear")
def clear() -> None:
    """Take out of the store what nobody needs any more."""
    clearing.clear_outdated()
    clearing.clear_failed()
    while clearing.empty_trash() == clearing.AT_ONCE:
        pass  # a trash that was emptied may hold many rounds


@shared_task(name="videos.publish_stuck")
def publish_stuck() -> None:
    """Ask again for what nobody is working on, whatever may have got lost."""
    services.publish_stuck()


@shared_task(name="videos.illustrate_older")
def illustrate_older() -> None:
    """Have pictures made of videos that were published before there were such."""
    illustrating.request_for_older()


@shared_task(name="videos.send")
def send() -> None:
    """Make news of what stopped an hour ago and was not sent by its author."""
    sending.send_what_stopped()
