"""What people fill in about teams: setup, an account by an invite, the workspace, invites and roles."""

import re
from typing import Any

from django import forms
from django.contrib.auth import password_validation
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from apps.accounts.models import Person
from apps.core.forms import LineField
from apps.workspaces.models import Membership, Workspace

ADDRESSES_AT_ONCE = 20  # each mail is sent while the page waits


class AccountForm(forms.Form):
    """Who somebody is that has no account yet. The browser fills in its time zone."""

    name = LineField(label=_("Your name"), max_length=80, widget=forms.TextInput({"autocomplete": "name"}))
    email = forms.EmailField(label=_("Email"), widget=forms.EmailInput({"autocomplete": "username"}))
    password = forms.CharField(
        label=_("Password"),
        strip=False,
        max_length=1000,  # the hash takes longer for longer ones
        widget=forms.PasswordInput({"autocomplete": "new-password"}),
        help_text=_("At least 10 characters."),
    )
    time_zone = forms.CharField(required=False, max_length=64, widget=forms.HiddenInput({"data-time-zone": ""}))

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        password = cleaned.get("password")
        if password:
            person = Person(email=cleaned.get("email", ""), name=cleaned.get("name", ""))
            try:
                password_validation.validate_password(password, person)
            except ValidationError as error:
                self.add_error("password", error)
        return cleaned


class WorkspaceNameForm(forms.ModelForm):
    """What the team is called."""

    name = LineField(label=_("Name of your workspace"), max_length=80)

    class Meta:
        model = Workspace
        fields = ["name"]


class WorkspaceForm(WorkspaceNameForm):
    """The settings of a workspace."""

    links_enabled = forms.BooleanField(
        required=False,
        label=_("Share links work"),
        help_text=_(
            "Switched off, no share link of this workspace opens anything, at once. Switched on, they work again."
        ),
    )

    class Meta(WorkspaceNameForm.Meta):
        fields = ["name", "links_enabled"]


class RoleField(forms.ChoiceField):
    """One of the roles that a member may give."""

    def __init__(self, **options: Any) -> None:
        super().__init__(label=_("Role"), **options)

    def offer(self, membership: Membership) -> None:
        self.choices = [(role.value, role.label) for role in membership.roles_to_give]


class InviteLinkForm(forms.Form):
    """The rules of an invite link."""

    prefix = "link"

    days = forms.TypedChoiceField(
        label=_("Works for"),
        coerce=int,
        choices=[(1, _("1 day")), (7, _("7 days")), (30, _("30 days"))],
        initial=7,
    )
    max_uses = forms.TypedChoiceField(
        label=_("For"),
        coerce=int,
        empty_value=None,
        required=False,
        choices=[(1, _("1 person")), (5, _("5 people")), (25, _("25 people")), ("", _("any number"))],
        initial="",
    )
    role = RoleField()
    lands_on = forms.CharField(required=False, max_length=200, widget=forms.HiddenInput)

    def __init__(self, *args: Any, by: Membership, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["role"].offer(by)  # type: ignore[attr-defined]  # a RoleField


class InviteMailForm(forms.Form):
    """Who is invited by mail, as what."""

    prefix = "mail"

    emails = forms.CharField(
        label=_("Email addresses"),
        max_length=5000,
        widget=forms.Textarea({"rows": 3, "autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"}),
        help_text=_("One or several, each on a line or with a comma between."),
    )
    role = RoleField()
    lands_on = forms.CharField(required=False, max_length=200, widget=forms.HiddenInput)

    def __init__(self, *args: Any, by: Membership, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["role"].offer(by)  # type: ignore[attr-defined]  # a RoleField

    def clean_emails(self) -> list[str]:
        """Return the addresses in lower case, each once."""
        found = list(
            dict.fromkeys(address.lower() for address in re.split(r"[\s,;]+", self.cleaned_data["emails"]) if address)
        )
        for address in found:
            try:
                validate_email(address)
            except ValidationError as error:
                raise ValidationError(_now("“%(address)s” is no email address.") % {"address": address[:80]}) from error
        if len(found) > ADDRESSES_AT_ONCE:
            raise ValidationError(
                ngettext(
                    "At most %(count)d address at a time.", "At most %(count)d addresses at a time.", ADDRESSES_AT_ONCE
                )
                % {"count": ADDRESSES_AT_ONCE}
            )
        return found


class RoleForm(forms.Form):
    """Another role for a member."""

    role = RoleField()

    def __init__(self, *args: Any, by: Membership, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["role"].offer(by)  # type: ignore[attr-defined]  # a RoleField


class RemoveForm(forms.Form):
    """What goes with somebody who is removed."""

    revoke_links = forms.BooleanField(required=False, initial=True, label=_("Revoke the open invite links, too"))
