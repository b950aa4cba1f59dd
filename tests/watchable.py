"""Videos that can be watched, as rows alone: for tests of what stands around them."""

from typing import Any

from django.utils import timezone

from apps.accounts.models import Person
from apps.videos.models import Publication, Rendition, Video
from apps.videos.services import create_video
from apps.workspaces.models import Workspace


def watchable_video(author: Person, workspace: Workspace, title: str = "Plan", **fields: Any) -> Video:
    """Return a video of two minutes that is ready and was sent now; `fields` are fields of Video."""
    made = create_video(author=author, workspace=workspace, title=title, source={"kind": "recording"})
    source = made.sources.get()
    shown = Publication.objects.create(
        source=source, source_bytes=5, duration_ms=110_000, has_video=True, has_audio=True, poster_key="poster.jpg"
    )
    now = timezone.now()
    known = {
        "status": Video.Status.READY,
        "stopped_at": now,
        "sent_at": now,
        "duration_ms": 110_000,
        "current_publication": shown,
    }
    Video.objects.filter(pk=made.pk).update(**{**known, **fields})
    return Video.objects.get(pk=made.pk)


def copy_of(publication: Publication, *, key: str, **fields: Any) -> Rendition:
    """Return the row of the copy at `key`: five bytes, the first one its init segment; `fields` are of Rendition."""
    known = {
        "name": "copy",
        "codecs": "avc1.640028",
        "size_bytes": 5,
        "peak_bits_per_s": 1,
        "average_bits_per_s": 1,
        "plays_everywhere": True,
        "holds_source": True,
        "init_offset": 0,
        "init_size_bytes": 1,
        "segments": [[1, 4, 0, 1000]],
    }
    return Rendition.objects.create(publication=publication, key=key, **{**known, **fields})
