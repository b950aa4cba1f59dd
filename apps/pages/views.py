"""The pages people see: recorder, upload, and the watch page for members and for links.

The library and the trash stand in library_views.py.
"""

from typing import Any

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.contrib.auth.views import redirect_to_login
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.csrf import ensure_csrf_cookie
from django.views.decorators.http import require_http_methods, require_safe

from apps.comments import services as comments
from apps.comments.models import Comment
from apps.core import mail
from apps.core.api import viewer_of
from apps.core.errors import DomainError, Expired
from apps.core.viewer import Viewer
from apps.insights import services as insights
from apps.pages import doors, services
from apps.sharing import services as sharing
from apps.sharing.api import open_link
from apps.sharing.models import Guest
from apps.sharing.playback import playback_of
from apps.sharing.viewers import best_token, identify, remember_link, rights_of
from apps.videos.errors import failure_sentence
from apps.videos.models import Video
from apps.workspaces.chosen import needs_workspace

NOT_AHEAD = {"Retry-After": "60"}  # for a browser that fetches ahead: none of our pages within the next minute


@require_safe
@ensure_csrf_cookie
@login_required
@needs_workspace
def record(request: HttpRequest) -> HttpResponse:
    """The recorder."""
    is_alone = services.records_alone(author=request.user)  # type: ignore[arg-type]  # login_required
    return render(request, "pages/record.html", {"is_alone": is_alone})


@require_safe
@ensure_csrf_cookie
@login_required
@needs_workspace
def upload(request: HttpRequest) -> HttpResponse:
    """The page to bring files."""
    return render(request, "pages/upload.html")


@require_safe
@ensure_csrf_cookie
def watch(request: HttpRequest, public_id: str) -> HttpResponse:
    """The watch page for members. Who is not signed in and has no link is asked to sign in, whatever the id."""
    if _is_fetched_ahead(request):
        return HttpResponse(status=503, headers=NOT_AHEAD)
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

    404 where there is none, 410 for an expired one, 403 with a form where it asks for a password or a name.
    """
    if _is_fetched_ahead(request):
        return HttpResponse(status=503, headers=NOT_AHEAD)
    try:
        link = open_link(token)
    except Expired:
        return render(request, "core/expired.html", status=410)
    share_token = best_token(request, link, given=token)
    rights = rights_of(link, share_token=share_token)
    viewer = viewer_of(request).with_link(rights)
    if rights.needs_password:
        return doors.ask_password(request, link)
    if viewer.awaits_name(rights):
        return doors.ask_name(request, link, share_token=share_token)
    if request.method == "POST":  # a form of a door that was opened meanwhile, as in another tab
        return redirect(request.get_full_path())
    video = get_object_or_404(_with_rows(Video.objects.viewable_by(viewer)), pk=link.video_id)
    if request.method == "GET":  # a HEAD is a program's that looks whether a link is alive
        sharing.note_use(link=link)
    response = _watch_page(request, viewer, video, share_token=share_token)
    remember_link(request, response, share_token=share_token)
    return response


def _watch_page(request: HttpRequest, viewer: Viewer, video: Video, *, share_token: str | None) -> HttpResponse:
    if request.method == "GET":
        insights.note_opened(video=video, viewer=viewer)
    link = viewer.link_for(video.pk)
    is_author = video.is_own_of(viewer)
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
        "speaker": comments.speaker_key(viewer),
        "reaction_signs": comments.REACTION_SIGNS,
        "playback": playback_of(request=request, viewer=viewer, video=video),
        "failure_sentence": failure_sentence(video.failure_code),
    }
    context |= _way_back(viewer, video, guest, can_comment=context["can_comment"])
    return render(request, "pages/watch.html", context)


def _way_back(viewer: Viewer, video: Video, guest: Guest | None, *, can_comment: bool) -> dict[str, bool]:
    """Return what pages/way-back.html reads."""
    return {
        "offers_way_back": viewer.person_id is None and can_comment,
        "has_spoken": guest is not None and Comment.objects.written_by(viewer).filter(video=video).exists(),
        "offers_mail": mail.is_configured(),
    }


def _is_fetched_ahead(request: HttpRequest) -> bool:
    """Return whether a browser asks for a page that nobody has opened yet.

    It is refused: a page that was fetched ahead is shown later without asking us, and its opening would not count.
    """
    return "prefetch" in request.headers.get("Sec-Purpose", request.headers.get("Purpose", ""))


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
