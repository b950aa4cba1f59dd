"""Brings the database to this version's shape, after a copy of it, and the bucket: `python -m videoshare.upgrade`.

`make run` calls it before it starts anything, docker-compose.yml as the step that all services wait for.
"""

import os
import sqlite3
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import django
from django.conf import settings
from django.core.management import call_command
from django.db import connections
from django.db.migrations.executor import MigrationExecutor

from media.store import parse_store_urls

KEPT_COPIES = 5


def bring_up_to_date(say: Callable[[str], None]) -> None:
    """Copy the SQLite database if it needs migrations, run them; make cache table and bucket where missing."""
    pending, is_new = pending_migrations()
    if pending:
        database = connections["default"]
        if database.vendor == "sqlite" and not is_new:
            copy = copy_database(
                Path(database.settings_dict["NAME"]), folder=settings.DATA_DIR / "backups", now=datetime.now(UTC)
            )
            say(f"The database was copied to {copy}.")
        call_command("migrate", interactive=False, verbosity=0)
        say("The database was made." if is_new else f"The database was upgraded by {pending} migrations.")
    if "cache" in settings.DATABASES:
        call_command("createcachetable", database="cache", verbosity=0)
    connections.close_all()
    address = parse_store_urls(settings.STORE_URL, settings.STORE_PUBLIC_URL)
    if address:
        from media.store.bucket import prepare_bucket  # noqa: PLC0415  # boto3 takes long to import

        for sentence in prepare_bucket(address, origin=settings.ADDRESS.url):
            say(sentence)


def pending_migrations() -> tuple[int, bool]:
    """Return how many migrations the database still needs, and whether it has had none yet."""
    executor = MigrationExecutor(connections["default"])
    plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    return len(plan), not executor.loader.applied_migrations


def copy_database(database: Path, *, folder: Path, now: datetime) -> Path:
    """Return the path of a copy of an SQLite database in `folder`.

    The copy is made by SQLite's backup call, which is right also while others write, and gets its name when it
    is whole. The newest KEPT_COPIES stay.
    """
    folder.mkdir(parents=True, exist_ok=True)
    draft = folder / f".{database.name}.copying"
    draft.unlink(missing_ok=True)
    source, target = sqlite3.connect(database), sqlite3.connect(draft)
    try:
        source.backup(target)
    finally:
        source.close()
        target.close()
    copy = folder / f"{database.stem}-{now:%Y%m%dT%H%M%S%fZ}{database.suffix}"
    draft.rename(copy)
    for old in sorted(folder.glob(f"{database.stem}-*{database.suffix}"))[:-KEPT_COPIES]:
        old.unlink()
    return copy


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "videoshare.settings")
    django.setup()
    bring_up_to_date(lambda line: print(line, flush=True))  # noqa: T201
