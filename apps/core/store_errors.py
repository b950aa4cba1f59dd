"""What people and programs are told when the object store fails."""

from collections.abc import Iterator
from contextlib import contextmanager

import structlog
from django.utils.translation import gettext_lazy as _
from rest_framework import status

from apps.core.errors import DomainError, Expired
from media.store.errors import StoreError, StoreFull

log = structlog.get_logger(__name__)


class StorageFull(DomainError):
    """Nothing more can be stored until somebody makes room."""

    code = "storage_full"
    status_code = status.HTTP_507_INSUFFICIENT_STORAGE
    message = _("There is no space left to store this. Nothing that was stored before is lost.")


class StoreAway(DomainError):
    """The store does not answer, or refuses us; asking again later helps once it is back."""

    code = "store_unavailable"
    status_code = status.HTTP_503_SERVICE_UNAVAILABLE
    message = _("The storage does not answer at the moment. Please try again shortly.")

    def __init__(self, *, wait_s: int = 5) -> None:
        self.wait_s = wait_s
        super().__init__()


class AddressExpired(Expired):
    """A signed address of the store whose time is over."""

    message = _("This address has expired. A fresh one works.")


class BytesMismatch(DomainError):
    """The bytes that arrived are not the promised ones; they were not kept."""

    code = "part_mismatch"
    status_code = status.HTTP_400_BAD_REQUEST
    message = _("These bytes are not what was promised: their number or their SHA-256 differs.")


class PartConflict(DomainError):
    """This number is confirmed with other bytes, and a confirmed part never changes."""

    code = "part_conflict"
    status_code = status.HTTP_409_CONFLICT
    message = _("This part is already stored with other bytes.")


class UploadClosed(DomainError):
    """The upload was completed or dropped; nothing more is taken for it."""

    code = "upload_closed"
    status_code = status.HTTP_409_CONFLICT
    message = _("This upload has ended and takes nothing more.")


@contextmanager
def told_to_people() -> Iterator[None]:
    """Raise StorageFull or StoreAway for what the store raises inside.

    Errors with a meaning of their own, like ObjectMissing, are caught closer to where they happen. What is left
    is nothing that whoever asks can change, so also a permanent refusal reads as "try again": an operator has
    to act, and finds the reason in the log.
    """
    try:
        yield
    except StoreFull as error:
        log.error("store_full", error=str(error))
        raise StorageFull from error
    except StoreError as error:
        log.error("store_failed", error=str(error), permanent=error.permanent)
        raise StoreAway from error
