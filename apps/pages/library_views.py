"""The library, and the trash: what a member has and may see, to be found, chosen from, put away and taken back."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode, urlsplit

from django.contrib.auth.decorators import login_required
from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext_lazy as _
from django.views.decorators.csrf import ensure_csrf_cookie
from django.views.decorators.http import require_POST, require_safe
from rest_framework.exceptions import NotFound
from rest_framework.request import Request

from apps.comments.models import Comment
from apps.core.api import viewer_of
from apps.core.viewer import Viewer
from apps.insights import services as insights
from apps.insights.news import new_for
from apps.pages.listing import LibraryPages, Sort, TrashPages, Wish, listed, said_in, words_of
from apps.pages.snippets import Snippet, snippet_of
from apps.sharing import services as sharing
from apps.sharing.serializers import play_url, poster_url
from apps.videos.errors import failure_sentence
from apps.videos.models import Video

PAGE_SIZE = 48  # fills rows of two, three and four cards
NEWS_OPEN = 5  # the lines that stand open; the others fold out
MOST_NEWS = 40  # who has more than that begins with the library itself
SHOWN = {"": _("All"), "mine": _("Mine"), "workspace": _("Workspace")}


@dataclass(frozen=True)
class Card:
    """One video in the library, with what the page shows of it beyond its row."""

    video: Video
    poster_url: str | None
    preview_url: str | None
    share_url: str | None
    failure_sentence: str
    is_mine: bool
    can_delete: bool
    comments_count: int
    said: Comment | None  # the first comment that holds a word that was looked for
    snippet: Snippet | None

    @property
    def is_private(self) -> bool:
        """Return whether fewer than all members see it, which a card says."""
        return self.video.visibility != Video.Visibility.WORKSPACE


@dataclass(frozen=True)
class Choice:
    """One of several ways to see the library, with the query that asks for it."""

    label: Any
    query: str
    is_current: bool


@require_safe
@ensure_csrf_cookie
def library(request: HttpRequest) -> HttpResponse:
    """My videos and my workspaces', newest first, or as asked; sign-in for whoever is not signed in.

    Who belongs to no workspace any more has no videos and can make none, and is told so.

    `?q=` looks for words, `?show=mine` and `?show=workspace` leave the others out, `?sort=` is one of Sort.
    `?part=cards` gives the cards alone, to be put below those that are there.
    """
    viewer = viewer_of(request)
    if viewer.person_id is None:
        return redirect("account_login")
    if not viewer.workspace_ids:
        return render(request, "workspaces/none.html")
    show = request.GET.get("show", "")
    question = request.GET.get("q", "").strip()
    sort = request.GET.get("sort", "")
    wish = Wish(
        words=words_of(question),
        mine={"mine": True, "workspace": False}.get(show),
        sort=Sort(sort) if sort in Sort.values else Sort.NEWEST,
    )
    pages = LibraryPages(wish.sort, page_size=PAGE_SIZE)
    rows = listed(viewer, wish).select_related("current_publication", "current_source")
    try:
        videos = pages.paginate_queryset(rows, Request(request)) or []
    except NotFound:  # a cursor of another order, or of nobody's
        return redirect("library")
    context: dict[str, Any] = {
        "cards": _cards(request, viewer, videos, wish.words),
        "next": _query_of(pages.get_next_link()),
    }
    if request.GET.get("part") == "cards":
        return render(request, "pages/cards.html", context)
    asked = {"q": question, "show": show if wish.mine is not None else "", "sort": wish.sort if sort else ""}
    is_plain = not question and wish.mine is None and "cursor" not in request.GET
    context |= {
        "question": question if wish.words else "",
        "show": asked["show"],
        "shows": [Choice(label, _query(asked, show=name), name == asked["show"]) for name, label in SHOWN.items()],
        "sort": wish.sort,
        "sorts": [Choice(choice.label, _query(asked, sort=choice.value), choice == wish.sort) for choice in Sort],
        "all_of_it": _query(asked, q=""),
        "first_page": _query(asked) if "cursor" in request.GET else "",
        **(_news(request) if is_plain else {}),
    }
    return render(request, "pages/library.html", context)


@require_POST
@login_required
def set_aside(request: HttpRequest) -> HttpResponse:
    """Mark all as seen: what was new when the page was made, as it says itself; what came since stays new."""
    try:
        until = parse_datetime(request.POST.get("until", ""))
    except ValueError:
        until = None
    if until is None or timezone.is_naive(until):
        until = timezone.now()
    insights.set_all_aside(person=request.user, until=until)  # type: ignore[arg-type]  # login_required
    return redirect("library")


@require_safe
@ensure_csrf_cookie
@login_required
def trash(request: HttpRequest) -> HttpResponse:
    """What this member may take out of the trash, or delete for good, the last one first."""
    viewer = viewer_of(request)
    looked_at = timezone.now()
    pages = TrashPages()
    pages.page_size = PAGE_SIZE
    rows = Video.objects.restorable_by(viewer)
    try:
        videos = pages.paginate_queryset(rows, Request(request)) or []
    except NotFound:
        return redirect("trash")
    context: dict[str, Any] = {"videos": videos, "viewer": viewer, "next": _query_of(pages.get_next_link())}
    if request.GET.get("part") == "cards":
        return render(request, "pages/trashed.html", context)
    total = rows.count()
    context |= {
        "total": total,
        "of_others": total - rows.filter(author_id=viewer.person_id).count(),
        "looked_at": looked_at.isoformat(),
    }
    return render(request, "pages/trash.html", context)


def _news(request: HttpRequest) -> dict[str, Any]:
    looked_at = timezone.now()
    news = new_for(request.user, most=MOST_NEWS)  # type: ignore[arg-type]  # a viewer with a person_id is signed in
    return {"news": news[:NEWS_OPEN], "more_news": news[NEWS_OPEN:], "looked_at": looked_at.isoformat()}


def _cards(request: HttpRequest, viewer: Viewer, videos: Sequence[Video], words: tuple[str, ...]) -> list[Card]:
    """Return the cards of one page; the number of queries does not grow with it."""
    ids = [video.pk for video in videos]
    deletable = set(Video.objects.deletable_by(viewer).filter(pk__in=ids).values_list("pk", flat=True))
    links = sharing.first_share_links(video for video in videos if video.author_id == viewer.person_id)
    spoken = Comment.objects.viewable_by(viewer).filter(video__in=ids, deleted_at__isnull=True).order_by()
    counts = dict(spoken.values_list("video").annotate(Count("pk")))
    said = said_in(viewer, videos, words)
    return [
        Card(
            video=video,
            poster_url=poster_url(request=request, viewer=viewer, video=video, is_listed=True),
            preview_url=_preview_url(request, viewer, video),
            share_url=sharing.url_of(links[video.pk]) if video.pk in links else None,
            failure_sentence=failure_sentence(video.failure_code if video.status == Video.Status.FAILED else ""),
            is_mine=video.author_id == viewer.person_id,
            can_delete=video.pk in deletable,
            comments_count=counts.get(video.pk, 0),
            said=said.get(video.pk),
            snippet=snippet_of(said[video.pk].body, words) if video.pk in said else None,
        )
        for video in videos
    ]


def _preview_url(request: HttpRequest, viewer: Viewer, video: Video) -> str | None:
    if video.current_publication is None or not video.current_publication.preview_key:
        return None
    return play_url(request=request, viewer=viewer, video=video, name="preview.webp", is_listed=True)


def _query(asked: dict[str, str], **other: str) -> str:
    """Return what is asked, with some of it otherwise, as the query of an address; "?" for nothing."""
    return "?" + urlencode({name: value for name, value in {**asked, **other}.items() if value})


def _query_of(link: str | None) -> str:
    """Return the query of the next page's address without `part`, "" for none."""
    if link is None:
        return ""
    kept = [pair for pair in urlsplit(link).query.split("&") if not pair.startswith("part=")]
    return "?" + "&".join(kept)
