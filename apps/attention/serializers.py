"""What comes in about mails, and what goes out."""

from typing import Any

from rest_framework import serializers

from apps.attention.windows import is_zone


class AnswerMailAskSerializer(serializers.Serializer[Any]):
    """Where a guest wants to hear of answers, and the IANA name of their browser's time zone."""

    email = serializers.EmailField(max_length=254)
    time_zone = serializers.CharField(max_length=64)

    def validate_time_zone(self, name: str) -> str:
        if not is_zone(name):
            raise serializers.ValidationError("is no time zone that is known here")
        return name


class AnswerMailSerializer(serializers.Serializer[Any]):
    """`off`, `asked` while nobody has confirmed it by the mail, or `on`. The address is told to nobody."""

    state = serializers.ChoiceField(choices=["off", "asked", "on"])
