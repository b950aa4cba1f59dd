"""The caption tracks of a video: whoever may watch it reads them, its author changes them."""

from typing import Any

from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema, inline_serializer
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response

from apps.core.api import MemberView
from apps.core.idempotency import carry_out_once
from apps.sharing.api import viewable_video
from apps.sharing.playback import caption_of, captions_of
from apps.sharing.serializers import CaptionSerializer
from apps.videos import captions
from apps.videos.models import CaptionTrack, Video
from apps.videos.serializers import CaptionTrackWriteSerializer

CAPTION_PAGE = inline_serializer(
    "CaptionPage",
    {
        "next": serializers.URLField(allow_null=True),
        "previous": serializers.URLField(allow_null=True),
        "results": CaptionSerializer(many=True),
    },
)


class CaptionBase(MemberView):
    def shown(self, track: CaptionTrack) -> dict[str, Any]:
        """Return the track as the list shows it."""
        caption = caption_of(request=self.request._request, viewer=self.viewer, track=track)
        return CaptionSerializer(caption).data


class CaptionsView(CaptionBase):
    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Let whoever came by a link read the list; adding to it is for members."""
        if request.method in {"GET", "HEAD"}:
            super(MemberView, self).initial(request, *args, **kwargs)
        else:
            super().initial(request, *args, **kwargs)

    @extend_schema(operation_id="captions_list", responses=CAPTION_PAGE)
    def get(self, request: Request, public_id: str) -> Response:
        """The caption tracks of a video, in the order in which they were added; all of them on one page."""
        video = viewable_video(self, public_id)
        listed = captions_of(request=request._request, viewer=self.viewer, video=video)
        return Response({"next": None, "previous": None, "results": CaptionSerializer(listed, many=True).data})

    @extend_schema(request=CaptionTrackWriteSerializer, responses={201: CaptionSerializer, 200: CaptionSerializer})
    def post(self, request: Request, public_id: str) -> Response:
        """Add captions to a video from the text of a WebVTT or SubRip file; its author only."""
        video = get_object_or_404(Video.objects.editable_by(self.viewer), public_id=public_id)
        data = CaptionTrackWriteSerializer(data=request.data)
        data.is_valid(raise_exception=True)
        asked = dict(data.validated_data)
        client_id = asked.pop("client_id", None)
        track, is_new = carry_out_once(
            scope=f"person:{self.viewer.person_id}",
            client_id=client_id,
            request={"captions_of": public_id, **asked},
            create=lambda: captions.add_track(
                video=video, language=asked["language"], label=asked["label"], text=asked["vtt"]
            ),
            result_of=lambda made: made.public_id,
            find=lambda name: get_object_or_404(CaptionTrack, public_id=name, video=video),
        )
        return Response(self.shown(track), status=201 if is_new else 200)


class CaptionView(CaptionBase):
    def _own(self, public_id: str) -> CaptionTrack:
        tracks = CaptionTrack.objects.filter(video__in=Video.objects.editable_by(self.viewer)).select_related("video")
        return get_object_or_404(tracks, public_id=public_id)

    @extend_schema(request=CaptionTrackWriteSerializer, responses=CaptionSerializer)
    def patch(self, request: Request, public_id: str) -> Response:
        """Change language, label or text of a caption track; its video's author only."""
        track = self._own(public_id)
        data = CaptionTrackWriteSerializer(data=request.data, partial=True)
        data.is_valid(raise_exception=True)
        fields = {name: value for name, value in data.validated_data.items() if name in {"language", "label"}}
        return Response(self.shown(captions.edit_track(track=track, text=data.validated_data.get("vtt"), **fields)))

    @extend_schema(responses={204: None})
    def delete(self, request: Request, public_id: str) -> Response:
        """Delete a caption track; its video's author only."""
        captions.delete_track(track=self._own(public_id))
        return Response(status=status.HTTP_204_NO_CONTENT)
