"""The pages people see: library, recorder, upload, and the watch page for members and for links."""

from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.contrib.auth.views import redirect_to_login
from django.core.paginator import Paginator
from django.db.models import Count, Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.csrf import ensure_csrf_cookie
from django.views.decorators.http import require_http_methods, require_safe

from apps.core.api import viewer_of
from apps.core.errors import DomainError, Expired
from apps.core.viewer import Viewer
from apps.pages.forms import UnlockForm
from apps.sharing import services as sharing
from apps.sharing.api import open_link
from apps.sharing.models import Guest
from apps.sharing.playback import playback_of
from apps.sharing.serializers import play_url
from apps.sharing.viewers import best_token, identify, remember_link, rights_of
from apps.videos.errors import failure_sentence
from apps.videos.models import Video

LIBRARY_PAGE = 60  # cards on one page


@dataclass(frozen=True)
class Card:
    """One video in the library, with what the page shows of it beyond its row."""

    video: Video
    poster_url: str | None
    share_url: str | None
    failure_sentence: str
    can_delete: bool


@require_safe
@ensure_csrf_cookie
def library(request: HttpRequest) -> HttpResponse:
    """My videos and my workspaces', newest first; sign-in for whoever is not signed in."""
    viewer = viewer_of(request)
    if viewer.person_id is None:
        return redirect("account_login")
    listed = (
        Video.objects.listed_for(viewer)
        .select_related("current_publication", "author")
        .annotate(comments_count=Count("comments", filter=Q(comments__deleted_at__isnull=True)))
        .order_by("-created_at", "-pk")
    )
    context = {
        "my_videos": _cards(request, viewer, listed.filter(author_id=viewer.person_id), "mine"),
        "workspace_videos": _cards(request, viewer, listed.exclude(author_id=viewer.person_id), "workspace"),
    }
    return render(request, "pages/library.html", context)


@require_safe
@ensure_csrf_cookie
@login_required
def record(request: HttpRequest) -> HttpResponse:
    """The recorder."""
    return render(request, "pages/record.html")


@require_safe
@ensure_csrf_cookie
@login_required
def upload(request: HttpRequest) -> HttpResponse:
    """The page to bring files."""
    return render(request, "pages/upload.html")


@require_safe
@ensure_csrf_cookie
def watch(request: HttpRequest, public_id: str) -> HttpResponse:
    """The watch page for members. Who is not signed in and has no link is asked to sign in, whatever the id."""
    viewer = viewer_of(request)
    video = _with_rows(Video.objects.viewable_by(viewer)).filter(public_id=public_id).first()
    if video is None:
        if viewer.person_id is None:
            return redirect_to_login(request.path)
        raise Http404
    return _watch_page(request, viewer, video, share_token=None)


@require_http_methods(["GET", "HEAD", "POST"])
@ensure_csrf_cookie
def share(request: HttpRequest, token: str) -> HttpResponse:
    """The watch page behind a share link.

    404 where there is none, 410 for an expired one, 403 with a form where it asks for a password.
    """
    try:
        link = open_link(token)
    except Expired:
        return render(request, "core/expired.html", status=410)
    share_token = best_token(request, link, given=token)
    form = UnlockForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            share_token = sharing.unlock(link=link, password=form.cleaned_data["password"])
        except DomainError as error:
            form.add_error("password", str(error.detail))
    rights = rights_of(link, share_token=share_token)
    if rights.needs_password:
        return render(request, "pages/unlock.html", {"form": form}, status=403)
    if request.method == "POST":
        unlocked = redirect("share", token=link.token)
        remember_link(request, unlocked, share_token=share_token)
        return unlocked
    viewer = viewer_of(request).with_link(rights)
    video = get_object_or_404(_with_rows(Video.objects.viewable_by(viewer)), pk=link.video_id)
    sharing.note_use(link=link)
    response = _watch_page(request, viewer, video, share_token=share_token)
    remember_link(request, response, share_token=share_token)
    return response


def _watch_page(request: HttpRequest, viewer: Viewer, video: Video, *, share_token: str | None) -> HttpResponse:
    link = viewer.link_for(video.pk)
    is_author = viewer.person_id is not None and viewer.person_id == video.author_id
    is_member = is_author or Video.objects.listed_for(viewer).filter(pk=video.pk).exists()
    guest = _guest(request, video) if viewer.person_id is None else None
    context: dict[str, Any] = {
        "video": video,
        "viewer": viewer,
        "share_token": None if is_member else share_token,
        "copy_url": _copy_url(request, video, is_author=is_author),
        "is_author": is_author,
        "is_member": is_member,
        "can_comment": Video.objects.commentable_by(viewer).filter(pk=video.pk).exists(),
        "shows_conversation": is_member or (link is not None and link.conversation != "none"),
        "needs_name": viewer.person_id is None and guest is None,
        "guest_name": guest.name if guest else "",
        "playback": playback_of(request=request, viewer=viewer, video=video),
        "failure_sentence": failure_sentence(video.failure_code),
    }
    return render(request, "pages/watch.html", context)


def _cards(request: HttpRequest, viewer: Viewer, videos: QuerySet[Video], name: str) -> Any:
    """Return one page of cards; `?mine=2` and `?workspace=2` turn the pages of the two lists."""
    page: Any = Paginator(videos, LIBRARY_PAGE).get_page(request.GET.get(name))
    shown = list(page.object_list)
    deletable = Video.objects.deletable_by(viewer).filter(pk__in=[video.pk for video in shown])
    can_delete = set(deletable.values_list("pk", flat=True))
    page.object_list = [_card(request, viewer, video, can_delete=video.pk in can_delete) for video in shown]
    return page


def _card(request: HttpRequest, viewer: Viewer, video: Video, *, can_delete: bool) -> Card:
    shown = video.current_publication
    has_poster = shown is not None and bool(shown.poster_key)
    link = sharing.first_share_link(video) if video.author_id == viewer.person_id else None
    return Card(
        video=video,
        poster_url=play_url(request=request, viewer=viewer, video=video, name="poster.jpg") if has_poster else None,
        share_url=sharing.url_of(link) if link else None,
        failure_sentence=failure_sentence(video.failure_code),
        can_delete=can_delete,
    )


def _copy_url(request: HttpRequest, video: Video, *, is_author: bool) -> str | None:
    """Return what Copy link gives: the author's share link, else the address of this page."""
    if is_author:
        link = sharing.first_share_link(video)
        return sharing.url_of(link) if link else None
    return f"{settings.ADDRESS.url}{request.path}"


def _guest(request: HttpRequest, video: Video) -> Guest | None:
    try:
        guest = identify(request).guest
    except DomainError:
        return None
    return guest if guest is not None and guest.workspace_id == video.workspace_id else None


def _with_rows(videos: QuerySet[Video]) -> QuerySet[Video]:
    return videos.select_related("current_publication", "current_source", "author", "workspace")
