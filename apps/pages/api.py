"""/api/v1/videos/ and what belongs to one video as a whole."""

import io
from typing import Any

from django.shortcuts import get_object_or_404
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema, inline_serializer
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response

from apps.core.api import MemberView, signed_in
from apps.core.parsers import PictureParser
from apps.pages import services
from apps.pages.listing import LibraryPages, listed
from apps.pages.serializers import (
    CreatedUploadSerializer,
    CreatedVideoSerializer,
    UploadCreateSerializer,
    VideoCreateSerializer,
    VideoEditSerializer,
    WishSerializer,
)
from apps.sharing.api import viewable_video
from apps.sharing.serializers import VideoSerializer
from apps.sharing.services import first_share_links
from apps.uploads.models import Upload
from apps.uploads.serializers import UploadSerializer
from apps.videos import posters, sending
from apps.videos import services as videos
from apps.videos.errors import EditConflict
from apps.videos.models import Video, VideoQuerySet

VIDEO_PAGE = inline_serializer(
    "VideoPage",
    {
        "next": serializers.URLField(allow_null=True),
        "previous": serializers.URLField(allow_null=True),
        "results": VideoSerializer(many=True),
    },
)


class VideoBase(MemberView):
    """What the views of videos share: how a video is found and shown."""

    def editable(self, public_id: str) -> Video:
        """Return one's own video, 404 for all others."""
        return get_object_or_404(self._rows(Video.objects.editable_by(self.viewer)), public_id=public_id)

    def shown(self, video: Video) -> dict[str, Any]:
        """Return the video as this viewer sees it."""
        return VideoSerializer(video, context=self._context()).data

    def _context(self) -> dict[str, Any]:
        return {"viewer": self.viewer, "request": self.request._request}

    @staticmethod
    def _rows(found: VideoQuerySet) -> VideoQuerySet:
        return found.select_related("current_publication", "current_source", "author")


class VideosView(VideoBase):
    @extend_schema(
        operation_id="videos_list",
        parameters=[WishSerializer, OpenApiParameter("cursor", str), OpenApiParameter("page_size", int)],
        responses=VIDEO_PAGE,
    )
    def get(self, request: Request) -> Response:
        """My videos and my workspaces', newest first, or as asked."""
        asked = WishSerializer(data=request.query_params)
        asked.is_valid(raise_exception=True)
        wish = asked.wish()
        pages = LibraryPages(wish.sort)
        page = pages.paginate_queryset(self._rows(listed(self.viewer, wish)).with_readers(), request, view=self) or []
        links = first_share_links(video for video in page if video.author_id == self.viewer.person_id)
        context = {**self._context(), "links": links}
        return pages.get_paginated_response(VideoSerializer(page, many=True, context=context).data)

    @extend_schema(request=VideoCreateSerializer, responses={201: CreatedVideoSerializer, 200: CreatedVideoSerializer})
    def post(self, request: Request) -> Response:
        """Begin a video: its source, its upload and its share link are made with it."""
        data = VideoCreateSerializer(data=request.data)
        data.is_valid(raise_exception=True)
        asked = data.validated_data
        upload, is_new = services.create_video(
            author=signed_in(request), client_id=asked.get("client_id"), title=asked["title"], source=asked["source"]
        )
        body = {**self.shown(upload.source.video), "upload": UploadSerializer(upload).data}
        return Response(body, status=201 if is_new else 200)


class VideoView(VideoBase):
    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Let whoever came by a link read the video; all else is for members."""
        if request.method in {"GET", "HEAD"}:
            super(MemberView, self).initial(request, *args, **kwargs)
        else:
            super().initial(request, *args, **kwargs)

    @extend_schema(operation_id="videos_retrieve", responses=VideoSerializer)
    def get(self, request: Request, public_id: str) -> Response:
        """One video."""
        return Response(self.shown(viewable_video(self, public_id)))

    @extend_schema(request=VideoEditSerializer, responses=VideoSerializer)
    def patch(self, request: Request, public_id: str) -> Response:
        """Change title, description, poster, or which members see it; the author only.

        409 with the newer `video` when `seen` tells that title or description were changed meanwhile.
        """
        video = self.editable(public_id)
        data = VideoEditSerializer(data=request.data, context={"video": video})
        data.is_valid(raise_exception=True)
        try:
            edited = videos.edit_video(video=video, **data.validated_data)
        except EditConflict as conflict:
            raise EditConflict(video=self.shown(self.editable(public_id))) from conflict
        return Response(self.shown(edited))

    @extend_schema(responses={204: None})
    def delete(self, request: Request, public_id: str) -> Response:
        """Move the video to the trash: it is hidden from everybody at once."""
        video = get_object_or_404(Video.objects.deletable_by(self.viewer), public_id=public_id)
        services.move_to_trash(video=video)
        return Response(status=status.HTTP_204_NO_CONTENT)


class PosterView(VideoBase):
    parser_classes = [PictureParser]

    @extend_schema(
        request=dict.fromkeys(("image/jpeg", "image/png", "image/webp", "image/gif"), OpenApiTypes.BINARY),
        responses=VideoSerializer,
    )
    def put(self, request: Request, public_id: str) -> Response:
        """Show this picture as the video's poster, in place of a frame; the author only. The body is the picture."""
        video = self.editable(public_id)
        given: Any = request.data or io.BytesIO()  # DRF parses no empty body
        posters.set_poster(video=video, source=given, size_bytes=given.getbuffer().nbytes)
        return Response(self.shown(video))

    @extend_schema(responses={204: None})
    def delete(self, request: Request, public_id: str) -> Response:
        """Go back to the frame that we choose, from a picture that was uploaded or a frame that was chosen."""
        posters.remove_poster(video=self.editable(public_id))
        return Response(status=status.HTTP_204_NO_CONTENT)


class VideoUploadsView(VideoBase):
    @extend_schema(
        request=UploadCreateSerializer, responses={201: CreatedUploadSerializer, 200: CreatedUploadSerializer}
    )
    def post(self, request: Request, public_id: str) -> Response:
        """Start over: a new upload for the same video and link; the open one is aborted."""
        video = self.editable(public_id)
        data = UploadCreateSerializer(data=request.data)
        data.is_valid(raise_exception=True)
        upload: Upload
        upload, is_new = services.start_over(
            video=video, client_id=data.validated_data.get("client_id"), source=data.validated_data["source"]
        )
        return Response({"upload": UploadSerializer(upload).data}, status=201 if is_new else 200)


class SendView(VideoBase):
    @extend_schema(request=None, responses=VideoSerializer)
    def post(self, request: Request, public_id: str) -> Response:
        """Done: make the video news for others at once, instead of an hour after it stopped. Repeatable."""
        video = self.editable(public_id)
        sending.mark_sent(video=video)
        return Response(self.shown(video))


class RetryView(VideoBase):
    @extend_schema(request=None, responses=VideoSerializer)
    def post(self, request: Request, public_id: str) -> Response:
        """Publish a failed video again from its source."""
        video = self.editable(public_id)
        videos.retry(video=video)
        return Response(self.shown(video))


class RestoreView(VideoBase):
    @extend_schema(request=None, responses=VideoSerializer)
    def post(self, request: Request, public_id: str) -> Response:
        """Take a video out of the trash."""
        video = get_object_or_404(self._rows(Video.objects.restorable_by(self.viewer)), public_id=public_id)
        videos.restore(video=video)
        return Response(self.shown(video))
