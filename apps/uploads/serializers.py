"""How an upload looks from outside, and what comes in about its parts."""

from collections import Counter
from typing import Any

from django.core.validators import RegexValidator
from rest_framework import serializers

from apps.uploads.models import Part, Upload

AT_ONCE = 100  # parts in one call: each one that was stored may be read back before the answer
LARGEST_INTEGER = 2**52  # what JavaScript's numbers hold exactly, and every database's big integer


class PartSerializer(serializers.ModelSerializer[Part]):
    """A part that was promised."""

    class Meta:
        model = Part
        fields = ["number", "size_bytes", "sha256", "state"]


class UploadSerializer(serializers.ModelSerializer[Upload]):
    """An upload with its parts."""

    id = serializers.CharField(source="public_id")
    parts = PartSerializer(many=True)
    rest_until = serializers.DateTimeField(
        source="source.rest_until",
        allow_null=True,
        help_text="the server has ended this recording without its author; until then reopening it takes the rest",
    )

    class Meta:
        model = Upload
        fields = ["id", "kind", "status", "part_size_bytes", "parts", "rest_until"]


class UnfinishedUploadSerializer(serializers.ModelSerializer[Upload]):
    """An open upload of a file, and how far it has come; its parts are told one by one at its own address."""

    id = serializers.CharField(source="public_id")
    video = serializers.CharField(source="source.video.public_id")
    title = serializers.CharField(source="source.video.title")
    file_name = serializers.CharField(source="source.file_name")
    confirmed_parts = serializers.IntegerField()
    confirmed_bytes = serializers.IntegerField()

    class Meta:
        model = Upload
        fields = [
            "id",
            "video",
            "title",
            "file_name",
            "size_bytes",
            "part_size_bytes",
            "confirmed_parts",
            "confirmed_bytes",
            "created_at",
            "alive_at",
        ]


class PromiseSerializer(serializers.Serializer[Any]):
    """What is promised of one part."""

    number = serializers.IntegerField(min_value=1, max_value=2**31 - 1)
    size_bytes = serializers.IntegerField(min_value=1, max_value=LARGEST_INTEGER)
    sha256 = serializers.CharField(validators=[RegexValidator(r"\A[0-9a-f]{64}\Z", "must be 64 lower-case hex digits")])


class PartsSerializer(serializers.Serializer[Any]):
    """Parts that will be sent, and numbers of parts whose bytes the store has taken."""

    parts = PromiseSerializer(many=True, required=False, default=list, max_length=AT_ONCE)  # type: ignore[call-arg]  # many=True makes it a ListSerializer
    stored = serializers.ListField(
        child=serializers.IntegerField(min_value=1, max_value=2**31 - 1),
        required=False,
        default=list,
        max_length=AT_ONCE,
    )

    def validate_parts(self, parts: list[dict[str, Any]]) -> list[dict[str, Any]]:
        return _once(parts)


class NamedPartSerializer(serializers.Serializer[Any]):
    """A part as completion names it."""

    number = serializers.IntegerField(min_value=1, max_value=2**31 - 1)
    size_bytes = serializers.IntegerField(min_value=1, max_value=LARGEST_INTEGER)


class CompleteSerializer(serializers.Serializer[Any]):
    """All parts of the upload, and the length by the recorder's own clock, pauses left out."""

    parts = NamedPartSerializer(many=True)
    recorded_ms = serializers.IntegerField(min_value=0, max_value=LARGEST_INTEGER, required=False, allow_null=True)

    def validate_parts(self, parts: list[dict[str, Any]]) -> list[dict[str, Any]]:
        return _once(parts)


class PartAnswerSerializer(serializers.Serializer[Any]):
    """What the server knows of a part; with a url while its bytes are awaited."""

    number = serializers.IntegerField()
    state = serializers.ChoiceField(choices=Part.State.choices)
    url = serializers.CharField(required=False)
    method = serializers.CharField(required=False)
    headers = serializers.DictField(child=serializers.CharField(), required=False)
    expires_at = serializers.DateTimeField(required=False)


class PartAnswersSerializer(serializers.Serializer[Any]):
    parts = PartAnswerSerializer(many=True)


def _once(parts: list[dict[str, Any]]) -> list[dict[str, Any]]:
    number, times = Counter(part["number"] for part in parts).most_common(1)[0] if parts else (0, 1)
    if times > 1:
        raise serializers.ValidationError(f"part {number} is named twice")
    return parts
