"""What is new for a member: videos of others they have not opened, and what others have said to them since.

Said to them means: on a video of theirs, in a thread in which they spoke before, or with their name. Each video has at
most one line. Nothing is kept of it: it follows from what was sent, said and opened, so a line is gone as soon as the
video was opened, and who may not see a video any more does not hear of it either. A new member is not met by a heap:
only what was sent after they joined is new.
"""

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from django.db.models import Exists, F, OuterRef, Q, QuerySet

from apps.accounts.models import Person
from apps.comments.models import Comment, Mention
from apps.core.viewer import Viewer
from apps.insights.models import Seen
from apps.sharing.viewers import viewer_of_person
from apps.videos.models import Video
from apps.workspaces.models import Membership

MOST_VIDEOS = 200  # somebody who was away for months; the library has the rest
MOST_COMMENTS = 2000


@dataclass(frozen=True)
class News:
    """One line: a video that is new, or what is new of its conversation.

    `kind` is "mention" where the person is named, else "video" where they have not opened it, else "answers".
    `who` are names as written, the latest first: the author of a new video, else who spoke. `count` is how many
    comments are new for them, 0 for a video alone; `comment` is the first of these. `minutes` may be None.
    """

    kind: Literal["video", "answers", "mention"]
    video: Video
    minutes: int | None
    count: int
    latest_at: datetime
    who: tuple[str, ...]
    comment: Comment | None = None


@dataclass(frozen=True)
class _Said:
    """What is needed of a new comment to make its video's line of it."""

    pk: int
    video_id: int
    at: datetime
    author_name: str
    names_me: bool


def new_for(
    person: Person, *, since: datetime | None = None, until: datetime | None = None, most: int | None = None
) -> list[News]:
    """Return what is new for this member, the newest first; of that only what came at `since` or later, before `until`.

    At most `most` lines. Videos that a member sees by a share link alone are not among them: who has the link stands
    in a browser, not here.
    """
    viewer = viewer_of_person(person.pk)
    if viewer is None:
        return []
    sent = dict(_between(_new_videos(viewer, person.pk), "sent_at", since, until)[:MOST_VIDEOS])
    said: dict[int, list[_Said]] = defaultdict(list)
    for row in _between(_new_comments(viewer, person.pk), "created_at", since, until)[:MOST_COMMENTS]:
        said[row[1]].append(_Said(*row))
    latest = dict(sent)
    for pk, comments_of in said.items():
        latest[pk] = max(comments_of[0].at, sent.get(pk, comments_of[0].at))
    shown = sorted(latest, key=lambda pk: (latest[pk], pk), reverse=True)[:most]
    videos = Video.objects.select_related("current_publication").in_bulk(shown)
    comments = Comment.objects.in_bulk([said[pk][-1].pk for pk in shown if pk in said])
    return [
        _line(videos[pk], is_new=pk in sent, said=said.get(pk, []), latest_at=latest[pk], comments=comments)
        for pk in shown
        if pk in videos  # purged in this moment
    ]


def _line(video: Video, *, is_new: bool, said: list[_Said], latest_at: datetime, comments: dict[int, Comment]) -> News:
    """Return the line of one video; what was said comes the latest first."""
    is_named = any(comment.names_me for comment in said)
    kind: Literal["video", "answers", "mention"] = "mention" if is_named else "video" if is_new else "answers"
    names = [video.author_name] if kind == "video" else [comment.author_name for comment in said]
    return News(
        kind=kind,
        video=video,
        minutes=video.minutes,
        count=len(said),
        latest_at=latest_at,
        who=tuple(dict.fromkeys(names)),
        comment=comments.get(said[-1].pk) if said else None,
    )


def _new_videos(viewer: Viewer, person_id: int) -> QuerySet[Any]:
    """Return row and moment of others' videos that were sent since the viewer joined and play, and were not opened.

    What was opened before Start over was another video.
    """
    rows = Seen.objects.filter(video=OuterRef("pk"), member_id=person_id)
    seen = rows.filter(Q(last_opened_at__gte=OuterRef("stopped_at")) | Q(set_aside_at__gte=OuterRef("sent_at")))
    joined = Membership.objects.filter(
        workspace=OuterRef("workspace"), person_id=person_id, created_at__lte=OuterRef("sent_at")
    )
    return (
        Video.objects.listed_for(viewer)
        .filter(Exists(joined), ~Exists(seen), sent_at__isnull=False, current_publication__isnull=False)
        .exclude(author_id=person_id)
        .values_list("pk", "sent_at")
    )


def _new_comments(viewer: Viewer, person_id: int) -> QuerySet[Any]:
    """Return what others said to the viewer since they opened the video last, as the fields of _Said."""
    spoken = Comment.objects.filter(member_id=person_id, deleted_at__isnull=True)
    began = Q(parent__member_id=person_id, parent__deleted_at__isnull=True)
    # Who answers has read what came before.
    answered = Exists(spoken.filter(parent=OuterRef("parent"), created_at__lt=OuterRef("created_at")))
    named = Exists(Mention.objects.filter(comment=OuterRef("pk"), person_id=person_id))
    seen = Seen.objects.filter(video=OuterRef("video"), member_id=person_id).filter(
        Q(last_opened_at__gte=OuterRef("created_at")) | Q(set_aside_at__gte=OuterRef("created_at"))
    )
    return (
        Comment.objects.viewable_by(viewer)
        .filter(~Exists(seen), deleted_at__isnull=True, video__in=Video.objects.listed_for(viewer))
        .annotate(names_me=named)
        .filter(Q(video__author_id=person_id) | began | answered | Q(names_me=True))
        .exclude(member_id=person_id)
        .values_list("pk", "video_id", "created_at", "author_name", "names_me")
    )


def _between(rows: QuerySet[Any], moment: str, since: datetime | None, until: datetime | None) -> QuerySet[Any]:
    if since is not None:
        rows = rows.filter(**{f"{moment}__gte": since})
    if until is not None:
        rows = rows.filter(**{f"{moment}__lt": until})
    return rows.order_by(F(moment).desc(), "-pk")
