from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("videos", "0007_sound"),
    ]

    operations = [
        migrations.AddField(
            model_name="rendition",
            name="video_range",
            field=models.CharField(default="SDR", max_length=3),
        ),
    ]
