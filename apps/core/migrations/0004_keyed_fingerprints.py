"""Forget the fingerprints of earlier requests: they were plain hashes, also of the passwords of share links."""

from django.db import migrations


def forget(apps, _schema_editor):
    apps.get_model("core", "CarriedOut").objects.update(fingerprint="")


class Migration(migrations.Migration):
    dependencies = [("core", "0003_waiting_jobs")]
    operations = [migrations.RunPython(forget, migrations.RunPython.noop)]
