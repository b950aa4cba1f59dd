from django.db import migrations
from django.db.migrations.recorder import MigrationRecorder
from django.db.models import F, Q
from django.utils import timezone

AT_ONCE = 500


def set_old_aside(apps, schema_editor):
    """What was there before there was "New for you" is no news: nobody kept who had opened it.

    That is every video that videos.0003 called sent when it stopped, and what was said to it until then.
    """
    database = schema_editor.connection.alias
    applied = MigrationRecorder(schema_editor.connection).migration_qs
    begun = applied.filter(app="videos", name="0003_old_videos_were_sent").values_list("applied", flat=True).first()
    until = begun or timezone.now()
    seen = apps.get_model("insights", "Seen").objects.using(database)
    videos = apps.get_model("videos", "Video").objects.using(database)
    members = apps.get_model("workspaces", "Membership").objects.using(database)
    old = videos.filter(sent_at=F("stopped_at"), sent_at__lte=until)
    for workspace_id, person_id in members.filter(created_at__lte=until).values_list("workspace_id", "person_id"):
        theirs = old.filter(workspace_id=workspace_id)
        mine = seen.filter(member_id=person_id, video__in=theirs)
        mine.filter(Q(set_aside_at__isnull=True) | Q(set_aside_at__lt=until)).update(set_aside_at=until)
        unknown = theirs.exclude(pk__in=seen.filter(member_id=person_id).values("video_id"))
        seen.bulk_create(
            [
                seen.model(video_id=pk, member_id=person_id, opened_at=None, last_opened_at=None, set_aside_at=until)
                for pk in unknown.values_list("pk", flat=True)
            ],
            batch_size=AT_ONCE,
        )


class Migration(migrations.Migration):
    dependencies = [
        ("insights", "0002_set_aside"),
        ("videos", "0003_old_videos_were_sent"),
        ("workspaces", "0002_invite"),
    ]

    operations = [migrations.RunPython(set_old_aside, migrations.RunPython.noop)]
