"""Which database a model lives in: the cache's table has a file of its own, all else is in `default`."""

from typing import Any


class CacheRouter:
    """Sends the cache's model to the alias `cache`, and lets nothing else be made there."""

    def db_for_read(self, model: Any, **_hints: Any) -> str | None:
        """Return "cache" for the cache's model, None (no opinion) for all others."""
        return "cache" if model._meta.app_label == "django_cache" else None

    db_for_write = db_for_read

    def allow_migrate(self, db: str, app_label: str, **_hints: Any) -> bool:
        """Return whether `app_label` has tables in `db`."""
        return (db == "cache") == (app_label == "django_cache")
