"""What a request answers while something that the server stands on is away: come again, and no word of a bug."""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import psycopg
import pytest
import redis
from django.db import InterfaceError, OperationalError, connection
from django.test import Client

from apps.core.errors import DomainError
from apps.core.outages import outage_behind
from media.store.errors import StoreFull, StoreRefused, StoreUnavailable

VIDEOS = "/api/v1/videos/"


@pytest.fixture
def page_of_ana(client_for, ana) -> Client:
    """Return Ana's browser, which gets the answers that people would get."""
    made: Client = client_for(ana)
    made.raise_request_exception = False
    return made


@contextmanager
def database_away() -> Iterator[None]:
    def refuse(*_arguments: Any) -> None:
        raise OperationalError("server closed the connection unexpectedly") from psycopg.OperationalError()

    with connection.execute_wrapper(refuse):
        yield


def test_without_the_database_the_api_says_when_to_come_again(page_of_ana) -> None:
    with database_away():
        answer = page_of_ana.get(VIDEOS)
    assert (answer.status_code, answer.json()["code"]) == (503, "database_unavailable")
    assert int(answer["Retry-After"]) > 0


def test_without_the_database_a_page_says_so_in_a_sentence(page_of_ana) -> None:
    with database_away():
        answer = page_of_ana.get("/")
    assert answer.status_code == 503
    assert int(answer["Retry-After"]) > 0
    assert "The database does not answer at the moment." in answer.content.decode()
    assert "broke" not in answer.content.decode()


def told(error: BaseException | None) -> DomainError:
    outage = outage_behind(error)
    assert outage is not None
    return outage


def raised_by_sqlite(tmp_path: Path, statement: str) -> OperationalError:
    """Return what Django raises for an error that SQLite raises while somebody else writes."""
    with (
        closing(sqlite3.connect(tmp_path / "db")) as writer,
        closing(sqlite3.connect(tmp_path / "db", timeout=0)) as other,
    ):
        writer.execute("CREATE TABLE IF NOT EXISTS numbers (number INTEGER)")
        writer.execute("BEGIN IMMEDIATE")
        with pytest.raises(sqlite3.OperationalError) as caught:
            other.execute(statement)
    error = OperationalError(str(caught.value))
    error.__cause__ = caught.value
    return error


def test_a_locked_database_is_an_outage_and_a_wrong_statement_is_none(tmp_path) -> None:
    assert told(raised_by_sqlite(tmp_path, "INSERT INTO numbers VALUES (1)")).status_code == 503
    assert outage_behind(raised_by_sqlite(tmp_path, "SELECT FROM")) is None


def full_sqlite() -> OperationalError:
    with closing(sqlite3.connect(":memory:")) as tiny:
        tiny.execute("CREATE TABLE texts (text TEXT)")
        tiny.execute("PRAGMA max_page_count = 3")
        with pytest.raises(sqlite3.OperationalError) as caught:
            tiny.execute("INSERT INTO texts VALUES (zeroblob(100000))")
    error = OperationalError(str(caught.value))
    error.__cause__ = caught.value
    return error


def full_postgres() -> OperationalError:
    error = OperationalError("could not extend file")
    error.__cause__ = psycopg.errors.DiskFull()
    return error


@pytest.mark.parametrize("make", [full_sqlite, full_postgres, StoreFull])
def test_a_full_disk_is_told_as_one(make: Callable[[], Exception]) -> None:
    assert (told(make()).code, told(make()).status_code) == ("storage_full", 507)


@pytest.mark.parametrize(
    "error",
    [
        StoreUnavailable("away"),
        StoreRefused("denied"),
        redis.ConnectionError(),
        redis.TimeoutError(),
        InterfaceError("the connection is closed"),
    ],
)
def test_whatever_is_away_may_be_asked_again(error: Exception) -> None:
    assert told(error).status_code == 503
    assert told(error).wait_s


def test_a_bug_is_no_outage() -> None:
    assert outage_behind(KeyError("title")) is None
    assert outage_behind(None) is None
