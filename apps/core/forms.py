"""Fields that several forms need."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from rest_framework.serializers import ValidationError as UnreadableText

from apps.core.text import clean_line


class LineField(forms.CharField):
    """One line that other people read, such as a name: cleaned, and refused when nothing of it can be seen."""

    def clean(self, value: Any) -> Any:
        text = super().clean(value)
        if not text:
            return text
        try:
            return clean_line(text)
        except UnreadableText as error:
            raise ValidationError([str(detail) for detail in error.detail]) from error
