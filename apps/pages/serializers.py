"""What comes in about videos as a whole."""

from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from rest_framework import serializers

from apps.accounts.models import Person
from apps.core.text import clean_line, clean_text
from apps.pages.listing import LONGEST_QUESTION, Sort, Wish, words_of
from apps.sharing.serializers import VideoSerializer
from apps.uploads.errors import FileTooLarge
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
                raise FileTooLarge(largest_bytes=settings.MAX_SOURCE_BYTES)
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


class WishSerializer(serializers.Serializer[Any]):
    """What of the library is wanted, and in which order."""

    q = serializers.CharField(
        max_length=LONGEST_QUESTION,
        required=False,
        allow_blank=True,
        help_text="words, each of which stands in the title, the description, the author's name or a comment",
    )
    mine = serializers.BooleanField(
        required=False, allow_null=True, default=None, help_text="true for one's own, false for the others' alone"
    )
    sort = serializers.ChoiceField(choices=Sort.values, default=Sort.NEWEST)

    def wish(self) -> Wish:
        """Return what was asked for, once it is valid."""
        asked = self.validated_data
        return Wish(words=words_of(asked.get("q", "")), mine=asked["mine"], sort=Sort(asked["sort"]))


class SeenTextsSerializer(serializers.Serializer[Any]):
    """What an editor saw before changing it."""

    title = serializers.CharField(max_length=200, allow_blank=True, trim_whitespace=False, required=False)
    description = serializers.CharField(max_length=10_000, allow_blank=True, trim_whitespace=False, required=False)


class VideoEditSerializer(serializers.Serializer[Any]):
    """What of a video can be changed; only what is named is. Needs `video` in its context.

    `named_people` are ids of members of its workspace, and take the place of those before. `seen` is what title and
    description said before: where they say something else by now, nothing is changed, and the answer is 409.
    """

    title = serializers.CharField(max_length=200, allow_blank=True, required=False)
    description = serializers.CharField(
        max_length=10_000,
        allow_blank=True,
        required=False,
        error_messages={
            "max_length": gettext_lazy(
                "Not saved: a description has room for {max_length} characters, and this one is longer."
                " Nothing was cut off."
            )
        },
    )
    visibility = serializers.ChoiceField(choices=Video.Visibility.choices, required=False)
    named_people = serializers.ListField(child=serializers.CharField(max_length=22), max_length=1000, required=False)
    poster_ms = serializers.IntegerField(min_value=0, max_value=2**52, required=False, allow_null=True)
    seen = SeenTextsSerializer(required=False)

    def validate_named_people(self, ids: list[str]) -> list[Person]:
        workspace_id = self.context["video"].workspace_id
        people = list(Person.objects.filter(public_id__in=ids, memberships__workspace=workspace_id, is_active=True))
        if len(people) != len(set(ids)):
            raise serializers.ValidationError(_("Somebody whom you name is not in this workspace."))
        return people

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


class TrashQuerySerializer(serializers.Serializer[Any]):
    """How much of the trash is meant: all of it, or what was put there at `until` or before."""

    until = serializers.DateTimeField(required=False)


class TrashedVideoSerializer(VideoSerializer):
    """A video in the trash: nothing of it can be watched, and none of its links opens."""

    deleted_at = serializers.DateTimeField()
    gone_at = serializers.DateTimeField(help_text="when it is deleted for good")
    share_url = serializers.SerializerMethodField()
    poster_url = serializers.SerializerMethodField()

    class Meta(VideoSerializer.Meta):
        fields = [*VideoSerializer.Meta.fields, "deleted_at", "gone_at"]

    def get_share_url(self, video: Video) -> str | None:
        return None

    def get_poster_url(self, video: Video) -> str | None:
        return None
