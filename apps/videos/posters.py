"""The poster that a video's author has uploaded: taken in, shown in place of ours, and taken away again.

It belongs to the video and not to a publication, so that it stays when the video is published anew. A key is written
once: the new object is stored first, then the row moves to it, and what it named before goes a day later, as does what
a crash in between leaves behind (clearing.py).
"""

from typing import BinaryIO

import structlog
from django.db import transaction

from apps.core import ledger, picture_errors
from apps.core.errors import NotFound
from apps.core.ids import new_public_id
from apps.core.store_errors import told_to_people
from apps.videos import keys
from apps.videos.clearing import look_again
from apps.videos.models import Video
from apps.videos.services import edit_video
from media.own_posters import OWN_POSTER_TYPE, make_own_poster

log = structlog.get_logger(__name__)


def set_poster(*, video: Video, source: BinaryIO, size_bytes: int) -> None:
    """Show this picture, re-encoded, in place of a frame. Not to be called in a transaction.

    Raises PictureRefused, StoreAway or StorageFull where it cannot be stored, and NotFound for a video that has gone.
    """
    with picture_errors.told_to_people():
        data = make_own_poster(source, size_bytes=size_bytes)
    key = keys.own_poster_key(video_id=video.public_id, token=new_public_id())
    look_again(video)
    with told_to_people():
        ledger.put_bytes(data, key, video_id=video.pk, content_type=OWN_POSTER_TYPE)
    with transaction.atomic():
        if not Video.objects.kept().filter(pk=video.pk).update(own_poster_key=key, poster_ms=None):
            raise NotFound
        look_again(video)
    video.refresh_from_db()
    log.info("poster_uploaded", video=video.public_id, size_bytes=len(data))


def remove_poster(*, video: Video) -> None:
    """Show the frame that we choose, in place of an uploaded picture or a frame the author chose."""
    edit_video(video=video, poster_ms=None)
