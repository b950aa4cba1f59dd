from django.apps import AppConfig


class AttentionConfig(AppConfig):
    name = "apps.attention"
    label = "attention"
    verbose_name = "Attention"

    def ready(self) -> None:
        """Make the jobs of mails known, in web processes (which ask for them) and workers (which do them)."""
        from apps.attention.sending import register_jobs  # noqa: PLC0415 - models are not there before

        register_jobs()
