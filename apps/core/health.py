"""Is this installation able to work? What /readyz/ asks, and how a worker says that it is alive."""

import time
import uuid
from collections.abc import Callable

import structlog
from celery import current_app
from django.core.cache import cache
from django.db import connection

from apps.core.store import get_store

log = structlog.get_logger(__name__)

WORKER_SEEN = "worker-seen"
WORKER_SILENT_S = 60  # four sweeps were missed


def note_worker() -> None:
    """Write down that a worker runs jobs now."""
    cache.set(WORKER_SEEN, time.time(), timeout=24 * 3600)


def check_database() -> bool:
    """Return whether the database answers."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
        return cursor.fetchone() == (1,)


def check_broker() -> bool:
    """Return whether the broker can be reached; raises what its client raises."""
    with current_app.connection_for_write() as broker:
        broker.ensure_connection(max_retries=1, timeout=2)
    return True


def check_store() -> bool:
    """Return whether the store answers about an object that is not there."""
    return get_store().size_bytes(f"readiness/{uuid.uuid4()}") is None


def check_worker() -> bool:
    """Return whether a worker has run a sweep within the last minute."""
    return time.time() - float(cache.get(WORKER_SEEN, 0)) < WORKER_SILENT_S


CHECKS: dict[str, Callable[[], bool]] = {
    "database": check_database,
    "broker": check_broker,
    "store": check_store,
    "worker": check_worker,
}


def readiness() -> dict[str, bool]:
    """Return for each part whether it works; a part that raises does not, and the log says why."""
    result = {}
    for name, check in CHECKS.items():
        try:
            result[name] = check()
        except Exception:
            # Any failure of a part, whatever its library calls it, is the answer here.
            log.warning("not_ready", part=name, exc_info=True)
            result[name] = False
    return result
