"""The database is copied before it is changed."""

import sqlite3
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest
from django.db import connections

from videoshare import upgrade

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


@pytest.fixture
def database(tmp_path: Path) -> Path:
    path = tmp_path / "db.sqlite3"
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("CREATE TABLE video (title TEXT)")
        connection.execute("INSERT INTO video VALUES ('kept')")
    connection.close()
    return path


def titles(path: Path) -> list[str]:
    connection = sqlite3.connect(path)
    try:
        return [row[0] for row in connection.execute("SELECT title FROM video")]
    finally:
        connection.close()


def test_a_copy_has_also_what_another_process_has_just_written(database: Path, tmp_path: Path) -> None:
    writer = sqlite3.connect(database)
    writer.execute("INSERT INTO video VALUES ('in the write-ahead log')")
    writer.commit()  # still in the WAL file: a plain copy of the database file would miss it
    copy = upgrade.copy_database(database, folder=tmp_path / "backups", now=NOW)
    writer.close()
    assert titles(copy) == ["kept", "in the write-ahead log"]


def test_five_copies_stay_and_the_oldest_goes(database: Path, tmp_path: Path) -> None:
    folder = tmp_path / "backups"
    copies = [upgrade.copy_database(database, folder=folder, now=NOW + timedelta(days=day)) for day in range(7)]
    assert sorted(folder.iterdir()) == copies[2:]


@pytest.fixture
def steps(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[..., list[str]]:
    """Return what runs an upgrade with so many pending migrations, and lists what was done, in order."""

    def run(pending: int, *, is_new: bool = False, vendor: str = "sqlite") -> list[str]:
        done: list[str] = []
        known = SimpleNamespace(DATABASES={"cache": {}}, DATA_DIR=tmp_path, STORE_URL="", STORE_PUBLIC_URL="")
        monkeypatch.setattr(upgrade, "settings", known)
        monkeypatch.setattr(connections["default"], "vendor", vendor)
        monkeypatch.setattr(upgrade, "pending_migrations", lambda: (pending, is_new))
        monkeypatch.setattr(upgrade, "copy_database", lambda *_, **__: done.append("copy"))
        monkeypatch.setattr(upgrade, "call_command", lambda name, **_: done.append(name))
        upgrade.bring_up_to_date(lambda _line: None)
        return done

    return run


def test_the_copy_comes_before_the_migrations(steps: Callable[..., list[str]]) -> None:
    assert steps(3) == ["copy", "migrate", "createcachetable"]


def test_a_new_database_is_not_copied(steps: Callable[..., list[str]]) -> None:
    assert steps(33, is_new=True) == ["migrate", "createcachetable"]


def test_a_server_is_migrated_and_left_to_its_own_backups(steps: Callable[..., list[str]]) -> None:
    assert steps(3, vendor="postgresql") == ["migrate", "createcachetable"]


def test_an_up_to_date_database_is_neither_copied_nor_migrated(steps: Callable[..., list[str]]) -> None:
    assert steps(0) == ["createcachetable"]


@pytest.mark.django_db
def test_the_database_of_the_tests_needs_nothing() -> None:
    assert upgrade.pending_migrations() == (0, False)
