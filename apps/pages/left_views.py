"""The page of videos whose authors have left: an owner passes them to a member, or deletes them.

It tells how many there are and never what they are: a private video is nobody else's until it is passed on.
"""

from dataclasses import dataclass

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import Count, Max, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from apps.accounts.models import Person
from apps.pages import services
from apps.videos import services as videos
from apps.videos.models import Video
from apps.workspaces.chosen import membership_of, query_of
from apps.workspaces.models import Workspace

DELETED_ACCOUNT = "nobody"  # stands for the author of videos whose author's row is gone; shorter than a public id


@dataclass(frozen=True)
class Left:
    """Somebody who left, and how many videos of theirs are here."""

    public_id: str
    name: str
    count: int


@require_safe
@login_required
def left_videos(request: HttpRequest) -> HttpResponse:
    """Who left videos behind, for owners."""
    workspace = _owned(request)
    rows = (
        Video.objects.left_behind_in(workspace)
        .values("author__public_id")
        .annotate(name=Max("author_name"), count=Count("pk"))
        .order_by("name", "author__public_id")
    )
    context = {
        "left": [Left(row["author__public_id"] or DELETED_ACCOUNT, row["name"], row["count"]) for row in rows],
        "members": _members(workspace),
        "query": query_of(request),
    }
    return render(request, "pages/left.html", context)


@require_POST
@login_required
def pass_on(request: HttpRequest, public_id: str) -> HttpResponse:
    """Make all videos of somebody who left a member's."""
    workspace = _owned(request)
    asked = request.POST.get("to", "")
    if not asked.isprintable():  # PostgreSQL fails on a NUL instead of missing it
        raise Http404
    to = get_object_or_404(_members(workspace), public_id=asked)
    count = videos.hand_over(videos=_of(workspace, public_id), to=to)
    told = ngettext("%(count)d video is %(name)s's now.", "%(count)d videos are %(name)s's now.", count)
    messages.success(request, told % {"count": count, "name": to.display_name})
    return _back(request)


@require_POST
@login_required
def delete(request: HttpRequest, public_id: str) -> HttpResponse:
    """Move all videos of somebody who left to the trash."""
    found = list(_of(_owned(request), public_id))
    for video in found:
        services.move_to_trash(video=video)
    told = ngettext("%(count)d video is in the trash.", "%(count)d videos are in the trash.", len(found))
    messages.success(request, told % {"count": len(found)})
    return _back(request)


def _owned(request: HttpRequest) -> Workspace:
    membership = membership_of(request)
    if not membership.is_owner:
        raise Http404
    return membership.workspace


def _members(workspace: Workspace) -> QuerySet[Person]:
    return Person.objects.filter(memberships__workspace=workspace, is_active=True).order_by("name", "email")


def _of(workspace: Workspace, public_id: str) -> QuerySet[Video]:
    """Return what one author has left behind; 404 where that is nothing, as for somebody who is a member still."""
    left = Video.objects.left_behind_in(workspace)
    if public_id == DELETED_ACCOUNT:
        found = left.filter(author__isnull=True)
    else:
        found = left.filter(author__in=Person.objects.filter(public_id=public_id))
    if not found.exists():
        raise Http404
    return found


def _back(request: HttpRequest) -> HttpResponse:
    return redirect(f"{reverse('left-videos')}{query_of(request)}")
