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

from datetime import datetime, timedelta

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import Person
from apps.core.models import PublicRow
from apps.core.viewer import Viewer
from apps.workspaces.models import Workspace

TRASH_KEPT = timedelta(days=30)
# How far the recorder's clock and what is published may be apart. The clock starts when recording is asked for, the
# first picture is there 6 to 172 ms later (12 recordings of 0.3 to 12 s in Chromium on a machine that was out of
# breath). A second is far beyond that, and the least that a player's clock shows.
LENGTHS_AGREE_MS = 1000
LENGTHS_AGREE_SHARE = 0.02
# Failures of what has nothing in it: no byte, or no picture and no sound. Nobody but its author is concerned.
NOTHING_IN_IT = frozenset({"empty_source", "upload_abandoned", "no_media"})


class VideoQuerySet(models.QuerySet["Video"]):
    """Who may do what with a video. Everything fetched for a request comes through one of these."""

    def kept(self) -> "VideoQuerySet":
        """Return the videos that are not in the trash."""
        return self.filter(deleted_at__isnull=True)

    def with_readers(self) -> "VideoQuerySet":
        """Return the same videos with what named_people answers, in one query for all of them."""
        readers = VideoReader.objects.of_members()
        return self.prefetch_related(models.Prefetch("readers", queryset=readers, to_attr="member_readers"))

    def viewable_by(self, viewer: Viewer) -> "VideoQuerySet":
        """Return what this viewer may watch: their own, their workspaces' as visibility says, and what a link opens.

        Until a recording was stopped it is its author's alone for members, and stays so where it failed with nothing
        in it; its link already answers, with "is recording". An owner or admin sees no private video of somebody else.
        """
        seen = models.Q(pk__in=viewer.open_video_ids)
        if viewer.person_id is not None:
            seen |= self._own(viewer) | self._open_to_members(viewer)
        return self.kept().filter(seen)

    def listed_for(self, viewer: Viewer) -> "VideoQuerySet":
        """Return what stands in a member's library: their own and their workspaces', without those of links."""
        if viewer.person_id is None:
            return self.none()
        return self.kept().filter(self._own(viewer) | self._open_to_members(viewer))

    def commentable_by(self, viewer: Viewer) -> "VideoQuerySet":
        """Return what this viewer may comment on: all that members see, and what a link opens for comments."""
        by_link = [link.video_id for link in viewer.links if link.can_comment and viewer.is_let_in_by(link)]
        return self.viewable_by(viewer).filter(
            models.Q(pk__in=by_link, stopped_at__isnull=False) | models.Q(pk__in=self.listed_for(viewer).values("pk"))
        )

    def editable_by(self, viewer: Viewer) -> "VideoQuerySet":
        """Return what this viewer may rename, share, retry and download the source of: their own."""
        if viewer.person_id is None:
            return self.none()
        return self.kept().filter(self._own(viewer))

    def deletable_by(self, viewer: Viewer) -> "VideoQuerySet":
        """Return what this viewer may move to the trash: their own, and as owner or admin what members see."""
        if viewer.person_id is None:
            return self.none()
        managed = models.Q(workspace_id__in=viewer.managed_workspace_ids) & self._open_to_members(viewer)
        return self.kept().filter(self._own(viewer) | managed)

    def restorable_by(self, viewer: Viewer) -> "VideoQuerySet":
        """Return what lies in the trash and this viewer may take out: what they could have put there."""
        if viewer.person_id is None:
            return self.none()
        managed = models.Q(workspace_id__in=viewer.managed_workspace_ids) & self._open_to_members(viewer)
        still_there = self.filter(deleted_at__gt=timezone.now() - TRASH_KEPT)
        return still_there.filter(self._own(viewer) | managed)

    def left_behind_in(self, workspace: Workspace) -> "VideoQuerySet":
        """Return the workspace's videos whose author is no member of it any more."""
        members = workspace.memberships.values("person_id")
        by_nobody = models.Q(author__isnull=True)
        return self.kept().filter(by_nobody | ~models.Q(author_id__in=members), workspace=workspace)

    def _own(self, viewer: Viewer) -> models.Q:
        """Return what this member has made; it stays in the workspace when they leave, and is theirs no more."""
        return models.Q(author_id=viewer.person_id, workspace_id__in=viewer.workspace_ids)

    def _open_to_members(self, viewer: Viewer) -> models.Q:
        """Return what this member sees of their workspaces' stopped videos: those for all, and those that name them.

        Those that failed with nothing in them are for nobody but their author.
        """
        is_nothing = models.Q(status=Video.Status.FAILED, failure_code__in=NOTHING_IN_IT)
        named = models.Q(
            visibility=Video.Visibility.NAMED_PEOPLE,
            # A join instead would give a video once for each of its readers.
            pk__in=VideoReader.objects.filter(person_id=viewer.person_id or 0).values("video_id"),
        )
        stopped = models.Q(workspace_id__in=viewer.workspace_ids, stopped_at__isnull=False) & ~is_nothing
        return stopped & (models.Q(visibility=Video.Visibility.WORKSPACE) | named)


