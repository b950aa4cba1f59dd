from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("videos", "0004_reopened_recordings"),
    ]

    operations = [
        migrations.AddField(
            model_name="publication",
            name="packaged",
            field=models.BooleanField(default=True),
        ),
        migrations.AddField(
            model_name="rendition",
            name="parts",
            field=models.JSONField(default=list),
        ),
        migrations.AlterField(
            model_name="rendition",
            name="key",
            field=models.CharField(blank=True, max_length=255),
        ),
    ]
