"""The page behind the setup link."""

from django.contrib.auth import login
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from apps.core.errors import DomainError
from apps.workspaces import services
from apps.workspaces.forms import SetupForm


@require_http_methods(["GET", "HEAD", "POST"])
def setup(request: HttpRequest, key: str) -> HttpResponse:
    """Make the first owner and sign them in; 404 for a wrong key and once there is an owner."""
    if not services.is_setup_key(key):
        raise Http404
    form = SetupForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            person = services.set_up(**form.cleaned_data)
        except DomainError as error:
            form.add_error(None, str(error.detail))
        else:
            login(request, person, backend="allauth.account.auth_backends.AuthenticationBackend")
            return redirect("library")
    return render(request, "workspaces/setup.html", {"form": form}, status=422 if form.errors else 200)
