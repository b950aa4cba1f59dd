"""What PostgreSQL is told, so that who is frozen or gone in a transaction holds no rows for hours, and up no others.

A worker that is killed is heard of at once: its system closes the connection. One whose machine froze or lost its power
or its network is not. Its job comes back to others when the lease is over, and each that takes it would wait for the
row, until nobody is left who works. (PostgreSQL 14 to 17, "Client Connection Defaults" and "Connections".)
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import OperationalError, connection, transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.signals import connection_created

IDLE_S = 300  # in a transaction; ours wait for the store at most, which answers or fails sooner
# 2 h of silence and 9 questions are the system's own. Over a socket file there is nothing to ask.
KEEPALIVES = {"tcp_keepalives_idle": 60, "tcp_keepalives_interval": 10, "tcp_keepalives_count": 6}
WAIT_S = 2  # for who holds a row that one can do without; a transaction of a worker that is well takes milliseconds
LOCK_NOT_AVAILABLE = "55P03"  # PostgreSQL, appendix A


class RowHeld(Exception):
    """Somebody's transaction has held the row for longer than one waits for it."""


def tell(connection: BaseDatabaseWrapper, **_more: Any) -> None:
    """Set the limits for this connection, where it is one to PostgreSQL."""
    if connection.vendor != "postgresql":
        return
    limits = {"idle_in_transaction_session_timeout": f"{IDLE_S}s", **KEEPALIVES}
    with connection.cursor() as cursor:
        cursor.execute("; ".join(f"SET {name} = '{value}'" for name, value in limits.items()))


@contextmanager
def waiting_briefly() -> Iterator[None]:
    """Wait for no row longer than WAIT_S, in a transaction of one's own. Raises RowHeld.

    Within another transaction the limit stays until that one ends. SQLite has no locks of rows, and has a limit of its
    own for the one lock that it has.
    """
    try:
        with transaction.atomic():
            if connection.vendor == "postgresql":
                with connection.cursor() as cursor:
                    cursor.execute("SELECT set_config('lock_timeout', %s, true)", [f"{WAIT_S}s"])
            yield
    except OperationalError as error:
        if getattr(error.__cause__, "sqlstate", "") == LOCK_NOT_AVAILABLE:
            raise RowHeld from error
        raise


def register() -> None:
    """Tell it to every connection from now on."""
    connection_created.connect(tell, dispatch_uid="frozen")
