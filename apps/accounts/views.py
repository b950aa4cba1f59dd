"""The pages of one's own settings: profile, picture, API tokens; signing in, and asking for a new password."""

from typing import Any

from allauth.account import views as allauth
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import NON_FIELD_ERRORS
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from apps.accounts import pictures, services
from apps.accounts.adapter import GUESSING_ENDS_S
from apps.accounts.forms import PictureForm, ProfileForm, TokenForm
from apps.accounts.models import ApiToken, Person
from apps.core import mail, throttles
from apps.core.api import viewer_of
from apps.core.errors import DomainError, TooMany
from apps.core.store import get_store
from media.portraits import PORTRAIT_TYPE
from media.store.errors import ObjectMissing, StoreError

PICTURE_KEPT_S = 86_400  # a path names one picture for ever; a day, so that a browser does not keep it much longer


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def settings(request: HttpRequest) -> HttpResponse:
    """Name, picture, time zone, digest, and the ways to password and tokens."""
    person = _myself(request)
    form = ProfileForm(request.POST if request.method == "POST" else None, instance=person)
    if request.method == "POST" and form.is_valid():
        services.edit_profile(person=person, **form.cleaned_data)
        messages.success(request, _("Saved."))
        return redirect("settings")
    return _settings_page(request, form=form)


@require_POST
@login_required
def picture(request: HttpRequest) -> HttpResponse:
    """Take a new picture, or say why this file cannot be one."""
    person = _myself(request)
    form = PictureForm(request.POST, request.FILES)
    try:
        if form.is_valid():
            given = form.cleaned_data["picture"]
            pictures.set_picture(person=person, source=given.file, size_bytes=given.size)
    except DomainError as error:
        form.errors.clear()
        form.add_error("picture", str(error.detail))
    if form.errors:
        return _settings_page(request, form=ProfileForm(instance=person), picture_form=form)
    messages.success(request, _("Saved."))
    return redirect("settings")


@require_POST
@login_required
def remove_picture(request: HttpRequest) -> HttpResponse:
    """Show the first letter of the name again."""
    pictures.remove_picture(person=_myself(request))
    messages.success(request, _("Your picture is removed."))
    return redirect("settings")


@require_safe
def person_picture(request: HttpRequest, public_id: str, name: str) -> HttpResponse:
    """Return the bytes of a picture, to who shares a workspace with the person."""
    person = get_object_or_404(Person.objects.seen_by(viewer_of(request)), public_id=public_id)
    if not person.picture_key or person.picture_key.rpartition("/")[2] != name:
        raise Http404
    try:
        data = b"".join(get_store().iter_bytes(person.picture_key))
    except ObjectMissing as error:
        raise Http404 from error
    except StoreError:
        return HttpResponse(status=503, headers={"Retry-After": "60"})  # the first letter stands in its place
    kept = f"private, max-age={PICTURE_KEPT_S}"
    return HttpResponse(data, content_type=PORTRAIT_TYPE, headers={"Cache-Control": kept})


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def tokens(request: HttpRequest) -> HttpResponse:
    """The person's API tokens; a new one is shown in the answer to its making, and never again."""
    person = _myself(request)
    form = TokenForm(request.POST if request.method == "POST" else None)
    made = ""
    if request.method == "POST" and form.is_valid():
        try:
            made = services.make_token(person=person, name=form.cleaned_data["name"])
        except DomainError as error:
            form.add_error(None, str(error.detail))
        else:
            form = TokenForm()
    context = {"form": form, "made": made, "tokens": ApiToken.objects.filter(person=person).order_by("-pk")}
    return render(request, "accounts/tokens.html", context, status=422 if form.errors else 200)


@require_POST
@login_required
def revoke_token(request: HttpRequest, pk: int) -> HttpResponse:
    """End one of one's own tokens."""
    services.revoke_token(token=get_object_or_404(ApiToken, pk=pk, person=_myself(request)))
    messages.success(request, _("The token is revoked."))
    return redirect("api-tokens")


class SignInView(allauth.LoginView):
    """allauth's, with 429 in place of 200 for who has guessed too often.

    Where nobody has an account yet, the page says how the first one is made.
    """

    def get_context_data(self, **context: Any) -> dict[str, Any]:
        shown: dict[str, Any] = super().get_context_data(**context, is_unused=not Person.objects.exists())
        return shown

    def form_invalid(self, form: Any) -> HttpResponse:
        response: HttpResponse = super().form_invalid(form)
        if form.has_error(NON_FIELD_ERRORS, "too_many_login_attempts"):
            response.status_code = TooMany.status_code
            response["Retry-After"] = str(GUESSING_ENDS_S)
        return response


def password_reset(request: HttpRequest) -> HttpResponseBase:
    """Ask for a mail with a link that sets a password; where no mail is sent, say whom to ask."""
    if not mail.is_configured():
        return render(request, "account/password_reset_by_hand.html")
    if request.method == "POST":
        throttles.take("password_mails", throttles.address_of(request))
        throttles.take("password_mails_to", request.POST.get("email", "").strip().lower())
    return allauth.password_reset(request)


def _settings_page(request: HttpRequest, *, form: ProfileForm, picture_form: PictureForm | None = None) -> HttpResponse:
    refused = bool(form.errors) or picture_form is not None
    if form.errors:
        form.instance.refresh_from_db()  # the form has written into it what was refused
    context = {"form": form, "picture_form": picture_form or PictureForm()}
    return render(request, "accounts/settings.html", context, status=422 if refused else 200)


def _myself(request: HttpRequest) -> Person:
    """Return who is signed in as a row of its own, so that a form may write into it."""
    user: Any = request.user
    return Person.objects.get(pk=user.pk)
