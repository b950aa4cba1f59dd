"""What changes about comments.

Every change takes the next number of its video's counter, in the same transaction: the UPDATE of the video's
row makes changes of one video come one after the other, so that who polls for "all after 41" never misses a 41
that commits after a 42. A database sequence would.
"""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.db.models import F
from django.utils import timezone
from django.utils.crypto import salted_hmac

from apps.accounts.models import Person
from apps.comments.models import Comment, Mention, Reaction
from apps.core.viewer import Viewer
from apps.sharing.models import Guest
from apps.videos.models import Video

# What the page offers to leave on a comment; the API takes any emoji.
REACTION_SIGNS = ("👍", "❤️", "🎉", "😄", "🤔", "👀")


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
        is_by_guest=member is None or not video.workspace.memberships.filter(person=member).exists(),
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


def speaker_key(viewer: Viewer) -> str | None:
    """Return a name for who speaks, by which a browser keeps drafts of several people apart; it identifies nobody."""
    if viewer.person_id is None and viewer.guest_id is None:
        return None
    kind, row = ("person", viewer.person_id) if viewer.person_id is not None else ("guest", viewer.guest_id)
    return salted_hmac("videoshare.speaker", f"{kind}:{row}", algorithm="sha256").hexdigest()[:22]


def _note_change(comment: Comment) -> None:
    Comment.objects.filter(pk=comment.pk).update(change_seq=next_change(comment.video_id))


@transaction.atomic
def edit_comment(*, comment: Comment, body: str, seen: datetime, mentions: Sequence[Person] | None = None) -> bool:
    """Write a new text over the one last written at `seen`. False, and nothing written, when it is newer.

    A text that is there already is no conflict, whenever it was written: it is the same edit, sent again because its
    answer was lost. `mentions` are all whom the new text names, None to leave them as they are.
    """
    change = next_change(comment.video_id)  # first: what is read after it, nobody else changes until the commit
    comment.refresh_from_db()
    is_newer = comment.last_change_at != seen and comment.body != body
    if comment.deleted_at is not None or is_newer:
        transaction.set_rollback(True)
        return False
    if comment.body != body:
        Comment.objects.filter(pk=comment.pk).update(body=body, edited_at=timezone.now(), change_seq=change)
        comment.refresh_from_db()
    if mentions is not None:
        comment.mentions.exclude(person__in=mentions).delete()
        known = set(comment.mentions.values_list("person_id", flat=True))
        new = [person for person in mentions if person.pk not in known]
        Mention.objects.bulk_create(Mention(comment=comment, person=person) for person in new)
    return True


@transaction.atomic
def delete_comment(*, comment: Comment) -> None:
    """Take text, mentions and reactions away and leave a tombstone, so that who polls learns of it; answers stay."""
    change = next_change(comment.video_id)
    Comment.objects.filter(pk=comment.pk, deleted_at__isnull=True).update(
        body="", deleted_at=timezone.now(), change_seq=change
    )
    comment.mentions.all().delete()
    comment.reactions.all().delete()


@transaction.atomic
def set_resolved(*, comment: Comment, resolved: bool) -> None:
    """Mark a thread as settled or open again; the same twice changes nothing."""
    wanted = Comment.objects.filter(pk=comment.pk, resolved_at__isnull=resolved)
    if wanted.exists():
        wanted.update(resolved_at=timezone.now() if resolved else None, change_seq=next_change(comment.video_id))
    comment.refresh_from_db()
