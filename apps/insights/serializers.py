"""What comes in about what was seen."""

from typing import Any

from rest_framework import serializers


class SeenWriteSerializer(serializers.Serializer[Any]):
    """What somebody has seen: the video now, or with `after` its conversation up to that cursor."""

    after = serializers.CharField(
        max_length=64, required=False, help_text="a cursor of the comments: all up to it has been read"
    )
