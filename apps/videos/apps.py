from django.apps import AppConfig


class VideosConfig(AppConfig):
    name = "apps.videos"
    label = "videos"
    verbose_name = "Videos"

    def ready(self) -> None:
        """Make the jobs of videos known, in web processes (which ask for them) and workers (which do them)."""
        from apps.videos import clearing, illustrating, pieces, publishing  # noqa: PLC0415 - models are not there before

        publishing.register_jobs()
        pieces.register_jobs()
        illustrating.register_jobs()
        clearing.register_jobs()
