"""Text that people type: what is taken out of it before it is kept."""

import re
import unicodedata

from django.utils.translation import gettext as _
from rest_framework.serializers import ValidationError

# Overrides of writing direction let a name look like another one; isolates and marks stay, they are how
# right-to-left text is written properly. Zero-width joiners stay, emoji and several scripts need them.
_DIRECTION_OVERRIDES = re.compile("[\u202a-\u202e]")
_CONTROLS = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")


def clean_text(text: str) -> str:
    """Return the text without controls and direction overrides, in NFC, trimmed; never longer than it came.

    Raises ValidationError when nothing visible is left.
    """
    composed = unicodedata.normalize("NFC", text)
    if len(composed) > len(text):
        composed = text  # a few signs become two in NFC, and their number was checked against the column before
    cleaned = _DIRECTION_OVERRIDES.sub("", _CONTROLS.sub("", composed)).strip()
    if not any(unicodedata.category(character)[0] not in "CZM" for character in cleaned):
        raise ValidationError(_("This text has nothing to read in it."))
    return cleaned


def clean_line(text: str) -> str:
    """Return the text as clean_text does, on one line. Raises ValidationError when nothing visible is left."""
    return re.sub(r"\s+", " ", clean_text(text))
