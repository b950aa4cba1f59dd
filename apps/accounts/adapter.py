"""How allauth behaves here: nobody signs up alone."""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest


class ClosedSignupAdapter(DefaultAccountAdapter):
    """People come by the setup link, by an owner's hand or by an invitation, never by a sign-up form."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def populate_username(self, request: HttpRequest, user: Any) -> None:
        """Do nothing: the e-mail is the name."""
