"""What people fill in about themselves."""

import zoneinfo
from typing import Any

from django import forms
from django.utils.functional import lazy
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import ApiToken, Person
from apps.core.forms import LineField


def _zones() -> list[tuple[str, Any]]:
    """Return every place that has a time zone; names without a place, such as EST5EDT, are only for old programs."""
    named = sorted(name for name in zoneinfo.available_timezones() if "/" in name and not name.startswith("Etc/"))
    return [("", _("Not known yet")), ("UTC", "UTC"), *((name, name.replace("_", " ")) for name in named)]


class ProfileForm(forms.ModelForm):
    """What a person says about themselves."""

    name = LineField(label=_("Name"), max_length=80, widget=forms.TextInput({"autocomplete": "name", "dir": "auto"}))
    time_zone = forms.ChoiceField(
        label=_("Time zone"),
        required=False,
        choices=lazy(_zones, list),
        widget=forms.Select({"data-time-zone": ""}),
        help_text=_("In it your days begin and mails come."),
    )
    wants_digest = forms.BooleanField(
        label=_("One mail a day at most, when something is new for me"),
        required=False,
        help_text=_("At 09:00 in your time zone. No mail when nothing is new, and never one for a view."),
    )

    class Meta:
        model = Person
        fields = ["name", "time_zone", "wants_digest"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        zone = self.instance.time_zone
        if zone and zone not in dict(_zones()):  # the browser's own name for it, which stays
            self.fields["time_zone"].choices = [(zone, zone), *_zones()]  # type: ignore[attr-defined]  # a ChoiceField


class PictureForm(forms.Form):
    """A picture of a person; what it is really, apps/accounts/pictures.py finds out."""

    picture = forms.FileField(
        label=_("Picture"), widget=forms.FileInput({"accept": "image/jpeg,image/png,image/webp,image/gif"})
    )


class TokenForm(forms.ModelForm):
    """What a new API token is for."""

    name = LineField(label=_("What is it for?"), max_length=80, widget=forms.TextInput({"autocomplete": "off"}))

    class Meta:
        model = ApiToken
        fields = ["name"]
