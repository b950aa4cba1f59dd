from django.apps import AppConfig


class UploadsConfig(AppConfig):
    name = "apps.uploads"
    label = "uploads"
    verbose_name = "Uploads"

    def ready(self) -> None:
        """Make the job of uploads known, in web processes (which ask for it) and workers (which do it)."""
        from apps.uploads.clearing import register_jobs  # noqa: PLC0415 - models are not there before

        register_jobs()
