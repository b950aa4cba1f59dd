"""The page of a workspace's people: who belongs to it, as what, and who is invited."""

from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from apps.core import mail
from apps.core.errors import DomainError, TooMany
from apps.workspaces import invites
from apps.workspaces import people as services
from apps.workspaces.chosen import membership_of, needs_workspace, query_of
from apps.workspaces.forms import InviteLinkForm, InviteMailForm, RemoveForm, RoleForm
from apps.workspaces.models import Invite, Membership


@require_safe
@login_required
@needs_workspace
def people(request: HttpRequest) -> HttpResponse:
    """Who belongs to the workspace; for owners and admins also invites and what changes members.

    `?lands_on=/v/…/` makes invites from here lead to that page, as when somebody is invited to a video; it stays in
    the address while one invite after the other is made.
    """
    return _page(request, membership_of(request))


@require_POST
@login_required
def make_invite_link(request: HttpRequest) -> HttpResponse:
    """Make a link to be handed around."""
    membership = _managing(request)
    form = InviteLinkForm(request.POST, by=membership)
    if not form.is_valid():
        return _page(request, membership, link_form=form)
    invites.make_link(by=membership, **form.cleaned_data)
    messages.success(request, _("The invite link is ready. Copy it below and hand it over."))
    return _back_to_invites(request)


@require_POST
@login_required
def send_invites(request: HttpRequest) -> HttpResponse:
    """Invite people by mail, and say of each mail that did not go out that its link is there; members get none."""
    membership = _managing(request)
    form = InviteMailForm(request.POST, by=membership)
    if not mail.is_configured():
        raise Http404
    if not form.is_valid():
        return _page(request, membership, mail_form=form)
    sent = 0
    members = set(membership.workspace.memberships.values_list("person__email", flat=True))
    for email in form.cleaned_data["emails"]:
        if email in members:
            messages.info(request, _("%(email)s is a member already.") % {"email": email})
            continue
        try:
            _invite, was_sent = invites.invite_by_mail(
                by=membership, email=email, role=form.cleaned_data["role"], lands_on=form.cleaned_data["lands_on"]
            )
        except TooMany as error:
            messages.error(request, _("%(email)s was not invited.") % {"email": email} + f" {error.detail}")
            break
        sent += was_sent
        if not was_sent:
            sentence = _("The mail to %(email)s could not be sent. The invitation is there: copy its link below.")
            messages.error(request, sentence % {"email": email})
    if sent:
        told = ngettext("%(count)d invitation is on its way.", "%(count)d invitations are on their way.", sent)
        messages.success(request, told % {"count": sent})
    return _back_to_invites(request)


@require_POST
@login_required
def revoke_invite(request: HttpRequest, public_id: str) -> HttpResponse:
    """End an invite at once."""
    found = get_object_or_404(Invite.objects.manageable_by(_managing(request)), public_id=public_id)
    invites.revoke_invite(invite=found)
    messages.success(request, _("The invite is revoked."))
    return _back_to_invites(request)


@require_POST
@login_required
def change_role(request: HttpRequest, public_id: str) -> HttpResponse:
    """Give a member another role; oneself too, as an owner who hands over."""
    membership = _managing(request)
    changed = _member(request, membership, public_id, with_oneself=True)
    form = RoleForm(request.POST, by=membership)
    if form.is_valid():
        try:
            services.change_role(by=membership, of=changed, role=form.cleaned_data["role"])
        except DomainError as error:
            messages.error(request, str(error.detail))
        else:
            messages.success(request, _("Saved."))
    return _back(request, "members")


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def remove_member(request: HttpRequest, public_id: str) -> HttpResponse:
    """Ask once, then end somebody's membership."""
    membership = _managing(request)
    removed = _member(request, membership, public_id)
    form = RemoveForm(request.POST if request.method == "POST" else None)
    error = ""
    if request.method == "POST" and form.is_valid():
        try:
            services.end_membership(of=removed)
        except DomainError as refused:
            error = str(refused.detail)
        else:
            if form.cleaned_data["revoke_links"]:
                invites.revoke_open_links(by=membership)
            messages.success(request, _("%(name)s is removed.") % {"name": removed.person.display_name})
            return _back(request, "members")
    open_links = Invite.objects.open().manageable_by(membership).count()
    context = {"removed": removed, "form": form, "open_links": open_links, "error": error, "query": query_of(request)}
    return render(request, "workspaces/remove.html", context, status=409 if error else 200)


@require_POST
@login_required
def make_password_link(request: HttpRequest, public_id: str) -> HttpResponse:
    """Show a link at which a member sets a password, this once."""
    membership = membership_of(request)
    found = Membership.objects.given_passwords_by(membership).select_related("person")
    member = get_object_or_404(found, person__public_id=public_id)
    context = {"member": member, "link": services.password_link(of=member), "query": query_of(request)}
    return render(request, "workspaces/password_link.html", context)


def _page(
    request: HttpRequest,
    membership: Membership,
    *,
    link_form: InviteLinkForm | None = None,
    mail_form: InviteMailForm | None = None,
) -> HttpResponse:
    lands_on = _lands_on(request)
    members = membership.workspace.memberships.select_related("person").order_by("person__name", "person__email")
    manageable = set(Membership.objects.manageable_by(membership).values_list("pk", flat=True))
    given_passwords = set(Membership.objects.given_passwords_by(membership).values_list("pk", flat=True))
    context: dict[str, Any] = {
        "membership": membership,
        "members": [
            {
                "row": member,
                "is_me": member.pk == membership.pk,
                "may_manage": member.pk in manageable,
                "may_give_password": member.pk in given_passwords,
            }
            for member in members
        ],
        "roles": membership.roles_to_give,
        "open_invites": Invite.objects.open().manageable_by(membership).select_related("created_by").order_by("-pk"),
        "link_form": link_form or InviteLinkForm(by=membership, initial={"lands_on": lands_on}),
        "mail_form": mail_form or InviteMailForm(by=membership, initial={"lands_on": lands_on}),
        "mail_is_configured": mail.is_configured(),
        "lands_on": lands_on,
        "query": query_of(request),
        "invites_query": _invites_query(request),
    }
    refused = any(form is not None and form.errors for form in (link_form, mail_form))
    return render(request, "workspaces/people.html", context, status=422 if refused else 200)


def _managing(request: HttpRequest) -> Membership:
    membership = membership_of(request)
    if not membership.manages:
        raise Http404
    return membership


def _member(request: HttpRequest, membership: Membership, public_id: str, *, with_oneself: bool = False) -> Membership:
    found = Membership.objects.manageable_by(membership)
    if with_oneself:
        found = found | Membership.objects.filter(pk=membership.pk)
    return get_object_or_404(found.select_related("person", "workspace"), person__public_id=public_id)


def _lands_on(request: HttpRequest) -> str:
    """Return the page of ours that `?lands_on=` names, "" for none."""
    return invites.local_path(request.GET.get("lands_on", ""))


def _invites_query(request: HttpRequest) -> str:
    """Return what keeps the workspace and the landing page in addresses: query_of's, with `lands_on` beside it."""
    query, lands_on = query_of(request), _lands_on(request)
    return query + ("&" if query else "?") + urlencode({"lands_on": lands_on}) if lands_on else query


def _back_to_invites(request: HttpRequest) -> HttpResponse:
    return redirect(f"{reverse('invite-people')}{_invites_query(request)}#invites")


def _back(request: HttpRequest, anchor: str) -> HttpResponse:
    return redirect(f"{reverse('invite-people')}{query_of(request)}#{anchor}")
