"""Forms of the pages."""

from django import forms
from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from apps.core.text import clean_line


class UnlockForm(forms.Form):
    """The password of a share link."""

    password = forms.CharField(
        label=_("Password"),
        max_length=200,
        strip=False,
        widget=forms.PasswordInput({"autocomplete": "current-password", "autofocus": True}),
    )


class NameForm(forms.Form):
    """The name of somebody who came by a link that asks for one."""

    name = forms.CharField(
        label=_("Your name"),
        max_length=80,
        widget=forms.TextInput({"autocomplete": "name", "autofocus": True, "dir": "auto"}),
    )

    def clean_name(self) -> str:
        """Return the name as it is kept, refused where nothing of it can be read."""
        try:
            return clean_line(self.cleaned_data["name"])
        except serializers.ValidationError as error:
            raise forms.ValidationError(_("Please write a name that can be read.")) from error
