"""What composes several apps: a video is born with its source, upload and link, and goes to the trash with them."""

from typing import Any
from uuid import UUID

from django.db import transaction

from apps.accounts.models import Person
from apps.core.idempotency import carry_out_once
from apps.pages.errors import NoWorkspace
from apps.sharing import services as sharing
from apps.uploads import services as uploads
from apps.uploads.models import Upload
from apps.videos import services as videos
from apps.videos.models import Video
from apps.workspaces.models import Workspace


def create_video(*, author: Person, client_id: UUID | None, title: str, source: dict[str, Any]) -> tuple[Upload, bool]:
    """Return the upload of a new video, with its link, and whether it is new. One transaction.

    Raises NoWorkspace for a person who belongs to none, ClientIdReused as carry_out_once does.
    """
    workspace = Workspace.objects.filter(memberships__person=author).order_by("pk").first()
    if workspace is None:
        raise NoWorkspace

    @transaction.atomic
    def create() -> Upload:
        video = videos.create_video(author=author, workspace=workspace, title=title, source=source)
        sharing.create_share_link(video=video, created_by=author)
        return _open_upload(video, source)

    return carry_out_once(
        scope=f"person:{author.pk}",
        client_id=client_id,
        request={"video": title, "source": source},
        create=create,
        result_of=lambda upload: upload.public_id,
        find=lambda public_id: Upload.objects.select_related("source__video").get(public_id=public_id),
    )


def start_over(*, video: Video, client_id: UUID | None, source: dict[str, Any]) -> tuple[Upload, bool]:
    """Return a new upload for the same video and link, and whether it is new; what was on its way is dropped."""

    @transaction.atomic
    def create() -> Upload:
        uploads.abort_open_uploads(video=video)
        videos.start_over(video=video, source=source)
        return _open_upload(video, source)

    return carry_out_once(
        scope=f"person:{video.author_id}",
        client_id=client_id,
        request={"upload_of": video.public_id, "source": source},
        create=create,
        result_of=lambda upload: upload.public_id,
        find=lambda public_id: Upload.objects.select_related("source__video").get(public_id=public_id),
    )


@transaction.atomic
def move_to_trash(*, video: Video) -> None:
    """Hide the video and drop what was still being uploaded for it."""
    uploads.abort_open_uploads(video=video)
    videos.move_to_trash(video=video)


def _open_upload(video: Video, source: dict[str, Any]) -> Upload:
    return uploads.open_upload(
        video=video,
        source=video.sources.latest("pk"),
        kind=source["kind"],
        size_bytes=source.get("size_bytes"),
        content_type=source["content_type"],
    )
