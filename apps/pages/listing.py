"""Which videos stand in a member's library, in which order, page by page: one way for the page and the API.

Words find a video where each of them stands in its title, its description, its author's name, or a comment that the
viewer may read; how it is written, large or small, does not matter (apps/core/folding.py).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from unicodedata import category

from django.db import models
from django.db.models import F, Min, Q, QuerySet, Value
from django.db.models.functions import Coalesce, Concat
from django.utils.translation import gettext_lazy as _

from apps.comments.models import Comment
from apps.core.folding import Folded, folded, holds
from apps.core.pagination import NewestFirst
from apps.core.viewer import Viewer
from apps.videos.models import Video, VideoQuerySet

MOST_WORDS = 8  # each one more condition; what comes after is left out
LONGEST_QUESTION = 200  # signs, as the box of the header takes them


class Sort(models.TextChoices):
    """The orders in which a library can be read."""

    NEWEST = "newest", _("Newest first")
    OLDEST = "oldest", _("Oldest first")
    TITLE = "title", _("By title")
    LONGEST = "longest", _("Longest first")


ORDERINGS = {
    Sort.NEWEST: ("-created_at", "-id"),
    Sort.OLDEST: ("created_at", "id"),
    Sort.TITLE: ("folded_title", "id"),
    Sort.LONGEST: ("-length_ms", "-id"),
}


@dataclass(frozen=True)
class Wish:
    """What somebody wants to see of their library. `mine` is None for all, False for the others' videos alone."""

    words: tuple[str, ...] = ()
    mine: bool | None = None
    sort: Sort = Sort.NEWEST


class LibraryPages(NewestFirst):
    """Pages of the library in the order of a sort."""

    # How many rows with the same first column a cursor can count: untitled ones all have the same.
    offset_cutoff = 1_000_000

    def __init__(self, sort: Sort, *, page_size: int | None = None) -> None:
        self.sort = sort
        self.ordering = ORDERINGS[sort]
        self.page_size = page_size or NewestFirst.page_size

    def is_position(self, text: str) -> bool:
        if self.sort == Sort.TITLE:
            return "\0" not in text
        if self.sort == Sort.LONGEST:
            return text.isascii() and text.isdigit() and len(text) < 19
        return super().is_position(text)


class TrashPages(NewestFirst):
    """Pages of the trash, what was put there last first."""

    ordering = ("-deleted_at", "-id")


def words_of(question: str) -> tuple[str, ...]:
    """Return the words to look for, folded, each once; () for a question of nothing."""
    legible = "".join(" " if category(sign) in {"Cc", "Cs"} else sign for sign in question[:LONGEST_QUESTION])
    return tuple(dict.fromkeys(folded(legible).split()))[:MOST_WORDS]


def listed(viewer: Viewer, wish: Wish) -> VideoQuerySet:
    """Return what the viewer wants to see of their library, with the columns that LibraryPages orders by."""
    videos = Video.objects.listed_for(viewer)
    if wish.mine is not None:
        mine = Q(author_id=viewer.person_id)
        videos = videos.filter(mine if wish.mine else ~mine)
    for word in wish.words:
        videos = videos.filter(_holds_in_its_row(word) | Q(pk__in=_said(viewer, [word]).values("video_id")))
    if wish.sort == Sort.TITLE:
        return videos.annotate(folded_title=Folded(F("title")))
    if wish.sort == Sort.LONGEST:
        return videos.annotate(length_ms=Coalesce("duration_ms", 0))
    return videos


def said_in(viewer: Viewer, videos: Iterable[Video], words: tuple[str, ...]) -> dict[int, Comment]:
    """Return for each of these videos the first comment that holds one of the words, where there is one.

    The database looks for the first ones: a word like "the" stands in thousands.
    """
    if not words:
        return {}
    said = _said(viewer, words).filter(video__in=[video.pk for video in videos]).order_by()
    firsts = said.values("video_id").annotate(first=Min("pk")).values_list("first", flat=True)
    return {comment.video_id: comment for comment in Comment.objects.filter(pk__in=list(firsts))}


def _said(viewer: Viewer, words: Iterable[str]) -> QuerySet[Comment]:
    """Return the comments this viewer may read that hold any of the words."""
    condition = Q(pk__in=[])
    for word in words:
        condition |= holds("body", word)
    return Comment.objects.viewable_by(viewer).filter(condition, deleted_at__isnull=True)


def _holds_in_its_row(word: str) -> Any:
    space = Value("\n")  # no word spans two of them: words hold no white space
    return holds(Concat("title", space, "author_name", space, "description", output_field=models.TextField()), word)
