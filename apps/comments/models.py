"""Threads of comments on a video, each at a timestamp or at none."""

from datetime import datetime

from django.conf import settings
from django.db import models

from apps.core.models import PublicRow
from apps.core.viewer import Viewer
from apps.sharing.models import Guest
from apps.videos.models import Source, Video


def is_written_by(viewer: Viewer, *, member_id: int | None, guest_id: int | None) -> bool:
    """Return whether the viewer is this member, or this guest; nobody is nobody's author."""
    if viewer.person_id is not None:
        return member_id == viewer.person_id
    return guest_id is not None and guest_id == viewer.guest_id


class CommentQuerySet(models.QuerySet["Comment"]):
    """Who may read and change which comment."""

    def viewable_by(self, viewer: Viewer) -> "CommentQuerySet":
        """Return the comments of videos this viewer may watch, less what is not for them.

        Members read all. Who came by a link reads what the link shows of the conversation, and never what is for
        the team only, nor the answers to it.
        """
        videos = Video.objects.viewable_by(viewer)
        as_member = models.Q(video__in=Video.objects.listed_for(viewer))
        everything = [link.video_id for link in viewer.links if link.conversation == "all"]
        own = [link.video_id for link in viewer.links if link.conversation == "own"]
        by_link = models.Q(video__in=everything)
        if viewer.guest_id is not None:
            mine = models.Q(guest_id=viewer.guest_id)
            by_link |= models.Q(video__in=own) & (mine | models.Q(parent__guest_id=viewer.guest_id))
        if viewer.person_id is not None:
            mine = models.Q(member_id=viewer.person_id)
            by_link |= models.Q(video__in=own) & (mine | models.Q(parent__member_id=viewer.person_id))
        open_to_links = models.Q(team_only=False) & ~models.Q(parent__team_only=True)
        return self.filter(video__in=videos).filter(as_member | (by_link & open_to_links))

    def written_by(self, viewer: Viewer) -> "CommentQuerySet":
        """Return the viewer's own comments, deleted ones left out: what they may edit and delete.

        A link that shows nothing of the conversation hides one's own words from the list; they stay one's own.
        """
        if viewer.person_id is not None:
            mine = models.Q(member_id=viewer.person_id)
        elif viewer.guest_id is not None:
            mine = models.Q(guest_id=viewer.guest_id)
        else:
            return self.none()
        return self.filter(mine, deleted_at__isnull=True, video__in=Video.objects.viewable_by(viewer))


class Comment(PublicRow):
    """What somebody said about a video. A reply's parent is always the comment that began the thread."""

    video = models.ForeignKey(Video, on_delete=models.CASCADE, related_name="comments")
    source = models.ForeignKey(Source, on_delete=models.SET_NULL, null=True, related_name="+")
    parent = models.ForeignKey("self", on_delete=models.CASCADE, null=True, related_name="replies")
    member = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    guest = models.ForeignKey(Guest, on_delete=models.SET_NULL, null=True, related_name="+")
    author_name = models.CharField(max_length=80)  # as written; stays when the author leaves
    is_by_guest = models.BooleanField(default=False)  # who came by a link: also with an account, from another team
    body = models.TextField(max_length=10_000)
    timestamp_ms = models.PositiveBigIntegerField(null=True)
    end_ms = models.PositiveBigIntegerField(null=True)
    team_only = models.BooleanField(default=False)
    change_seq = models.PositiveBigIntegerField()  # from the video's counter, in the transaction of the change
    edited_at = models.DateTimeField(null=True)
    resolved_at = models.DateTimeField(null=True)
    deleted_at = models.DateTimeField(null=True)

    objects = CommentQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["video", "change_seq"], name="comment_changes_in_order"),
            models.CheckConstraint(
                condition=models.Q(member__isnull=True) | models.Q(guest__isnull=True), name="comment_has_one_author"
            ),
            models.CheckConstraint(
                condition=models.Q(end_ms__isnull=True) | models.Q(end_ms__gte=models.F("timestamp_ms")),
                name="comment_ends_after_it_starts",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.author_name}: {self.body[:40]}"

    def is_mine(self, viewer: Viewer) -> bool:
        """Return whether this viewer wrote it."""
        return is_written_by(viewer, member_id=self.member_id, guest_id=self.guest_id)

    @property
    def last_change_at(self) -> datetime:
        """Return when its text was last written, which an edit must have seen."""
        return self.edited_at or self.created_at


class Mention(models.Model):
    """That a comment names a colleague, who then finds it among what is new for them."""

    comment = models.ForeignKey(Comment, on_delete=models.CASCADE, related_name="mentions")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["comment", "person"], name="mentioned_once")]

    def __str__(self) -> str:
        return f"{self.person} in {self.comment_id}"


class Reaction(PublicRow):
    """An emoji that somebody left on a comment, each kind once."""

    comment = models.ForeignKey(Comment, on_delete=models.CASCADE, related_name="reactions")
    member = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, null=True, related_name="+")
    guest = models.ForeignKey(Guest, on_delete=models.CASCADE, null=True, related_name="+")
    author_name = models.CharField(max_length=80)
    emoji = models.CharField(max_length=16)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["comment", "emoji", "member"],
                condition=models.Q(member__isnull=False),
                name="one_reaction_a_member",
            ),
            models.UniqueConstraint(
                fields=["comment", "emoji", "guest"],
                condition=models.Q(guest__isnull=False),
                name="one_reaction_a_guest",
            ),
            models.CheckConstraint(
                condition=models.Q(member__isnull=True) | models.Q(guest__isnull=True), name="reaction_has_one_author"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.emoji} by {self.author_name}"

    def is_mine(self, viewer: Viewer) -> bool:
        """Return whether this viewer left it."""
        return is_written_by(viewer, member_id=self.member_id, guest_id=self.guest_id)
