"""What people and programs are told when something that we stand on is away: database, cache, store, or room on a disk.

Wherever it is missed, in a view or before one, the request ends with 503 and a time after which it may be sent again,
or with 507 where there is no room. It is no bug, so no page says that something broke.
"""

import sqlite3

from django.db import InterfaceError, OperationalError
from django.utils.translation import gettext_lazy as _
from redis.exceptions import ConnectionError as CacheAway
from redis.exceptions import TimeoutError as CacheSilent
from rest_framework import status

from apps.core.errors import DomainError
from apps.core.store_errors import StorageFull, StoreAway
from media.store.errors import StoreError, StoreFull

# SQLite's own codes for what passes, without our doing anything about the statement. Its OperationalError is also
# raised for statements that are wrong.
SQLITE_AWAY = frozenset(
    {
        sqlite3.SQLITE_BUSY,
        sqlite3.SQLITE_LOCKED,
        sqlite3.SQLITE_READONLY,
        sqlite3.SQLITE_IOERR,
        sqlite3.SQLITE_CANTOPEN,
        sqlite3.SQLITE_PROTOCOL,
    }
)
POSTGRES_DISK_FULL = "53100"


class DatabaseAway(DomainError):
    """The database does not answer; what was asked for has not been done, or may be asked for again."""

    code = "database_unavailable"
    status_code = status.HTTP_503_SERVICE_UNAVAILABLE
    message = _("The database does not answer at the moment. Please try again shortly.")
    wait_s = 5


def outage_behind(error: BaseException | None) -> DomainError | None:
    """Return what to tell about this error when an outage is behind it; None for everything else."""
    if isinstance(error, StoreFull):
        return StorageFull()
    if isinstance(error, StoreError):
        return StoreAway()
    if isinstance(error, CacheAway | CacheSilent):
        return DatabaseAway()
    if isinstance(error, OperationalError | InterfaceError):
        return _behind_database_error(error)
    return None


def _behind_database_error(error: OperationalError | InterfaceError) -> DomainError | None:
    cause = error.__cause__
    if isinstance(cause, sqlite3.Error):
        primary_code = getattr(cause, "sqlite_errorcode", 0) & 0xFF
        if primary_code == sqlite3.SQLITE_FULL:
            return StorageFull()
        return DatabaseAway() if primary_code in SQLITE_AWAY else None
    return StorageFull() if getattr(cause, "sqlstate", None) == POSTGRES_DISK_FULL else DatabaseAway()
