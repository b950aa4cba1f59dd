from django.apps import AppConfig


class CoreConfig(AppConfig):
    name = "apps.core"
    label = "core"
    verbose_name = "Core"

    def ready(self) -> None:
        """Teach SQLite what text is without regard to case, and tell PostgreSQL for how long to wait for us."""
        from apps.core import folding, frozen  # noqa: PLC0415 - Django's models are not there before

        folding.register()
        frozen.register()
