"""A video and its life.

A `Video` is what people name and share. What was recorded or uploaded for it is a `Source`; Start over makes
a new one. What is made from a source so that browsers can play it is a `Publication` of `Rendition`s; the
video shows its current one. Keys in the store are written once and never again, so a publication that is
being watched does not change under its viewers.

    recording ──> uploading ──> processing ──> ready
                                    │  ^
                                    v  │ retry
                                  failed
"""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.core.models import PublicRow
from apps.core.viewer import Viewer
from apps.workspaces.models import Workspace


class VideoQuerySet(models.QuerySet["Video"]):
    """Who may do what with a video. Everything fetched for a request comes through one of these."""

    def kept(self) -> "VideoQuerySet":
        """Return the videos that are not in the trash."""
        return self.filter(deleted_at__isnull=True)

    def viewable_by(self, viewer: Viewer) -> "VideoQuerySet":
        """Return what this viewer may watch: their own, their workspaces', and what a share link opens.

        Until a recording was stopped it is its author's alone for members; its link already answers, with
        "is recording". An owner or admin sees no private video of somebody else.
        """
        seen = models.Q(pk__in=viewer.open_video_ids)
        if viewer.person_id is not None:
            seen |= models.Q(author_id=viewer.person_id)
            seen |= self._open_to_members(viewer)
        return self.kept().filter(seen)

    def listed_for(self, viewer: Viewer) -> "VideoQuerySet":
        """Return what stands in a member's library: their own and their workspaces', without those of links."""
        if viewer.person_id is None:
            return self.none()
        return self.kept().filter(models.Q(author_id=viewer.person_id) | self._open_to_members(viewer))

    def commentable_by(self, viewer: Viewer) -> "VideoQuerySet":
        """Return what this viewer may comment on: all that members see, and what a link opens for comments."""
        by_link = [link.video_id for link in viewer.links if link.can_comment and not link.needs_password]
        return self.viewable_by(viewer).filter(
            models.Q(pk__in=by_link) | models.Q(pk__in=self.listed_for(viewer).values("pk"))
        )

    def editable_by(self, viewer: Viewer) -> "VideoQuerySet":
        """Return what this viewer may rename, share, retry and download the source of: their own."""
        if viewer.person_id is None:
            return self.none()
        return self.kept().filter(author_id=viewer.person_id)

    def deletable_by(self, viewer: Viewer) -> "VideoQuerySet":
        """Return what this viewer may move to the trash: their own, and as owner or admin what members see."""
        if viewer.person_id is None:
            return self.none()
        managed = models.Q(workspace_id__in=viewer.managed_workspace_ids) & self._open_to_members(viewer)
        return self.kept().filter(models.Q(author_id=viewer.person_id) | managed)

    def restorable_by(self, viewer: Viewer) -> "VideoQuerySet":
        """Return what lies in the trash and this viewer may take out: what they could have put there."""
        if viewer.person_id is None:
            return self.none()
        managed = models.Q(workspace_id__in=viewer.managed_workspace_ids) & self._open_to_members(viewer)
        return self.filter(deleted_at__isnull=False).filter(models.Q(author_id=viewer.person_id) | managed)

    def _open_to_members(self, viewer: Viewer) -> models.Q:
        return models.Q(
            workspace_id__in=viewer.workspace_ids, visibility=Video.Visibility.WORKSPACE, stopped_at__isnull=False
        )


