"""How allauth behaves here: nobody signs up alone, mails follow our address, limits count real addresses."""

from typing import Any, ClassVar

from allauth.account.adapter import DefaultAccountAdapter
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from apps.accounts import services
from apps.core import mail, throttles

GUESSING_ENDS_S = 300  # by allauth's own limit: five wrong passwords for an account in five minutes


class ClosedSignupAdapter(DefaultAccountAdapter):
    """People come by the setup link, by an owner's hand or by an invitation, never by a sign-up form."""

    error_messages: ClassVar[dict[str, Any]] = {
        **DefaultAccountAdapter.error_messages,
        "too_many_login_attempts": _("Those were too many wrong passwords. Please try again in 5 minutes."),
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def populate_username(self, request: HttpRequest, user: Any) -> None:
        """Do nothing: the e-mail is the name."""

    def post_login(self, request: HttpRequest, user: Any, **details: Any) -> HttpResponse:
        """Learn the time zone that the sign-in form has brought from the browser."""
        services.learn_zone(person=user, time_zone=request.POST.get("time_zone", ""))
        answer: HttpResponse = super().post_login(request, user, **details)
        return answer

    def get_reset_password_from_key_url(self, key: str) -> str:
        """Return the link in a mail: on our own address, whatever Host the request came with."""
        uidb36, _, rest = key.partition("-")
        path = reverse("account_reset_password_from_key", kwargs={"uidb36": uidb36, "key": rest})
        return f"{settings.ADDRESS.url}{path}"

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Send, and go on when the mail server is away: the page says the same whether there is an account or not."""
        mail.deliver(self.render_mail(template_prefix, email, {**context, "address": settings.ADDRESS.url}))

    def get_client_ip(self, request: HttpRequest) -> str:
        """Return the address that limits count by: the visitor's, not that of the proxy before us."""
        return throttles.address_of(request) or "unknown"
