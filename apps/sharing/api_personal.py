"""A guest's personal link. Nobody else is told of it: members and visitors without a name get 404."""

from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response

from apps.core.api import ApiView
from apps.core.errors import NotFound
from apps.sharing import personal
from apps.sharing.api import viewable_video
from apps.sharing.models import Guest, ShareLink
from apps.sharing.serializers import PersonalLinkSerializer
from apps.sharing.viewers import personal_link_in, remember_guest
from apps.videos.models import Video


def speaking_guest(view: ApiView, public_id: str) -> tuple[Video, Guest, ShareLink]:
    """Return the video, the guest who asks and the link they came by. NotFound for everybody who is no guest of it."""
    video = viewable_video(view, public_id)
    guest: Guest | None = getattr(view.request, "guest", None)
    rights = view.viewer.link_for(video.pk)
    if guest is None or rights is None or guest.workspace_id != video.workspace_id:
        raise NotFound
    return video, guest, ShareLink.objects.get(pk=rights.link_id)


class PersonalLinkView(ApiView):
    @extend_schema(request=None, responses=PersonalLinkSerializer)
    def post(self, request: Request, public_id: str) -> Response:
        """The guest's own way back to this video, made when first asked for; the same one each time."""
        _video, guest, share_link = speaking_guest(self, public_id)
        link = personal.personal_link_of(guest=guest, share_link=share_link)
        return Response(PersonalLinkSerializer({"url": personal.url_of(link)}).data)

    @extend_schema(responses={204: None})
    def delete(self, request: Request, public_id: str) -> Response:
        """Make it stop working, and what it has opened: but for the browser that asks, which gets a new token."""
        _video, guest, share_link = speaking_guest(self, public_id)
        came_by = personal_link_in(request._request)
        personal.revoke_personal_links(guest=guest, share_link=share_link)
        response = Response(status=status.HTTP_204_NO_CONTENT)
        if came_by is not None and came_by.share_link_id == share_link.pk:
            fresh = personal.personal_link_of(guest=guest, share_link=share_link)
            remember_guest(response, guest_token=personal.device_token(fresh))
        return response
