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
from apps.videos import clearing
from apps.videos import services as videos
from apps.videos.models import Video
from apps.workspaces.models import Workspace


def create_video(*, author: Person, client_id: UUID | None, title: str, source: dict[str, Any]) -> tuple[Upload, bool]:
    """Return the upload of a new video, with its link, and whether it is new. One transaction.

    Raises NoWorkspace for a person who belongs to none, ClientIdReused as carry_out_once does.
    """
    workspace = _workspace_of(author)
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


def records_alone(*, author: Person) -> bool:
    """Return whether nobody else is in the workspace that a new video of this person goes to."""
    workspace = _workspace_of(author)
    return workspace is not None and not workspace.memberships.exclude(person=author).exists()


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
    """Hide the video for its days in the trash, with what was uploaded of it so far: Restore goes on from there.

    A video of which nothing is stored and nothing on its way, as Discard leaves it, is deleted for good at once.
    """
    videos.move_to_trash(video=video)
    has_source = video.playable or any(source.stored or source.rest_until for source in video.sources.all())
    if not has_source and not uploads.has_open_upload(video=video):
        clearing.delete_for_good(videos=[video])


def _workspace_of(author: Person) -> Workspace | None:
    """Return where this person's new videos go, None for a person who belongs to no workspace."""
    return Workspace.objects.filter(memberships__person=author).order_by("pk").first()


def _open_upload(video: Video, source: dict[str, Any]) -> Upload:
    return uploads.open_upload(
        video=video,
        source=video.sources.latest("pk"),
        kind=source["kind"],
        size_bytes=source.get("size_bytes"),
        content_type=source["content_type"],
    )
