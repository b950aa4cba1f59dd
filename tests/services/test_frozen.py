"""A worker that froze in the middle of a transaction, on PostgreSQL: what it held is free, and it writes nothing."""

from collections.abc import Iterator

import psycopg
import pytest
from django.db import DatabaseError
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.utils import ConnectionHandler
from pytest_django import DjangoDbBlocker

from apps.core import frozen
from videoshare.environment import read_postgres

pytestmark = [pytest.mark.services]


@pytest.fixture
def two(database_url: str, django_db_blocker: DjangoDbBlocker) -> Iterator[list[BaseDatabaseWrapper]]:
    """Yield two connections as Django makes them, opened when they are first used, to a database with one row."""
    with psycopg.connect(database_url) as setting_up:
        setting_up.execute("CREATE TABLE jobs AS SELECT 'running' AS state")
    with django_db_blocker.unblock():
        found = [ConnectionHandler({"default": read_postgres(database_url)})["default"] for _ in range(2)]
        yield found
        for connection in found:
            connection.close()


def said(connection: BaseDatabaseWrapper, name: str) -> str:
    with connection.cursor() as cursor:
        cursor.execute(f"SHOW {name}")
        return str(cursor.fetchone()[0])


def test_each_connection_has_the_limits(two) -> None:
    assert said(two[0], "idle_in_transaction_session_timeout") == "5min"
    assert said(two[0], "tcp_keepalives_idle") == "60"


def test_what_a_frozen_worker_holds_is_free_for_others_after_a_while(two, monkeypatch) -> None:
    monkeypatch.setattr(frozen, "IDLE_S", 1)
    asleep, awake = two
    asleep.set_autocommit(False)
    with asleep.cursor() as cursor:
        cursor.execute("UPDATE jobs SET state = 'done'")
    with awake.cursor() as cursor:
        cursor.execute("SET lock_timeout = '30s'; UPDATE jobs SET state = 'taken'")
    with pytest.raises(DatabaseError), asleep.cursor() as cursor:
        cursor.execute("SELECT 1")
    with awake.cursor() as cursor:
        cursor.execute("SELECT state FROM jobs")
        assert cursor.fetchone() == ("taken",)
