"""What Celery runs for people, by the clock; it may run twice or be killed at any point."""

from celery import shared_task

from apps.accounts import pictures


@shared_task(name="accounts.clear")
def clear() -> None:
    """Take out of the store the pictures that nobody shows any more."""
    pictures.clear_outdated()
