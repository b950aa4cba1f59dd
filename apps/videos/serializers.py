"""What comes in about a video's caption tracks."""

import re
from typing import Any

from django.utils.translation import gettext as _
from rest_framework import serializers

from apps.core.text import clean_line
from apps.videos.captions import UNKNOWN_LANGUAGE

# The shape of BCP 47 as far as captions need it: a language, then script, region and variants.
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(?:-[A-Za-z0-9]{2,8})*")


class CaptionTrackWriteSerializer(serializers.Serializer[Any]):
    """A caption track; a PATCH changes what is named. `vtt` may also be SubRip, which becomes WebVTT."""

    client_id = serializers.UUIDField(required=False)
    language = serializers.CharField(max_length=35, required=False, allow_blank=True, default=UNKNOWN_LANGUAGE)
    label = serializers.CharField(max_length=80, required=False, allow_blank=True, default="")  # type: ignore[assignment]  # the contract's name
    vtt = serializers.CharField(trim_whitespace=False)

    def validate_language(self, language: str) -> str:
        """Return the tag as RFC 5646 writes it: de-AT, zh-Hant."""
        if not language:
            return UNKNOWN_LANGUAGE
        if not _LANGUAGE.fullmatch(language):
            raise serializers.ValidationError(_("Write a language as its tag, like “de” or “de-AT”."))
        first, *others = language.split("-")
        return "-".join([first.lower(), *map(_subtag, others)])

    def validate_label(self, label: str) -> str:
        return clean_line(label) if label.strip() else ""


def _subtag(text: str) -> str:
    """Return a script with a capital, a region in capitals, anything else in small letters."""
    if text.isalpha() and len(text) == 4:
        return text.title()
    return text.upper() if len(text) == 2 and text.isalpha() else text.lower()
