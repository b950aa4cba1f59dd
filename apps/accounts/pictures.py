"""The picture of a person: taken in, shown, replaced.

    people/<person>/<token>.webp

A key is written once. The new object is stored first, then the row moves to it, then the old object goes; a crash in
between leaves an object that the ledger knows and no person shows, which `clear_outdated` takes away.
"""

from datetime import timedelta
from typing import BinaryIO

import structlog
from django.db import transaction
from django.utils import timezone

from apps.accounts.models import Person
from apps.core import ledger, picture_errors
from apps.core.ids import new_public_id
from apps.core.models import StoredObject
from apps.core.store_errors import told_to_people
from media.portraits import PORTRAIT_TYPE, make_portrait
from media.store.errors import StoreError

log = structlog.get_logger(__name__)

PREFIX = "people/"
LEFT_AFTER = timedelta(days=1)  # far longer than the moment between storing a picture and showing it


def set_picture(*, person: Person, source: BinaryIO, size_bytes: int) -> None:
    """Show this picture for the person, re-encoded. Not to be called in a transaction.

    Raises PictureRefused, and StoreAway or StorageFull where it cannot be stored.
    """
    with picture_errors.told_to_people():
        data = make_portrait(source, size_bytes=size_bytes)
    key = f"{PREFIX}{person.public_id}/{new_public_id()}.webp"
    with told_to_people():
        ledger.put_bytes(data, key, video_id=None, content_type=PORTRAIT_TYPE)
    _move_to(person, key)


def remove_picture(*, person: Person) -> None:
    """Show the first letter again. Nothing happens where there is no picture."""
    _move_to(person, "")


def clear_outdated() -> int:
    """Delete the pictures that no person shows any more. Return how many went."""
    shown = Person.objects.exclude(picture_key="").values("picture_key")
    left = StoredObject.objects.filter(
        key__startswith=PREFIX, video_id__isnull=True, created_at__lt=timezone.now() - LEFT_AFTER
    ).exclude(key__in=shown)
    keys = list(left.values_list("key", flat=True))
    ledger.delete(keys)
    return len(keys)


def _move_to(person: Person, key: str) -> None:
    """Let the row name another picture and delete the one it named, also when two do it at once.

    While the store is away the old one stays, for `clear_outdated` to find.
    """
    with transaction.atomic():
        old = Person.objects.select_for_update().get(pk=person.pk).picture_key
        Person.objects.filter(pk=person.pk).update(picture_key=key)
    person.picture_key = key
    try:
        ledger.delete([old] if old else [])
    except StoreError as error:
        log.warning("picture_not_deleted", person=person.public_id, error=str(error))
