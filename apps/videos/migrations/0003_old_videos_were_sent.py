from django.db import migrations
from django.db.models import F


def mark_sent(apps, schema_editor):
    """A video that was stopped before there was `sent_at` was sent when it stopped: it is no news after an upgrade."""
    apps.get_model("videos", "Video").objects.filter(stopped_at__isnull=False, sent_at__isnull=True).update(
        sent_at=F("stopped_at")
    )


class Migration(migrations.Migration):
    dependencies = [("videos", "0002_sent_readers_captions")]

    operations = [migrations.RunPython(mark_sent, migrations.RunPython.noop)]
