"""What PostgreSQL is told by each connection, so that who is frozen or gone in a transaction holds no rows for hours.

A worker that is killed is heard of at once: its system closes the connection. One whose machine froze or lost its power
or its network is not. Its job comes back to others when the lease is over, and each that takes it would wait for the
row, until nobody is left who works. (PostgreSQL 14 to 17, "Client Connection Defaults" and "Connections".)
"""

from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.signals import connection_created

IDLE_S = 300  # in a transaction; ours wait for the store at most, which answers or fails sooner
# 2 h of silence and 9 questions are the system's own. Over a socket file there is nothing to ask.
KEEPALIVES = {"tcp_keepalives_idle": 60, "tcp_keepalives_interval": 10, "tcp_keepalives_count": 6}


def tell(connection: BaseDatabaseWrapper, **_more: Any) -> None:
    """Set the limits for this connection, where it is one to PostgreSQL."""
    if connection.vendor != "postgresql":
        return
    limits = {"idle_in_transaction_session_timeout": f"{IDLE_S}s", **KEEPALIVES}
    with connection.cursor() as cursor:
        cursor.execute("; ".join(f"SET {name} = '{value}'" for name, value in limits.items()))


def register() -> None:
    """Tell it to every connection from now on."""
    connection_created.connect(tell, dispatch_uid="frozen")
