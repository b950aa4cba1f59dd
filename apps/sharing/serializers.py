"""How a video, a share link and a guest look from outside, and what comes in about them."""

import zlib
from datetime import timedelta
from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from apps.core.address import absolute_url
from apps.core.text import clean_line
from apps.core.viewer import Viewer
from apps.sharing import services
from apps.sharing.grants import grant_for, member_grant
from apps.sharing.models import ShareLink
from apps.videos.errors import failure_sentence
from apps.videos.models import Video

LONGEST_LIFE = timedelta(days=3653)  # ten years: what lies beyond is a slip of the hand


def play_url(
    *, request: HttpRequest | None, viewer: Viewer, video: Video, name: str, is_listed: bool = False
) -> str | None:
    """Return the address of a file of the video's publication for this viewer, None while nothing is published.

    Whoever has fetched the video by `listed_for` says so with `is_listed`, and no further query is made.
    """
    if video.current_publication is None:
        return None
    path = reverse(
        "play",
        kwargs={
            "grant": member_grant(person_id=viewer.person_id, video_id=video.pk)
            if is_listed and viewer.person_id is not None
            else grant_for(viewer=viewer, video=video),
            "publication": video.current_publication.public_id,
            "name": name,
        },
    )
    return absolute_url(request, path)


def poster_url(*, request: HttpRequest | None, viewer: Viewer, video: Video, is_listed: bool = False) -> str | None:
    """Return the address of the video's poster for this viewer, None while there is none; `is_listed` as in play_url.

    Another picture has another address: a page learns that it is there, and no browser shows the one it has kept.
    """
    if video.current_publication is None:
        return None
    key = video.own_poster_key or video.current_publication.poster_key
    path = play_url(request=request, viewer=viewer, video=video, name="poster.jpg", is_listed=is_listed)
    return f"{path}?picture={zlib.crc32(key.encode()):08x}" if key else None


class VideoAuthorSerializer(serializers.Serializer[Video]):
    """Whose video it is, by the name as it was written."""

    name = serializers.CharField(source="author_name")


class MemberSerializer(serializers.Serializer[Any]):
    """Somebody of a workspace, as colleagues see them."""

    id = serializers.CharField(source="public_id")
    name = serializers.CharField(source="display_name")


class VideoMemberSerializer(MemberSerializer):
    """A member of a video's workspace. `sees_it`: they may watch the video as a member, so one may mention them."""

    sees_it = serializers.BooleanField()
    is_me = serializers.BooleanField()


class VideoSerializer(serializers.ModelSerializer[Video]):
    """The video, everywhere. Needs `viewer` and `request` in its context.

    A list of videos that stand in the viewer's library brings `links`, what first_share_links has found for them:
    then it makes no query for each.
    """

    id = serializers.CharField(source="public_id")
    author = VideoAuthorSerializer(source="*")
    playable = serializers.BooleanField()
    ends_early = serializers.BooleanField(help_text="the server ended the recording, since the rest never arrived")
    length_gap_ms = serializers.SerializerMethodField(
        help_text="how much longer it is by the recorder's clock than what is shown, where they differ; its author only"
    )
    named_people = serializers.SerializerMethodField()
    share_url = serializers.SerializerMethodField()
    poster_url = serializers.SerializerMethodField()
    failure_code = serializers.SerializerMethodField()
    failure_detail = serializers.SerializerMethodField()

    class Meta:
        model = Video
        fields = [
            "id",
            "title",
            "description",
            "author",
            "created_at",
            "sent_at",
            "status",
            "playable",
            "ends_early",
            "duration_ms",
            "length_gap_ms",
            "visibility",
            "named_people",
            "share_url",
            "poster_url",
            "failure_code",
            "failure_detail",
        ]

    def _is_for_author(self, video: Video) -> bool:
        return video.is_own_of(self.context["viewer"])

    def get_length_gap_ms(self, video: Video) -> int | None:
        return video.length_gap_ms if self._is_for_author(video) else None

    @extend_schema_field(MemberSerializer(many=True, allow_null=True))
    def get_named_people(self, video: Video) -> Any:
        """Return whom "named people" means; its author only, null for everybody else."""
        if not self._is_for_author(video):
            return None
        return MemberSerializer(video.named_people(), many=True).data

    def get_share_url(self, video: Video) -> str | None:
        """Return the address to give away; its author only, null for everybody else."""
        if not self._is_for_author(video):
            return None
        links = self.context.get("links")
        link = services.first_share_link(video) if links is None else links.get(video.pk)
        return services.url_of(link) if link else None

    def get_poster_url(self, video: Video) -> str | None:
        return poster_url(
            request=self.context.get("request"),
            viewer=self.context["viewer"],
            video=video,
            is_listed="links" in self.context,
        )

    def get_failure_code(self, video: Video) -> str | None:
        return video.failure_code or None

    def get_failure_detail(self, video: Video) -> str | None:
        return failure_sentence(video.failure_code) or None


