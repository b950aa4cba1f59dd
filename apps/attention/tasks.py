"""What the clock asks of mails. Both may run twice, or be killed at any point."""

from celery import shared_task
from django.utils import timezone

from apps.attention import digests, sending, services


@shared_task(name="attention.sweep")
def sweep() -> None:
    """Make the mails that are due now, and ask for them to be sent."""
    sending.sweep()


@shared_task(name="attention.clear")
def clear() -> None:
    """Forget old rows, and addresses that nobody has confirmed."""
    digests.clear(timezone.now())
    services.forget_unconfirmed()
