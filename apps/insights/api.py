"""What was seen, told by the page that shows it."""

from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response

from apps.comments.cursors import NotACursor, read_cursor
from apps.core.api import ApiView
from apps.insights import services
from apps.insights.serializers import SeenWriteSerializer
from apps.sharing.api import viewable_video


class SeenView(ApiView):
    @extend_schema(request=SeenWriteSerializer, responses={204: None})
    def put(self, request: Request, public_id: str) -> Response:
        """Say that I see the video now, or with `after` that I have read what was said up to that cursor.

        Opening the page counts by itself; this is for what happened while it stayed open. It is kept for members and
        for guests with a name, and does nothing for anybody else.
        """
        video = viewable_video(self, public_id)
        data = SeenWriteSerializer(data=request.data)
        data.is_valid(raise_exception=True)
        if "after" in data.validated_data:
            try:
                after, _rights = read_cursor(data.validated_data["after"], video_id=video.pk)
            except NotACursor as error:
                raise serializers.ValidationError({"after": "is not a cursor of ours"}) from error
            services.note_read(video=video, viewer=self.viewer, after=after)
        else:
            services.note_opened(video=video, viewer=self.viewer)
        return Response(status=status.HTTP_204_NO_CONTENT)
