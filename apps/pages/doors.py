"""What stands before a shared video: the form for its password, then the one for a name.

Both are sent to the link's own address. They say nothing about the video, and lead back to the same address,
with the moment or the comment that it names.
"""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from apps.core import throttles
from apps.core.errors import DomainError, TooMany
from apps.core.ids import new_token
from apps.pages.forms import NameForm, UnlockForm
from apps.sharing import services as sharing
from apps.sharing.errors import NameNeeded, PasswordNeeded
from apps.sharing.models import ShareLink
from apps.sharing.viewers import remember_guest, remember_link


def ask_password(request: HttpRequest, link: ShareLink) -> HttpResponse:
    """Return the form (403, or 429 after too many tries), or with the right password the way in."""
    form = UnlockForm(request.POST or None)
    refused: DomainError = PasswordNeeded()
    if request.method == "POST" and form.is_valid():
        password, address = form.cleaned_data["password"], throttles.address_of(request)
        try:
            share_token = sharing.unlock(link=link, password=password, address=address)
        except DomainError as error:
            refused = error
            form.add_error("password", str(error.detail))
        else:
            opened = redirect(request.get_full_path())
            remember_link(request, opened, share_token=share_token)
            return opened
    return _closed(render(request, "pages/unlock.html", {"form": form}, status=refused.status_code), refused)


def ask_name(request: HttpRequest, link: ShareLink, *, share_token: str) -> HttpResponse:
    """Return the form (403), or with a name the way in, as a guest of that name."""
    form = NameForm(request.POST if "name" in request.POST else None)
    refused: DomainError = NameNeeded()
    if request.method == "POST" and form.is_valid():
        try:
            throttles.take("guests", throttles.address_of(request))
        except TooMany as error:
            refused = error
            form.add_error("name", str(error.detail))
        else:
            guest_token = new_token()
            sharing.create_guest(workspace=link.video.workspace, name=form.cleaned_data["name"], token=guest_token)
            opened = redirect(request.get_full_path())
            remember_guest(opened, guest_token=guest_token)
            remember_link(request, opened, share_token=share_token)
            return opened
    return _closed(render(request, "pages/give-name.html", {"form": form}, status=refused.status_code), refused)


def _closed(response: HttpResponse, refused: DomainError) -> HttpResponse:
    if refused.wait_s is not None:
        response["Retry-After"] = str(refused.wait_s)
    return response
