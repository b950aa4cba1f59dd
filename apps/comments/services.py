"""What changes about comments.

Every change takes the next number of its video's counter, in the same transaction: the UPDATE of the video's
row makes changes of one video come one after the other, so that who polls for "all after 41" never misses a 41
that commits after a 42. A database sequence would.
"""

from collections.abc import Sequence
from typing import Any

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from apps.accounts.models import Person
from apps.comments.models import Comment, Mention, Reaction
from apps.sharing.models import Guest
from apps.videos.models import Video


def next_change(video_id: int) -> int:
    """Return the video's next change number. Call it in the transaction that writes the change."""
    Video.objects.filter(pk=video_id).update(change_seq=F("change_seq") + 1)
    return Video.objects.values_list("change_seq", flat=True).get(pk=video_id)


@transaction.atomic
def add_comment(
    *,
    video: Video,
    member: Person | None,
    guest: Guest | None,
    body: str,
    timestamp_ms: int | None = None,
    end_ms: int | None = None,
    parent: Comment | None = None,
    team_only: bool = False,
    mentions: Sequence[Person] = (),
) -> Comment:
    """Return a new comment by the member, else by the guest.

    An answer to an answer joins the thread; answers in a team-only thread are for the team only.
    """
    if parent is not None and parent.parent is not None:
        parent = parent.parent
    comment = Comment.objects.create(
        video=video,
        source_id=video.current_source_id,
        parent=parent,
        member=member,
        guest=None if member is not None else guest,
        author_name=name_of(member, guest),
        is_by_guest=member is None,
        body=body,
        timestamp_ms=timestamp_ms,
        end_ms=end_ms,
        team_only=team_only or (parent is not None and parent.team_only),
        change_seq=next_change(video.pk),
    )
    Mention.objects.bulk_create(Mention(comment=comment, person=person) for person in mentions)
    return comment


@transaction.atomic
def react(*, comment: Comment, member: Person | None, guest: Guest | None, emoji: str) -> Reaction:
    """Return the reaction of the member, else the guest, with this emoji; the same again is the same one."""
    guest = None if member is not None else guest
    reaction, is_new = Reaction.objects.get_or_create(
        comment=comment, member=member, guest=guest, emoji=emoji, defaults={"author_name": name_of(member, guest)}
    )
    if is_new:
        _note_change(comment)
    return reaction


@transaction.atomic
def take_back(*, reaction: Reaction) -> None:
    """Delete a reaction."""
    _note_change(reaction.comment)
    reaction.delete()


def name_of(member: Person | None, guest: Guest | None) -> str:
    """Return the name under which the member, else the guest, speaks."""
    return member.display_name if member is not None else guest.name if guest is not None else ""


def _note_change(comment: Comment) -> None:
    Comment.objects.filter(pk=comment.pk).update(change_seq=next_change(comment.video_id))


@transaction.atomic
def edit_comment(*, comment: Comment, body: str, seen: Any) -> bool:
    """Write a new text over the one last written at `seen`. False, and nothing written, when it is newer."""
    change = next_change(comment.video_id)
    current = Comment.objects.get(pk=comment.pk)
    comment.refresh_from_db()
    if current.deleted_at is not None or (seen is not None and current.last_change_at != seen):
        transaction.set_rollback(True)
        return False
    if current.body != body:
        Comment.objects.filter(pk=comment.pk).update(body=body, edited_at=timezone.now(), change_seq=change)
        comment.refresh_from_db()
    return True


@transaction.atomic
def delete_comment(*, comment: Comment) -> None:
    """Take the text away and leave a tombstone, so that who polls learns of it; answers stay."""
    change = next_change(comment.video_id)
    Comment.objects.filter(pk=comment.pk, deleted_at__isnull=True).update(
        body="", deleted_at=timezone.now(), change_seq=change
    )


@transaction.atomic
def set_resolved(*, comment: Comment, resolved: bool) -> None:
    """Mark a thread as settled or open again; the same twice changes nothing."""
    wanted = Comment.objects.filter(pk=comment.pk, resolved_at__isnull=resolved)
    if wanted.exists():
        wanted.update(resolved_at=timezone.now() if resolved else None, change_seq=next_change(comment.video_id))
    comment.refresh_from_db()
