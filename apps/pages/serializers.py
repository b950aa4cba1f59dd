"""What comes in about videos as a whole."""

from typing import Any

from django.conf import settings
from rest_framework import serializers

from apps.core.text import clean_line, clean_text
from apps.sharing.serializers import VideoSerializer
from apps.uploads.serializers import UploadSerializer
from apps.videos.models import Source, Video


class SourceSerializer(serializers.Serializer[Any]):
    """What will be uploaded: a recording that grows, or a file of a known size."""

    kind = serializers.ChoiceField(choices=Source.Kind.choices)
    content_type = serializers.CharField(max_length=120, allow_blank=True, default="")
    size_bytes = serializers.IntegerField(min_value=0, required=False, allow_null=True)
    file_name = serializers.CharField(max_length=255, allow_blank=True, required=False, default="")

    def validate_content_type(self, content_type: str) -> str:
        # It travels to the store as a header, where anything else would fail later and look like the store's fault.
        if not content_type.isascii() or not content_type.isprintable():
            raise serializers.ValidationError("is not a content type")
        return content_type

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if attrs["kind"] == Source.Kind.FILE:
            if attrs.get("size_bytes") is None:
                raise serializers.ValidationError({"size_bytes": "is needed for a file"})
            if attrs["size_bytes"] > settings.MAX_SOURCE_BYTES:
                raise serializers.ValidationError({"size_bytes": f"is more than {settings.MAX_SOURCE_BYTES}"})
        else:
            attrs.pop("size_bytes", None)
        return attrs


class VideoCreateSerializer(serializers.Serializer[Any]):
    """A new video."""

    client_id = serializers.UUIDField(required=False)
    title = serializers.CharField(max_length=200, allow_blank=True, required=False, default="")
    source = SourceSerializer()  # type: ignore[assignment]  # the contract's name

    def validate_title(self, title: str) -> str:
        return clean_line(title) if title.strip() else ""


class VideoEditSerializer(serializers.Serializer[Any]):
    """What of a video can be changed; only what is named is."""

    title = serializers.CharField(max_length=200, allow_blank=True, required=False)
    description = serializers.CharField(max_length=10_000, allow_blank=True, required=False)
    visibility = serializers.ChoiceField(choices=Video.Visibility.choices, required=False)
    poster_ms = serializers.IntegerField(min_value=0, max_value=2**52, required=False, allow_null=True)

    def validate_title(self, title: str) -> str:
        return clean_line(title) if title.strip() else ""

    def validate_description(self, description: str) -> str:
        return clean_text(description) if description.strip() else ""


class UploadCreateSerializer(serializers.Serializer[Any]):
    """Another upload for a video that exists: Start over."""

    client_id = serializers.UUIDField(required=False)
    source = SourceSerializer()  # type: ignore[assignment]  # the contract's name


class CreatedVideoSerializer(VideoSerializer):
    """A new video with the upload that its bytes go to."""

    upload = UploadSerializer()

    class Meta(VideoSerializer.Meta):
        fields = [*VideoSerializer.Meta.fields, "upload"]


class CreatedUploadSerializer(serializers.Serializer[Any]):
    upload = UploadSerializer()
