"""/api/v1/trash/: what was deleted in the last 30 days, and deleting it for good. Restoring stands in api.py."""

from typing import Any

from django.shortcuts import get_object_or_404
from drf_spectacular.utils import OpenApiParameter, extend_schema, inline_serializer
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response

from apps.core.api import MemberView
from apps.pages.listing import TrashPages
from apps.pages.serializers import TrashedVideoSerializer, TrashQuerySerializer
from apps.videos import clearing
from apps.videos.models import Video

TRASH_PAGE = inline_serializer(
    "TrashPage",
    {
        "next": serializers.URLField(allow_null=True),
        "previous": serializers.URLField(allow_null=True),
        "results": TrashedVideoSerializer(many=True),
    },
)


class TrashView(MemberView):
    @extend_schema(
        operation_id="trash_list",
        parameters=[OpenApiParameter("cursor", str), OpenApiParameter("page_size", int)],
        responses=TRASH_PAGE,
    )
    def get(self, request: Request) -> Response:
        """What I may take out of the trash, the last one first: my videos, and as owner or admin what members saw."""
        pages = TrashPages()
        found = Video.objects.restorable_by(self.viewer).with_readers()
        found = found.select_related("current_publication", "current_source")
        page = pages.paginate_queryset(found, request, view=self) or []
        context: dict[str, Any] = {"viewer": self.viewer, "request": request._request}
        return pages.get_paginated_response(TrashedVideoSerializer(page, many=True, context=context).data)

    @extend_schema(operation_id="trash_empty", parameters=[TrashQuerySerializer], responses={204: None})
    def delete(self, request: Request) -> Response:
        """Empty the trash: delete for good all that the list holds, bytes included. It cannot be taken back."""
        asked = TrashQuerySerializer(data=request.query_params)
        asked.is_valid(raise_exception=True)
        videos = Video.objects.restorable_by(self.viewer)
        if asked.validated_data.get("until") is not None:
            videos = videos.filter(deleted_at__lte=asked.validated_data["until"])
        clearing.delete_for_good(videos=videos)
        return Response(status=status.HTTP_204_NO_CONTENT)


class TrashedVideoView(MemberView):
    @extend_schema(operation_id="trash_destroy", responses={204: None})
    def delete(self, request: Request, public_id: str) -> Response:
        """Delete a video that lies in the trash for good, bytes included. It cannot be taken back."""
        video = get_object_or_404(Video.objects.restorable_by(self.viewer), public_id=public_id)
        clearing.delete_for_good(videos=[video])
        return Response(status=status.HTTP_204_NO_CONTENT)
