"""The pages about a workspace: setting up, its name, its settings, leaving it."""

from django.contrib import messages
from django.contrib.auth import login, logout
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from apps.core.errors import DomainError
from apps.workspaces import people, services
from apps.workspaces.chosen import membership_of, needs_workspace, query_of
from apps.workspaces.forms import AccountForm, WorkspaceForm, WorkspaceNameForm
from apps.workspaces.models import Membership

SIGNS_IN = "allauth.account.auth_backends.AuthenticationBackend"


@require_http_methods(["GET", "HEAD", "POST"])
def setup(request: HttpRequest, key: str) -> HttpResponse:
    """Make the first owner and sign them in; 404 for a wrong key, 410 once there is an owner."""
    if not services.is_setup_key(key):
        raise Http404
    if services.has_owner():
        return render(request, "workspaces/setup_done.html", status=410)
    form = AccountForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            person = services.set_up(**form.cleaned_data)
        except DomainError as error:
            form.add_error(None, str(error.detail))
        else:
            login(request, person, backend=SIGNS_IN)
            return redirect("name-workspace")
    return render(request, "workspaces/setup.html", {"form": form}, status=422 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def name_workspace(request: HttpRequest) -> HttpResponse:
    """The second step of setting up: what the team is called, with a proposal; then the recorder."""
    membership = membership_of(request)
    if not membership.is_owner:
        raise Http404
    form = WorkspaceNameForm(request.POST if request.method == "POST" else None, instance=membership.workspace)
    if request.method == "POST" and form.is_valid():
        services.edit_workspace(
            workspace=membership.workspace,
            name=form.cleaned_data["name"],
            links_enabled=membership.workspace.links_enabled,
        )
        return redirect("record")
    return render(request, "workspaces/name.html", {"form": form}, status=422 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
@needs_workspace
def workspace_settings(request: HttpRequest) -> HttpResponse:
    """Name and links, to be changed by owners and admins; every member reads them here, and leaves here."""
    membership = membership_of(request)
    if request.method == "POST" and not membership.manages:
        raise Http404
    form = WorkspaceForm(request.POST if request.method == "POST" else None, instance=membership.workspace)
    if request.method == "POST" and form.is_valid():
        services.edit_workspace(workspace=membership.workspace, **form.cleaned_data)
        messages.success(request, _("Saved."))
        return redirect(f"{request.path}{query_of(request)}")
    if form.errors:
        membership.workspace.refresh_from_db()  # the form has written into it what was refused
    context = {"membership": membership, "form": form, "query": query_of(request)}
    return render(request, "workspaces/settings.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def leave(request: HttpRequest) -> HttpResponse:
    """Ask once, then end one's own membership; who belongs to no workspace any more is signed out."""
    membership = membership_of(request)
    error = ""
    if request.method == "POST":
        try:
            belongs_elsewhere = people.end_membership(of=membership)
        except DomainError as refused:
            error = str(refused.detail)
        else:
            if not belongs_elsewhere:
                logout(request)
            messages.success(request, _("You have left %(name)s.") % {"name": membership.workspace.name})
            return redirect("library" if belongs_elsewhere else "account_login")
    context = {
        "membership": membership,
        "query": query_of(request),
        "error": error,
        "is_last": not Membership.objects.filter(person_id=membership.person_id).exclude(pk=membership.pk).exists(),
    }
    return render(request, "workspaces/leave.html", context, status=409 if error else 200)