class Video(PublicRow):
    """What somebody recorded or uploaded to be watched."""

    class Visibility(models.TextChoices):
        """Which members see it; share links stand apart from this."""

        ONLY_ME = "only_me", _("Only me")
        NAMED_PEOPLE = "named_people", _("Named people")
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
    sent_at = models.DateTimeField(null=True)  # when it became news for others: at Done, or a while after it stopped
    failure_code = models.CharField(max_length=40, blank=True)
    duration_ms = models.PositiveBigIntegerField(null=True)
    poster_ms = models.PositiveBigIntegerField(null=True)  # the frame the author chose, null for ours
    own_poster_key = models.CharField(max_length=255, blank=True)  # a picture of the author's, which stands before both
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

    def is_own_of(self, viewer: Viewer) -> bool:
        """Return whether this viewer has made it and still belongs to its workspace."""
        is_author = viewer.person_id is not None and viewer.person_id == self.author_id
        return is_author and self.workspace_id in viewer.workspace_ids

    @property
    def has_nothing_in_it(self) -> bool:
        """Return whether it failed because no picture and no sound of it ever arrived."""
        return self.status == self.Status.FAILED and self.failure_code in NOTHING_IN_IT

    @property
    def playable(self) -> bool:
        """Return whether some rendition can be watched: a publication is shown from its first one on."""
        return self.current_publication_id is not None

    @property
    def ends_early(self) -> bool:
        """Return whether what is shown, or else what will be, was ended by the server because the rest never came."""
        shown = self.current_publication or self.current_source
        return shown is not None and shown.ends_early

    @property
    def length_gap_ms(self) -> int | None:
        """Return how much longer a recording was by its recorder's clock than what is shown, None where they agree.

        Negative where what is shown is longer. None, too, for what ends early, which says more, and for what is not
        shown as it is by now.
        """
        shown, source = self.current_publication, self.current_source
        if shown is None or source is None or source.recorded_ms is None or shown.ends_early:
            return None
        if (shown.source_id, shown.revision) != (source.pk, source.revision):
            return None
        gap_ms = source.recorded_ms - shown.duration_ms
        allowed_ms = max(LENGTHS_AGREE_MS, LENGTHS_AGREE_SHARE * source.recorded_ms)
        return gap_ms if abs(gap_ms) > allowed_ms else None

    @property
    def gone_at(self) -> datetime | None:
        """Return when what lies in the trash is deleted for good, None for what does not."""
        return None if self.deleted_at is None else self.deleted_at + TRASH_KEPT

    @property
    def days_left(self) -> int | None:
        """Return how many days it stays in the trash, a begun one counted whole; None for what is not there."""
        return None if self.gone_at is None else max(0, -(-(self.gone_at - timezone.now()) // timedelta(days=1)))

    @property
    def minutes(self) -> int | None:
        """Return the length in whole minutes, rounded up, None while it is not known."""
        return None if self.duration_ms is None else max(1, -(-self.duration_ms // 60_000))

    def members_who_see(self) -> models.QuerySet[Person]:
        """Return the people of the workspace for whom `listed_for` holds this video: whom one may mention here."""
        members = Person.objects.filter(memberships__workspace_id=self.workspace_id, is_active=True)
        if self.stopped_at is None or self.has_nothing_in_it or self.visibility == self.Visibility.ONLY_ME:
            return members.filter(pk=self.author_id or 0)
        if self.visibility == self.Visibility.NAMED_PEOPLE:
            return members.filter(models.Q(pk__in=self.readers.values("person_id")) | models.Q(pk=self.author_id))
        return members

    def named_people(self) -> list[Person]:
        """Return its readers who are members still, by name, whatever the visibility is now."""
        known: list[VideoReader] | None = getattr(self, "member_readers", None)  # of a list, see with_readers
        return [reader.person for reader in (self.readers.of_members() if known is None else known)]


class VideoReaderQuerySet(models.QuerySet["VideoReader"]):
    def of_members(self) -> "VideoReaderQuerySet":
        """Return the readers who are members of their video's workspace still, by name."""
        return (
            self.filter(person__is_active=True, person__memberships__workspace_id=models.F("video__workspace_id"))
            .select_related("person")
            .order_by("person__name", "person__email")
        )


class VideoReader(models.Model):
    """That a video whose visibility is "named people" is for this member."""

    video = models.ForeignKey(Video, on_delete=models.CASCADE, related_name="readers")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")

    objects = VideoReaderQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["video", "person"], name="reader_once")]

    def __str__(self) -> str:
        return f"{self.person} of {self.video_id}"


class CaptionTrack(PublicRow):
    """The cues of one language, as WebVTT."""

    video = models.ForeignKey(Video, on_delete=models.CASCADE, related_name="caption_tracks")
    language = models.CharField(max_length=35)  # BCP 47, "und" where nobody said
    label = models.CharField(max_length=80, blank=True)
    vtt = models.TextField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["video", "language", "label"], name="caption_track_once")]

    def __str__(self) -> str:
        return f"{self.language} of {self.video_id}"