class RenditionSerializer(serializers.Serializer[Any]):
    name = serializers.CharField()
    codecs = serializers.CharField()
    height = serializers.IntegerField(allow_null=True)


class CaptionSerializer(serializers.Serializer[Any]):
    """A caption track: its WebVTT is at `url`. `language` is a BCP 47 tag, "und" where nobody said."""

    id = serializers.CharField()
    language = serializers.CharField()
    label = serializers.CharField(allow_blank=True)  # type: ignore[assignment]  # the contract's name
    url = serializers.CharField()


class PlaybackSerializer(serializers.Serializer[Any]):
    """What a player needs. `progress` goes from 0 to 1 while something is being made, null when nothing is.

    At `waveform_url` is {peaks, interval_ms, silences}: for each interval from the start on the highest peak in it, 0
    to 100, at most 1,000 in all, and each silence of a second and longer as [start_ms, end_ms].
    """

    status = serializers.ChoiceField(choices=Video.Status.choices)
    playable = serializers.BooleanField()
    ends_early = serializers.BooleanField()
    progress = serializers.FloatField(allow_null=True)
    duration_ms = serializers.IntegerField(allow_null=True)
    playlist_url = serializers.CharField(allow_null=True)
    renditions = RenditionSerializer(many=True)
    poster_url = serializers.CharField(allow_null=True)
    storyboard_url = serializers.CharField(allow_null=True)
    waveform_url = serializers.CharField(allow_null=True)
    captions = CaptionSerializer(many=True)
    download_url = serializers.CharField(allow_null=True)
    failure_code = serializers.CharField(allow_null=True)
    failure_detail = serializers.CharField(allow_null=True)


class ShareLinkWriteSerializer(serializers.Serializer[Any]):
    """A link's rules; a PATCH changes those that are named. A password of "" takes it away."""

    client_id = serializers.UUIDField(required=False)
    name = serializers.CharField(max_length=80, required=False, allow_blank=True)
    password = serializers.CharField(max_length=200, required=False, allow_blank=True, trim_whitespace=False)
    expires_at = serializers.DateTimeField(required=False, allow_null=True)
    can_comment = serializers.BooleanField(required=False)
    can_download = serializers.BooleanField(required=False)
    needs_name = serializers.BooleanField(required=False)
    conversation = serializers.ChoiceField(choices=ShareLink.Conversation.choices, required=False)

    def validate_name(self, name: str) -> str:
        return clean_line(name) if name.strip() else ""

    def validate_expires_at(self, moment: Any) -> Any:
        if moment is not None and moment <= timezone.now():
            raise serializers.ValidationError(_("Choose a moment in the future."))
        if moment is not None and moment > timezone.now() + LONGEST_LIFE:
            raise serializers.ValidationError(_("Choose a moment within ten years, or let it never expire."))
        return moment


class ShareLinkSerializer(serializers.ModelSerializer[ShareLink]):
    """A link as its video's author sees it."""

    id = serializers.CharField(source="public_id")
    url = serializers.SerializerMethodField()
    has_password = serializers.BooleanField()

    class Meta:
        model = ShareLink
        fields = [
            "id",
            "url",
            "name",
            "has_password",
            "expires_at",
            "can_comment",
            "can_download",
            "needs_name",
            "conversation",
            "last_used_at",
            "revoked_at",
        ]

    def get_url(self, link: ShareLink) -> str:
        return services.url_of(link)


class SharedVideoSerializer(serializers.Serializer[Any]):
    """What a share link opens; `video` is null while it asks for its password or a name."""

    video = VideoSerializer(allow_null=True)
    can_comment = serializers.BooleanField()
    can_download = serializers.BooleanField()
    needs_name = serializers.BooleanField()
    needs_password = serializers.BooleanField()


class UnlockSerializer(serializers.Serializer[Any]):
    password = serializers.CharField(max_length=200, trim_whitespace=False)


class UnlockedSerializer(serializers.Serializer[Any]):
    share_token = serializers.CharField()


class GuestCreateSerializer(serializers.Serializer[Any]):
    """Who wants to speak, and the share token they came with."""

    client_id = serializers.UUIDField(required=False)
    share_token = serializers.CharField(max_length=200)
    name = serializers.CharField(max_length=80)

    def validate_name(self, name: str) -> str:
        return clean_line(name)


class GuestCreatedSerializer(serializers.Serializer[Any]):
    guest_token = serializers.CharField()


class PersonalLinkSerializer(serializers.Serializer[Any]):
    """The address that brings a guest back as themselves, on any device. Whoever has it writes under their name."""

    url = serializers.CharField()
