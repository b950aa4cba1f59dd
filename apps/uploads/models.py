"""An upload and its parts: what is on its way to become a video's source.

    open ──> complete
      │  <──    reopened: only what the server has ended, while its source's rest_until lies ahead
      └────> aborted

A part is first *promised*: its size and SHA-256 are written down and its bytes may be sent. It is *confirmed*
once the store was seen to hold exactly these bytes, and never changes after that.
"""

from django.db import models
from django.db.models.functions import Coalesce

from apps.core.models import PublicRow
from apps.core.viewer import Viewer
from apps.videos import keys
from apps.videos.models import Source, Video
from media.store import part_count


class UploadQuerySet(models.QuerySet["Upload"]):
    def owned_by(self, viewer: Viewer) -> "UploadQuerySet":
        """Return the uploads this viewer may fill: those of their own videos that are not in the trash."""
        if viewer.person_id is None:
            return self.none()
        return self.filter(source__video__in=Video.objects.editable_by(viewer))

    def unfinished_files(self) -> "UploadQuerySet":
        """Return the open uploads of files, each with its `confirmed_parts` and `confirmed_bytes`."""
        confirmed = models.Q(parts__state=Part.State.CONFIRMED)
        return (
            self.filter(kind=Source.Kind.FILE, status=Upload.Status.OPEN)
            .select_related("source__video")
            .annotate(
                confirmed_parts=models.Count("parts", filter=confirmed),
                confirmed_bytes=Coalesce(models.Sum("parts__size_bytes", filter=confirmed), 0),
            )
        )


class Upload(PublicRow):
    """The numbered parts of one source, until they are complete.

    `part_size_bytes` is the size of every part but the last for a file, the largest one for a recording.
    `store_upload_id` names the store's own multipart upload of a file; it is "" until the first part is promised.
    """

    class Status(models.TextChoices):
        OPEN = "open"
        COMPLETE = "complete"
        ABORTED = "aborted"

    source = models.OneToOneField(Source, on_delete=models.CASCADE, related_name="upload")
    kind = models.CharField(max_length=10, choices=Source.Kind.choices)
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.OPEN)
    content_type = models.CharField(max_length=120, blank=True)
    size_bytes = models.PositiveBigIntegerField(null=True)  # of a file; a recording's is not known before its end
    part_size_bytes = models.PositiveBigIntegerField()
    store_upload_id = models.CharField(max_length=1024, blank=True)
    alive_at = models.DateTimeField()  # the last sign of life of whoever sends
    last_named = models.PositiveIntegerField(null=True)  # the last part of a recording, once its author has said so

    objects = UploadQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["alive_at"], condition=models.Q(status="open"), name="open_uploads")]

    def __str__(self) -> str:
        return f"{self.kind} {self.public_id} ({self.status})"

    @property
    def is_open(self) -> bool:
        """Return whether parts may still come, as far as this copy of the row knows."""
        return self.status == self.Status.OPEN

    @property
    def parts_needed(self) -> int:
        """Return how many parts a file has; 0 for a recording, of which nobody knows before its end."""
        return part_count(self.size_bytes or 0, self.part_size_bytes)

    @property
    def key_prefix(self) -> str:
        """Return what the keys of all its objects start with."""
        return keys.source_prefix(video_id=self.source.video.public_id, source_id=self.source.public_id)

    @property
    def file_key(self) -> str:
        """Return the key of the one object that a file becomes."""
        return keys.file_key(video_id=self.source.video.public_id, source_id=self.source.public_id)

    def part_key(self, number: int, sha256: str) -> str:
        """Return the key of a recording's part with these bytes."""
        return keys.part_key(
            video_id=self.source.video.public_id, source_id=self.source.public_id, number=number, sha256=sha256
        )


class Part(models.Model):
    """One numbered part. `etag` is the store's name for the bytes of a confirmed part of a file.

    `index` is what media.recorded.index_part has read of a confirmed part of a recording; null where nobody has looked.
    """

    class State(models.TextChoices):
        PROMISED = "promised"
        CONFIRMED = "confirmed"

    upload = models.ForeignKey(Upload, on_delete=models.CASCADE, related_name="parts")
    number = models.PositiveIntegerField()
    size_bytes = models.PositiveBigIntegerField()
    sha256 = models.CharField(max_length=64)  # lower-case hex
    state = models.CharField(max_length=10, choices=State.choices, default=State.PROMISED)
    etag = models.CharField(max_length=120, blank=True)
    index = models.JSONField(null=True)

    class Meta:
        ordering = ["number"]
        constraints = [models.UniqueConstraint(fields=["upload", "number"], name="part_number_once")]

    def __str__(self) -> str:
        return f"{self.number} ({self.state})"

    @property
    def is_confirmed(self) -> bool:
        return self.state == self.State.CONFIRMED
