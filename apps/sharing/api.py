"""Share links, what they open, guests, and how a video plays."""

from django.http import Http404
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema, inline_serializer
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response

from apps.core import throttles
from apps.core.api import ApiView, MemberView, signed_in
from apps.core.errors import Expired
from apps.core.idempotency import carry_out_once
from apps.sharing import services
from apps.sharing.errors import NameNeeded, PasswordNeeded
from apps.sharing.members import members_of
from apps.sharing.models import Guest, ShareLink
from apps.sharing.playback import playback_of, source_url
from apps.sharing.serializers import (
    GuestCreatedSerializer,
    GuestCreateSerializer,
    PlaybackSerializer,
    SharedVideoSerializer,
    ShareLinkSerializer,
    ShareLinkWriteSerializer,
    UnlockedSerializer,
    UnlockSerializer,
    VideoMemberSerializer,
)
from apps.sharing.viewers import link_of_token, remember_guest, remember_link, rights_of
from apps.videos.models import Video

SHARE_LINK_PAGE = inline_serializer(
    "ShareLinkPage",
    {
        "next": serializers.URLField(allow_null=True),
        "previous": serializers.URLField(allow_null=True),
        "results": ShareLinkSerializer(many=True),
    },
)
VIDEO_MEMBER_PAGE = inline_serializer(
    "VideoMemberPage",
    {
        "next": serializers.URLField(allow_null=True),
        "previous": serializers.URLField(allow_null=True),
        "results": VideoMemberSerializer(many=True),
    },
)


def viewable_video(view: ApiView, public_id: str) -> Video:
    """Return a video this viewer may watch.

    PasswordNeeded and NameNeeded where their link still waits for one of them, else 404.
    """
    videos = Video.objects.select_related("current_publication", "current_source", "author")
    video = videos.viewable_by(view.viewer).filter(public_id=public_id).first()
    if video is not None:
        return video
    waiting = {link.video_id: link for link in view.viewer.links}
    behind = Video.objects.kept().filter(public_id=public_id, pk__in=waiting).first()
    if behind is None:
        raise Http404
    raise PasswordNeeded if waiting[behind.pk].needs_password else NameNeeded


def open_link(token: str) -> ShareLink:
    """Return the link of a share token. 404 where there is none that is open, Expired for one that has ended."""
    link = link_of_token(token)
    if link is None:
        raise Http404
    if link.has_expired:
        raise Expired
    return link


class PlaybackView(ApiView):
    @extend_schema(responses=PlaybackSerializer)
    def get(self, request: Request, public_id: str) -> Response:
        """How a video plays now, and how far its making has come."""
        video = viewable_video(self, public_id)
        playback = playback_of(request=request._request, viewer=self.viewer, video=video)
        return Response(PlaybackSerializer(playback).data)


class SourceView(MemberView):
    @extend_schema(responses={302: OpenApiResponse(description="to the bytes of the source")})
    def get(self, request: Request, public_id: str) -> Response:
        """Redirect to the source as it was recorded or uploaded; its author only."""
        video = get_object_or_404(
            Video.objects.editable_by(self.viewer).select_related("current_source"), public_id=public_id
        )
        if video.current_source is None or not video.current_source.stored:
            raise Http404
        return Response(
            status=status.HTTP_302_FOUND, headers={"Location": source_url(request=request._request, video=video)}
        )


class VideoMembersView(MemberView):
    @extend_schema(
        operation_id="video_members_list",
        parameters=[OpenApiParameter("search", str, description="a piece of the name")],
        responses=VIDEO_MEMBER_PAGE,
    )
    def get(self, request: Request, public_id: str) -> Response:
        """The members of a video's workspace by name, at most 200, and which of them see it: whom one may mention.

        For members who see it themselves.
        """
        video = get_object_or_404(Video.objects.listed_for(self.viewer), public_id=public_id)
        members = members_of(video, viewer=self.viewer, search=request.query_params.get("search", ""))
        results = VideoMemberSerializer(members, many=True).data
        return Response({"next": None, "previous": None, "results": results})


