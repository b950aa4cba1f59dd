"""What was opened, and by whom.

Opening a video's page counts, from the moment there is something to watch: who came too early finds it among what is
new again. A look by HEAD, or by a browser that fetches ahead, is nobody's; so is one by a link's visitor who has not
said a name, because there is no row to keep it in, which is also why the programs that make previews leave no trace.
"""

from collections.abc import Collection
from datetime import datetime

from django.db import transaction
from django.db.models import Max, Q
from django.utils import timezone

from apps.accounts.models import Person
from apps.comments.models import Comment
from apps.core.viewer import Viewer
from apps.insights.models import Seen
from apps.insights.news import new_for
from apps.videos.models import Video


def note_opened(*, video: Video, viewer: Viewer) -> None:
    """Note that this member, else this guest, opened the video now. Nothing happens for nobody, or before it plays."""
    who = _who(viewer, video)
    if not video.playable or not who:
        return
    now = timezone.now()
    rows = Seen.objects.filter(video=video, **who)
    if rows.filter(opened_at__isnull=False).update(last_opened_at=now):
        return
    if not rows.update(opened_at=now, last_opened_at=now):
        # Of two tabs at once, the second meets the first one's row, which says the same.
        Seen.objects.bulk_create([Seen(video=video, opened_at=now, last_opened_at=now, **who)], ignore_conflicts=True)


def note_read(*, video: Video, viewer: Viewer, after: int) -> None:
    """Note that who has the video open has read the comments up to this change, the last of them at its own moment.

    Not "now": what was said since the last poll has not been on the screen yet.
    """
    who = _who(viewer, video)
    last = Comment.objects.filter(video=video, change_seq__lte=after).aggregate(at=Max("created_at"))["at"]
    if who and last is not None:
        Seen.objects.filter(video=video, last_opened_at__lt=last, **who).update(last_opened_at=last)


@transaction.atomic
def set_aside(*, person_id: int, video_ids: Collection[int], until: datetime) -> None:
    """Note that what there was of these videos until then is no news for this member, though they opened none."""
    rows = Seen.objects.filter(member_id=person_id, video_id__in=video_ids)
    rows.filter(Q(set_aside_at__isnull=True) | Q(set_aside_at__lt=until)).update(set_aside_at=until)
    known = set(rows.values_list("video_id", flat=True))
    Seen.objects.bulk_create(
        [
            Seen(video_id=pk, member_id=person_id, opened_at=None, last_opened_at=None, set_aside_at=until)
            for pk in video_ids
            if pk not in known
        ],
        ignore_conflicts=True,
    )


def set_all_aside(*, person: Person, until: datetime) -> None:
    """Set aside all that was new for this member before `until`, at most now."""
    until = min(until, timezone.now())
    while news := new_for(person, until=until):  # it gives at most so many at once
        set_aside(person_id=person.pk, video_ids=[line.video.pk for line in news], until=until)


def _who(viewer: Viewer, video: Video) -> dict[str, int]:
    """Return which rows of this video are the viewer's, {} for somebody of whom none is kept.

    A guest who gave their name to another team has not given it to this one.
    """
    if viewer.person_id is not None:
        return {"member_id": viewer.person_id}
    if viewer.guest_id is None or viewer.guest_workspace_id != video.workspace_id:
        return {}
    return {"guest_id": viewer.guest_id}
