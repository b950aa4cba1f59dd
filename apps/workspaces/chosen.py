"""Which workspace a settings page is about: the one that `?in=` names, else the person's first one."""

import re
from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render

from apps.workspaces.models import Membership


def membership_of(request: HttpRequest) -> Membership:
    """Return the membership of who is signed in, as it is now. Raises Http404 for a workspace that is not theirs."""
    user: Any = request.user
    found = Membership.objects.filter(person=user).select_related("workspace", "person").order_by("workspace_id")
    asked = _asked(request)
    membership = (found.filter(workspace__public_id=asked) if asked else found).first()
    if membership is None:
        raise Http404
    return membership


def query_of(request: HttpRequest) -> str:
    """Return what keeps the choice in the addresses of a page, "?in=…" or ""."""
    asked = _asked(request)
    return f"?in={asked}" if asked else ""


def needs_workspace(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Let a page that the menu leads to say so where who is signed in belongs to no workspace, instead of 404."""

    @wraps(view)
    def checked(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        user: Any = request.user
        if not Membership.objects.filter(person=user).exists():
            return render(request, "workspaces/none.html")
        return view(request, *args, **kwargs)

    return checked


def _asked(request: HttpRequest) -> str:
    """Return the public id in `?in=`, "" where there is none; what cannot be one names no workspace either."""
    asked = request.GET.get("in", "")
    return asked if re.fullmatch(r"[A-Za-z0-9_-]*", asked) else "-"
