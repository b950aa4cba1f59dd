import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("videos", "0008_video_range"),
    ]

    operations = [
        migrations.AddField(
            model_name="publication",
            name="preview_key",
            field=models.CharField(blank=True, max_length=255),
        ),
        migrations.AddField(
            model_name="video",
            name="own_poster_key",
            field=models.CharField(blank=True, max_length=255),
        ),
        migrations.CreateModel(
            name="Storyboard",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("key", models.CharField(max_length=255)),
                ("tile_width", models.PositiveSmallIntegerField()),
                ("tile_height", models.PositiveSmallIntegerField()),
                ("columns", models.PositiveSmallIntegerField()),
                ("times_ms", models.JSONField()),
                (
                    "publication",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE, related_name="storyboard", to="videos.publication"
                    ),
                ),
            ],
        ),
    ]
