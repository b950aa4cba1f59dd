"""The page behind an invite: for somebody who is signed in, has an account, or has none yet."""

from django.contrib.auth import login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods

from apps.core import throttles
from apps.core.errors import DomainError
from apps.workspaces import invites
from apps.workspaces.errors import InviteEnded
from apps.workspaces.forms import AccountForm
from apps.workspaces.models import Invite, Membership
from apps.workspaces.views import SIGNS_IN


@require_http_methods(["GET", "HEAD", "POST"])
def invite(request: HttpRequest, key: str) -> HttpResponse:
    """Join a workspace and land on what one was invited to. 404 for a wrong key, 410 with the reason where it ended.

    Who is a member already lands there, too, also by an invite that has ended.
    """
    found = get_object_or_404(Invite.objects.select_related("workspace", "created_by"), key=key)
    try:
        if request.user.is_authenticated:
            return _join(request, found)
        invites.check_open(found)
        return _make_account(request, found)
    except InviteEnded as error:
        return render(request, "workspaces/invite_ended.html", {"sentence": error.detail}, status=error.status_code)


def _join(request: HttpRequest, found: Invite) -> HttpResponse:
    """Let somebody who is signed in join by one click."""
    person = request.user
    if not person.is_authenticated or Membership.objects.filter(workspace=found.workspace, person=person).exists():
        return _landing(found)
    invites.check_open(found)
    if request.method == "POST":
        invites.join(invite=found, person=person)
        return _landing(found)
    return render(request, "workspaces/invite.html", {"invite": found})


def _make_account(request: HttpRequest, found: Invite) -> HttpResponse:
    form = AccountForm(request.POST if request.method == "POST" else None, initial={"email": found.email})
    if request.method == "POST" and form.is_valid():
        throttles.take("new_accounts", throttles.address_of(request))
        throttles.take("new_accounts", "invite", found.pk)
        try:
            person = invites.join_with_new_account(invite=found, **form.cleaned_data)
        except InviteEnded:
            raise
        except DomainError as error:
            form.add_error("email", str(error.detail))
        else:
            login(request, person, backend=SIGNS_IN)
            return _landing(found)
    return render(
        request, "workspaces/invite.html", {"invite": found, "form": form}, status=422 if form.errors else 200
    )


def _landing(found: Invite) -> HttpResponse:
    """Return the way to what the person was invited to; checked again, as a row may be older than a rule."""
    return redirect(invites.local_path(found.lands_on) or "library")
