import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("videos", "0006_mended_parts"),
    ]

    operations = [
        migrations.CreateModel(
            name="Sound",
            fields=[
                (
                    "publication",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="sound",
                        serialize=False,
                        to="videos.publication",
                    ),
                ),
                ("loudness_lufs", models.FloatField(null=True)),
                ("true_peak_dbtp", models.FloatField(null=True)),
                ("gain_db", models.FloatField(default=0.0)),
                ("both_ears", models.BooleanField(default=False)),
                ("interval_ms", models.PositiveIntegerField(null=True)),
                ("peaks", models.JSONField(default=list)),
                ("silences", models.JSONField(default=list)),
            ],
        ),
        migrations.AddField(
            model_name="rendition",
            name="is_levelled",
            field=models.BooleanField(default=False),
        ),
    ]