class Source(PublicRow):
    """What was recorded or uploaded: an ordered list of stored objects that together are one file.

    `stored` is [{"key": …, "size_bytes": …, "promised": [[size_bytes, sha256], …]}, …], written when the upload is
    complete. What was promised, one after the other, makes up the object; it is missing where we made the object.

    A recording whose author vanished is completed by the server from what there is (apps/uploads/abandoned.py). It
    `ends_early`, and until `rest_until` its author may reopen it and bring the rest: then it has another revision.
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
    completed_at = models.DateTimeField(null=True)  # null while parts may come, also again after a reopening
    revision = models.PositiveIntegerField(default=1)  # raised when a reopening has brought more bytes
    ends_early = models.BooleanField(default=False)  # the server ended it without its author, and the rest never came
    rest_until = models.DateTimeField(null=True)  # how long the rest may come, and all its parts are kept for it

    class Meta:
        indexes = [
            models.Index(fields=["rest_until"], condition=models.Q(rest_until__isnull=False), name="sources_that_wait"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.public_id}"


class Publication(PublicRow):
    """What was made from one source to be watched. It never changes its objects, it only gains renditions.

    One that is not `packaged` is a recording as it was recorded (as_recorded.py): it plays until another is made.
    """

    source = models.ForeignKey(Source, on_delete=models.CASCADE, related_name="publications")
    revision = models.PositiveIntegerField(default=1)  # of the source that it was made from
    packaged = models.BooleanField(default=True)
    source_bytes = models.PositiveBigIntegerField()  # of what it was made from: the parts, later perhaps the copy
    ends_early = models.BooleanField(default=False)  # as its revision of the source does
    duration_ms = models.PositiveBigIntegerField()
    has_video = models.BooleanField()
    has_audio = models.BooleanField()
    width = models.PositiveIntegerField(null=True)
    height = models.PositiveIntegerField(null=True)
    poster_key = models.CharField(max_length=255, blank=True)
    preview_key = models.CharField(max_length=255, blank=True)
    wants = models.JSONField(default=list)  # names of the renditions that the plan asked for, in order
    verified_at = models.DateTimeField(null=True)  # when every job of it had ended and something plays
    cleared_at = models.DateTimeField(null=True)  # when what it replaced was taken out of the store

    def __str__(self) -> str:
        return self.public_id


class Sound(models.Model):
    """What a publication's source sounds like (media/sound.py), and what was done about it where it was encoded.

    A row of its own: lists of videos read their publications, and need none of this. One without an interval says that
    the sound could not be listened to, and is as it was. `peaks` are 0 to 100, one for each `interval_ms`; `silences`
    is [[start_ms, end_ms], …].
    """

    publication = models.OneToOneField(Publication, on_delete=models.CASCADE, primary_key=True, related_name="sound")
    loudness_lufs = models.FloatField(null=True)  # of the whole, null where nothing is to be heard
    true_peak_dbtp = models.FloatField(null=True)
    gain_db = models.FloatField(default=0.0)
    both_ears = models.BooleanField(default=False)  # only one channel was recorded
    interval_ms = models.PositiveIntegerField(null=True)
    peaks = models.JSONField(default=list)
    silences = models.JSONField(default=list)

    def __str__(self) -> str:
        return f"sound of {self.publication_id}"


class Storyboard(models.Model):
    """Small pictures of a publication's keyframes, all on one sprite: tile n is seen at the nth of `times_ms`.

    Tiles lie row by row. A publication without one has no two keyframes, was made before there were any, or its
    storyboard could not be made.
    """

    publication = models.OneToOneField(Publication, on_delete=models.CASCADE, related_name="storyboard")
    key = models.CharField(max_length=255)
    tile_width = models.PositiveSmallIntegerField()
    tile_height = models.PositiveSmallIntegerField()
    columns = models.PositiveSmallIntegerField()
    times_ms = models.JSONField()

    def __str__(self) -> str:
        return self.key


class Piece(models.Model):
    """A piece of a long source on its way to a publication's renditions (pieces.py); gone once these are joined.

    Number 0 is the sound, whole, which has no `key`; from 1 on they are the picture's, in order, at `key` until they
    are encoded. `made` is {rendition's name: {"key", "size_bytes", "frames"}}, of the sound {"sound": …}.
    """

    publication = models.ForeignKey(Publication, on_delete=models.CASCADE, related_name="pieces")
    number = models.PositiveIntegerField()
    key = models.CharField(max_length=255, blank=True)
    size_bytes = models.PositiveBigIntegerField(default=0)
    start_us = models.BigIntegerField(default=0)  # on the engine's clock, see media/pieces.py
    made = models.JSONField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["publication", "number"], name="piece_once")]
        ordering = ["number"]

    def __str__(self) -> str:
        return f"{self.number} of {self.publication_id}"

    @property
    def sizes_by_key(self) -> dict[str, int]:
        """Return the sizes in bytes of all its objects, by their keys."""
        made = {item["key"]: item["size_bytes"] for item in (self.made or {}).values()}
        return made | ({self.key: self.size_bytes} if self.key else {})


class Rendition(models.Model):
    """One single-file fMP4 of a publication, and the index of its segments, from which playlists are written.

    `segments` is [[offset, size_bytes, start_ms, duration_ms], …]. A recording that is shown as it was recorded has no
    file and no key, but `parts`: the names of the source's parts (keys.py), the init segment's first, then one for each
    segment. `mends` is {part's name: [[offset, value], …]}, as media/recorded.py has them.
    """

    publication = models.ForeignKey(Publication, on_delete=models.CASCADE, related_name="renditions")
    name = models.CharField(max_length=40)
    key = models.CharField(max_length=255, blank=True)
    parts = models.JSONField(default=list)
    mends = models.JSONField(default=dict)
    codecs = models.CharField(max_length=120)
    width = models.PositiveIntegerField(null=True)
    height = models.PositiveIntegerField(null=True)
    frame_rate = models.FloatField(null=True)
    video_range = models.CharField(max_length=3, default="SDR")  # or PQ or HLG, as in the engine's plan
    size_bytes = models.PositiveBigIntegerField()
    peak_bits_per_s = models.PositiveBigIntegerField()
    average_bits_per_s = models.PositiveBigIntegerField()
    plays_everywhere = models.BooleanField()
    is_levelled = models.BooleanField(default=False)  # its sound is as loud as it should be, and in both ears
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
