"""/api/v1/uploads/: the numbered parts of what is being uploaded. All of it is the video's author's alone."""

from typing import Any

from django.shortcuts import get_object_or_404
from drf_spectacular.utils import OpenApiParameter, extend_schema, inline_serializer
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response

from apps.core.address import absolute_url
from apps.core.api import MemberView
from apps.core.pagination import NewestFirst
from apps.sharing.serializers import VideoSerializer
from apps.uploads import completing, confirming, services
from apps.uploads.models import Upload
from apps.uploads.serializers import (
    CompleteSerializer,
    PartAnswersSerializer,
    PartsSerializer,
    UnfinishedUploadSerializer,
    UploadSerializer,
)
from apps.videos.models import Video

UPLOAD_PAGE = inline_serializer(
    "UploadPage",
    {
        "next": serializers.URLField(allow_null=True),
        "previous": serializers.URLField(allow_null=True),
        "results": UnfinishedUploadSerializer(many=True),
    },
)


class UploadBase(MemberView):
    def own(self, public_id: str) -> Upload:
        """Return one's own upload, 404 for everybody else's."""
        uploads = Upload.objects.owned_by(self.viewer).select_related("source__video")
        return get_object_or_404(uploads, public_id=public_id)


class UploadsView(UploadBase):
    @extend_schema(
        operation_id="uploads_list",
        parameters=[OpenApiParameter("cursor", str), OpenApiParameter("page_size", int)],
        responses=UPLOAD_PAGE,
    )
    def get(self, request: Request) -> Response:
        """My own files that are not whole yet, newest first: they go on when the same file is picked again."""
        pages = NewestFirst()
        mine = Upload.objects.owned_by(self.viewer).unfinished_files()
        page = pages.paginate_queryset(mine, request, view=self)
        return pages.get_paginated_response(UnfinishedUploadSerializer(page, many=True).data)


class UploadView(UploadBase):
    @extend_schema(operation_id="uploads_retrieve", responses=UploadSerializer)
    def get(self, request: Request, public_id: str) -> Response:
        """The upload and what is known of its parts, to go on after a reload or from another machine."""
        return Response(UploadSerializer(self.own(public_id)).data)

    @extend_schema(responses={204: None})
    def delete(self, request: Request, public_id: str) -> Response:
        """Drop the upload and what was stored of it; of a recording that the server has ended, give up the rest."""
        services.abort_upload(upload=self.own(public_id))
        return Response(status=status.HTTP_204_NO_CONTENT)


class PartsView(UploadBase):
    @extend_schema(request=PartsSerializer, responses=PartAnswersSerializer)
    def post(self, request: Request, public_id: str) -> Response:
        """Promise parts and learn where their bytes go; say which ones were stored and learn which count."""
        upload = self.own(public_id)
        data = PartsSerializer(data=request.data)
        data.is_valid(raise_exception=True)
        asked = data.validated_data
        states = confirming.confirm_parts(upload=upload, numbers=asked["stored"])
        unknown = sorted(set(asked["stored"]) - set(states))
        if unknown:
            raise serializers.ValidationError({"stored": f"part {unknown[0]} was never promised"})
        answers: dict[int, dict[str, Any]] = {
            number: {"number": number, "state": state} for number, state in states.items()
        }
        promises = [services.Promise(**part) for part in asked["parts"]]
        for answer in services.promise_parts(upload=upload, promises=promises) if promises else []:
            answers[answer.number] = self._shown(answer)
        return Response({"parts": [answers[number] for number in sorted(answers)]})

    def _shown(self, answer: services.PartAnswer) -> dict[str, Any]:
        shown: dict[str, Any] = {"number": answer.number, "state": answer.state}
        if answer.request is not None:
            shown["url"] = absolute_url(self.request._request, answer.request.url)
            shown["method"] = answer.request.method
            shown["headers"] = dict(answer.request.headers)
            shown["expires_at"] = answer.request.expires_at
        return shown


class CompleteView(UploadBase):
    @extend_schema(request=CompleteSerializer, responses=VideoSerializer)
    def post(self, request: Request, public_id: str) -> Response:
        """End the upload: these are all its parts. Repeatable."""
        upload = self.own(public_id)
        data = CompleteSerializer(data=request.data)
        data.is_valid(raise_exception=True)
        completing.complete_upload(
            upload=upload,
            named=[completing.Named(**part) for part in data.validated_data["parts"]],
            recorded_ms=data.validated_data.get("recorded_ms"),
        )
        videos = Video.objects.select_related("current_publication", "current_source", "author")
        video = videos.get(pk=upload.source.video_id)
        return Response(VideoSerializer(video, context={"viewer": self.viewer, "request": request._request}).data)


class AliveView(UploadBase):
    @extend_schema(request=None, responses={204: None})
    def post(self, request: Request, public_id: str) -> Response:
        """Somebody is still recording or sending, also while no part is due."""
        services.note_alive(upload=self.own(public_id))
        return Response(status=status.HTTP_204_NO_CONTENT)


class ReopenView(UploadBase):
    @extend_schema(request=None, responses=UploadSerializer)
    def post(self, request: Request, public_id: str) -> Response:
        """Go on with an upload: 200 while it is open and after the server has ended it, 409 once its author has."""
        upload = self.own(public_id)
        services.reopen(upload=upload)
        return Response(UploadSerializer(upload).data)