class Video(PublicRow):
    """What somebody recorded or uploaded to be watched."""

    class Visibility(models.TextChoices):
        """Which members see it; share links stand apart from this."""

        ONLY_ME = "only_me", _("Only me")
        WORKSPACE = "workspace", _("Workspace")

    class Status(models.TextChoices):
        RECORDING = "recording", _("Recording")
        UPLOADING = "uploading", _("Uploading")
        PROCESSING = "processing", _("Processing")
        READY = "ready", _("Ready")
        FAILED = "failed", _("Failed")

    workspace = models.ForeignKey(Workspace, on_delete=models.PROTECT, related_name="videos")
    author = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="videos")
    author_name = models.CharField(max_length=80)  # as written when it was made; stays when the author leaves
    title = models.CharField(_("title"), max_length=200, blank=True)
    description = models.TextField(_("description"), max_length=10_000, blank=True)
    visibility = models.CharField(max_length=12, choices=Visibility.choices, default=Visibility.WORKSPACE)
    status = models.CharField(max_length=12, choices=Status.choices)
    stopped_at = models.DateTimeField(null=True)  # when the recording or upload was complete, or known to have ended
    failure_code = models.CharField(max_length=40, blank=True)
    duration_ms = models.PositiveBigIntegerField(null=True)
    poster_ms = models.PositiveBigIntegerField(null=True)  # the frame the author chose, null for ours
    change_seq = models.PositiveBigIntegerField(default=0)  # raised with every change of a comment, see apps/comments
    deleted_at = models.DateTimeField(null=True)
    current_source = models.ForeignKey("Source", on_delete=models.SET_NULL, null=True, related_name="+")
    current_publication = models.ForeignKey("Publication", on_delete=models.SET_NULL, null=True, related_name="+")

    objects = VideoQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["workspace", "-created_at", "-id"], name="library_of_workspace"),
            models.Index(fields=["author", "-created_at", "-id"], name="library_of_author"),
        ]

    def __str__(self) -> str:
        return self.title or self.public_id

    @property
    def display_title(self) -> str:
        """Return the title, or what stands in its place while there is none."""
        return self.title or str(_("Untitled video"))

    @property
    def playable(self) -> bool:
        """Return whether some rendition can be watched: a publication is shown from its first one on."""
        return self.current_publication_id is not None

    @property
    def minutes(self) -> int | None:
        """Return the length in whole minutes, rounded up, None while it is not known."""
        return None if self.duration_ms is None else max(1, -(-self.duration_ms // 60_000))


class Source(PublicRow):
    """What was recorded or uploaded: an ordered list of stored objects that together are one file.

    `stored` is [{"key": …, "size_bytes": …, "promised": [[size_bytes, sha256], …]}, …], written when the upload is
    complete. What was promised, one after the other, makes up the object; it is missing where we made the object.
    """

    class Kind(models.TextChoices):
        RECORDING = "recording"
        FILE = "file"

    video = models.ForeignKey(Video, on_delete=models.CASCADE, related_name="sources")
    kind = models.CharField(max_length=10, choices=Kind.choices)
    content_type = models.CharField(max_length=120, blank=True)
    file_name = models.CharField(max_length=255, blank=True)
    size_bytes = models.PositiveBigIntegerField(null=True)
    stored = models.JSONField(default=list)
    recorded_ms = models.PositiveBigIntegerField(null=True)  # by the recorder's own clock, pauses left out
    completed_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"{self.kind} {self.public_id}"


class Publication(PublicRow):
    """What was made from one source to be watched. It never changes its objects, it only gains renditions."""

    source = models.ForeignKey(Source, on_delete=models.CASCADE, related_name="publications")
    source_bytes = models.PositiveBigIntegerField()  # of the source it was made from, which reopening lets grow
    duration_ms = models.PositiveBigIntegerField()
    has_video = models.BooleanField()
    has_audio = models.BooleanField()
    width = models.PositiveIntegerField(null=True)
    height = models.PositiveIntegerField(null=True)
    poster_key = models.CharField(max_length=255, blank=True)
    wants = models.JSONField(default=list)  # names of the renditions that the plan asked for, in order
    verified_at = models.DateTimeField(null=True)  # when every job of it had ended and something plays
    cleared_at = models.DateTimeField(null=True)  # when what it replaced was taken out of the store

    def __str__(self) -> str:
        return self.public_id


class Rendition(models.Model):
    """One single-file fMP4 of a publication, and the index of its segments, from which playlists are written.

    `segments` is [[offset, size_bytes, start_ms, duration_ms], …].
    """

    publication = models.ForeignKey(Publication, on_delete=models.CASCADE, related_name="renditions")
    name = models.CharField(max_length=40)
    key = models.CharField(max_length=255)
    codecs = models.CharField(max_length=120)
    width = models.PositiveIntegerField(null=True)
    height = models.PositiveIntegerField(null=True)
    frame_rate = models.FloatField(null=True)
    size_bytes = models.PositiveBigIntegerField()
    peak_bits_per_s = models.PositiveBigIntegerField()
    average_bits_per_s = models.PositiveBigIntegerField()
    plays_everywhere = models.BooleanField()
    holds_source = models.BooleanField()  # picture and sound are the source's own, so that it can stand in its place
    init_offset = models.PositiveIntegerField()
    init_size_bytes = models.PositiveIntegerField()
    segments = models.JSONField()
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["publication", "name"], name="rendition_once")]
        ordering = ["pk"]

    def __str__(self) -> str:
        return self.name