class ShareLinksView(MemberView):
    @extend_schema(operation_id="share_links_list", responses=SHARE_LINK_PAGE)
    def get(self, request: Request, public_id: str) -> Response:
        """The links of a video, newest first, the last revoked ones among them; its author only."""
        video = get_object_or_404(Video.objects.editable_by(self.viewer), public_id=public_id)
        results = ShareLinkSerializer(services.links_of(video), many=True).data
        return Response({"next": None, "previous": None, "results": results})

    @extend_schema(request=ShareLinkWriteSerializer, responses={201: ShareLinkSerializer, 200: ShareLinkSerializer})
    def post(self, request: Request, public_id: str) -> Response:
        """Make another link to a video; its author only."""
        video = get_object_or_404(Video.objects.editable_by(self.viewer), public_id=public_id)
        data = ShareLinkWriteSerializer(data=request.data)
        data.is_valid(raise_exception=True)
        rules = dict(data.validated_data)
        client_id = rules.pop("client_id", None)
        link, is_new = carry_out_once(
            scope=f"person:{self.viewer.person_id}",
            client_id=client_id,
            request={"share_link_of": public_id, **rules},
            create=lambda: services.create_share_link(video=video, created_by=signed_in(request), **rules),
            result_of=lambda made: made.public_id,
            find=lambda name: get_object_or_404(ShareLink, public_id=name, video=video),
        )
        return Response(ShareLinkSerializer(link).data, status=201 if is_new else 200)


class ShareLinkView(MemberView):
    def _link(self, public_id: str) -> ShareLink:
        return get_object_or_404(ShareLink, public_id=public_id, video__in=Video.objects.editable_by(self.viewer))

    @extend_schema(request=ShareLinkWriteSerializer, responses=ShareLinkSerializer)
    def patch(self, request: Request, public_id: str) -> Response:
        """Change a link's rules; its video's author only. 409 link_revoked for one that has been revoked."""
        link = self._link(public_id)
        data = ShareLinkWriteSerializer(data=request.data, partial=True)
        data.is_valid(raise_exception=True)
        rules = {name: value for name, value in data.validated_data.items() if name != "client_id"}
        return Response(ShareLinkSerializer(services.edit_share_link(link=link, **rules)).data)

    @extend_schema(responses={204: None})
    def delete(self, request: Request, public_id: str) -> Response:
        """Revoke a link: its page ends at once, the bytes within a minute."""
        services.revoke_share_link(link=self._link(public_id))
        return Response(status=status.HTTP_204_NO_CONTENT)


class SharedVideoView(ApiView):
    @extend_schema(responses=SharedVideoSerializer)
    def get(self, request: Request, token: str) -> Response:
        """What a share link opens, and what it allows.

        `needs_password` and `needs_name` say what it still asks for; until it has them `video` is null.
        """
        link = open_link(token)
        rights = rights_of(link, share_token=token)
        viewer = self.viewer.with_link(rights)
        body = {
            "video": link.video if viewer.is_let_in_by(rights) else None,
            "can_comment": link.can_comment,
            "can_download": link.can_download,
            "needs_name": viewer.awaits_name(rights),
            "needs_password": rights.needs_password,
        }
        if body["video"] is not None and request.method == "GET":  # a HEAD only looks whether the link is alive
            services.note_use(link=link)
        return Response(SharedVideoSerializer(body, context={"viewer": viewer, "request": request._request}).data)


class UnlockView(ApiView):
    @extend_schema(request=UnlockSerializer, responses=UnlockedSerializer)
    def post(self, request: Request, token: str) -> Response:
        """Give a link's password; the share token that comes back opens it."""
        link = open_link(token)
        data = UnlockSerializer(data=request.data)
        data.is_valid(raise_exception=True)
        share_token = services.unlock(
            link=link, password=data.validated_data["password"], address=throttles.address_of(request._request)
        )
        response = Response(UnlockedSerializer({"share_token": share_token}).data)
        remember_link(request._request, response, share_token=share_token)
        return response


class GuestsView(ApiView):
    @extend_schema(request=GuestCreateSerializer, responses={201: GuestCreatedSerializer})
    def post(self, request: Request) -> Response:
        """Give a name to speak under, with the share token one came by."""
        data = GuestCreateSerializer(data=request.data)
        data.is_valid(raise_exception=True)
        token = data.validated_data["share_token"]
        link = open_link(token)
        if not services.is_unlocked_by(link, token):
            raise PasswordNeeded
        throttles.take("guests", throttles.address_of(request._request))
        name, client_id = data.validated_data["name"], data.validated_data.get("client_id")
        guest_token = services.guest_token_for(link=link, client_id=client_id)
        _guest, is_new = carry_out_once(
            scope=f"link:{link.pk}",
            client_id=client_id,
            request={"guest_named": name},
            create=lambda: services.create_guest(workspace=link.video.workspace, name=name, token=guest_token),
            result_of=lambda made: made.public_id,
            find=lambda public_id: Guest.objects.get(public_id=public_id),
        )
        response = Response(GuestCreatedSerializer({"guest_token": guest_token}).data, status=201 if is_new else 200)
        remember_guest(response, guest_token=guest_token)
        return response
