"""Comments of a video: listing, polling, writing, editing, deleting, resolving."""

import hashlib
import re
from collections.abc import Sequence
from dataclasses import asdict
from itertools import accumulate
from typing import Any, ClassVar

from django.db.models import Count, Exists, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce
from django.http import Http404
from django.shortcuts import get_object_or_404
from django.utils.http import parse_etags
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema, inline_serializer
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response

from apps.accounts.models import Person
from apps.comments import services
from apps.comments.audience import audience_of
from apps.comments.cursors import NotACursor, cursor_for, read_cursor, rights_digest
from apps.comments.errors import CommentsOff, EditConflict, NameNeeded
from apps.comments.models import Comment, CommentQuerySet
from apps.comments.serializers import (
    AudienceSerializer,
    CommentCreateSerializer,
    CommentEditSerializer,
    CommentSerializer,
    ReactionCreateSerializer,
    ReactionSerializer,
)
from apps.core.api import ApiView, signed_in
from apps.core.idempotency import carry_out_once
from apps.sharing.api import viewable_video
from apps.sharing.models import Guest
from apps.videos.models import Video

PAGE_SIZE = 200
OF_AN_EARLIER_RELEASE = re.compile(r"[0-9]{1,19}")  # a cursor that told the number of the last change
LONGEST_PAGE = 400_000  # signs: what is longer takes a second to be made into HTML
LARGEST_PAGE = 1000  # for who has shown the first page already, and fills up a conversation of thousands

COMMENT_PAGE = inline_serializer(
    "CommentPage",
    {
        "next": serializers.CharField(allow_null=True),
        "previous": serializers.CharField(allow_null=True),
        "results": CommentSerializer(many=True),
        "after": serializers.CharField(help_text="the cursor to ask with for what changes from now on"),
        "reset": serializers.BooleanField(
            help_text="what this viewer may see has changed since the cursor: forget what came before, this is all anew"
        ),
        "audience": AudienceSerializer(),
        "speaker": serializers.CharField(allow_null=True, help_text="who would write now; null for a guest to be"),
    },
)


def with_rows(comments: CommentQuerySet, view: ApiView) -> CommentQuerySet:
    """Return the comments with all that their serializer reads, in a fixed number of queries.

    Answers are counted in a subquery: joined, each answer would multiply the rows before they are grouped again.
    """
    answers = Comment.objects.viewable_by(view.viewer).filter(parent=OuterRef("pk"), deleted_at__isnull=True)
    count = answers.order_by().values("parent").annotate(count=Count("pk")).values("count")
    return (
        comments.select_related("parent")
        .prefetch_related("reactions", "mentions__person")
        .annotate(replies_count=Coalesce(Subquery(count), 0))
    )


def serialized(comments: Sequence[Comment], view: ApiView, video: Video) -> list[dict[str, Any]]:
    """Return comments of this video as the viewer sees them."""
    context = {"viewer": view.viewer, "duration_ms": video.duration_ms}
    # One serializer for all: making its fields anew for each comment takes ten times as long as filling them.
    return list(CommentSerializer(comments, many=True, context=context).data)


def shown(comment: Comment, view: ApiView) -> dict[str, Any]:
    """Return a comment that this viewer has written or was just looked up for them, as it is now.

    What one has written oneself is answered also on a link that shows nothing of the conversation.
    """
    found = with_rows(Comment.objects.select_related("video"), view).get(pk=comment.pk)
    return serialized([found], view, found.video)[0]


def speaker(view: ApiView, video: Video) -> tuple[Person | None, Guest | None]:
    """Return who speaks: the member, else the guest. CommentsOff where they may not, NameNeeded for a guest without."""
    if not Video.objects.commentable_by(view.viewer).filter(pk=video.pk).exists():
        raise CommentsOff
    if view.viewer.person_id is not None:
        return signed_in(view.request), None
    guest: Guest | None = getattr(view.request, "guest", None)
    if guest is None or guest.workspace_id != video.workspace_id:
        raise NameNeeded
    return None, guest


def found_for(view: ApiView, comments: CommentQuerySet, public_id: str) -> Comment:
    """Return this one of the comments, with its video.

    PasswordNeeded and NameNeeded where the viewer's link to its video still waits for one of them, else 404.
    """
    comment = comments.select_related("video").filter(public_id=public_id).first()
    if comment is not None:
        return comment
    behind = Comment.objects.filter(public_id=public_id, team_only=False).select_related("video").first()
    if behind is not None:
        viewable_video(view, behind.video.public_id)
    raise Http404


def is_member_for(view: ApiView, video: Video) -> bool:
    """Return whether the viewer sees this video as a member, and not only by a link."""
    return Video.objects.listed_for(view.viewer).filter(pk=video.pk).exists()


def page_size_of(request: Request) -> int:
    """Return how many comments a page holds. Raises ValidationError for what is no such number."""
    field = serializers.IntegerField(min_value=1, max_value=LARGEST_PAGE)
    try:
        return int(field.run_validation(request.query_params.get("page_size", PAGE_SIZE)))
    except serializers.ValidationError as error:
        raise serializers.ValidationError({"page_size": error.detail}) from error


def fitting(comments: list[Comment], size: int) -> list[Comment]:
    """Return those that make a page, from the first on: at most `size`, LONGEST_PAGE signs together, but never none."""
    lengths = accumulate(len(comment.body) for comment in comments)
    return comments[: max(1, min(size, sum(length <= LONGEST_PAGE for length in lengths)))]


class CommentsView(ApiView):
    limits: ClassVar[dict[str, str]] = {"POST": "comments"}

    @extend_schema(
        operation_id="comments_list",
        parameters=[OpenApiParameter("after", str, description="a cursor: only what changed since, in order")],
        responses={200: COMMENT_PAGE, 304: OpenApiResponse(description="nothing changed since the ETag")},
    )
    def get(self, request: Request, public_id: str) -> Response:
        """Comments in the order of their last change, 200 a page.

        `after` in the answer is the cursor to poll with; then deleted comments come too, with deleted_at and
        without a body. `next` is the address of the next page, null when nothing more is there now.
        """
        video = viewable_video(self, public_id)
        size = page_size_of(request)
        is_member = is_member_for(self, video)
        rights = self._rights(video, is_member=is_member)
        after, had_rights = self._after(request, video, rights)
        reset = had_rights != rights
        after = 0 if reset else after
        readable = Comment.objects.viewable_by(self.viewer).filter(video=video)
        audience = asdict(audience_of(video=video, viewer=self.viewer, is_member=is_member))
        latest = readable.order_by("-change_seq").values_list("change_seq", flat=True).first()
        # Nothing of what this viewer may not read takes part: a hidden change must not show by a new ETag.
        asked = (request.query_params.get("after"), size)
        etag = _etag(video.public_id, latest, asked, rights, audience, video.duration_ms)
        headers = {"ETag": etag, "Cache-Control": "private, no-cache"}
        if _is_known(etag, request.headers.get("If-None-Match", "")):
            return Response(status=status.HTTP_304_NOT_MODIFIED, headers=headers)
        comments = readable.filter(change_seq__gt=after)
        if after == 0:
            answers = Comment.objects.viewable_by(self.viewer).filter(parent=OuterRef("pk"), deleted_at__isnull=True)
            comments = comments.filter(Q(deleted_at__isnull=True) | Exists(answers))
        found = list(with_rows(comments, self).order_by("change_seq")[: size + 1])
        page = fitting(found, size)
        change = page[-1].change_seq if page else after
        cursor = cursor_for(video_id=video.pk, change=change, rights=rights)
        body = {
            "next": f"{request.path}?page_size={size}&after={cursor}" if len(page) < len(found) else None,
            "previous": None,
            "results": serialized(page, self, video),
            "after": cursor,
            "reset": reset,
            "audience": audience,
            "speaker": services.speaker_key(self.viewer),
        }
        return Response(body, headers=headers)

    @extend_schema(request=CommentCreateSerializer, responses={201: CommentSerializer, 200: CommentSerializer})
    def post(self, request: Request, public_id: str) -> Response:
        """Write a comment, or with `parent` an answer."""
        video = viewable_video(self, public_id)
        member, guest = speaker(self, video)
        data = CommentCreateSerializer(data=request.data)
        data.is_valid(raise_exception=True)
        asked = dict(data.validated_data)
        client_id = asked.pop("client_id", None)
        fields = self._fields(video, asked)
        comment, is_new = carry_out_once(
            scope=f"person:{member.pk}" if member is not None else f"guest:{guest.pk if guest else 0}",
            client_id=client_id,
            request={"comment_on": public_id, **asked},
            create=lambda: services.add_comment(video=video, member=member, guest=guest, **fields),
            result_of=lambda made: made.public_id,
            find=lambda name: get_object_or_404(Comment, public_id=name, video=video),
        )
        return Response(shown(comment, self), status=201 if is_new else 200)

    def _fields(self, video: Video, asked: dict[str, Any]) -> dict[str, Any]:
        """Return what add_comment takes: the parent's row for its id, and team_only for members alone."""
        fields = dict(asked)
        if fields.get("parent"):
            parents = Comment.objects.viewable_by(self.viewer).filter(video=video).select_related("parent")
            parent = parents.filter(public_id=fields["parent"]).first()
            if parent is None:
                raise serializers.ValidationError({"parent": _("What you answer is not here any more.")})
            fields["parent"] = parent
        else:
            fields.pop("parent", None)
        fields["mentions"] = mentioned(self, video, fields.get("mentions", []))
        if fields.get("team_only") and not is_member_for(self, video):
            raise serializers.ValidationError({"team_only": _("Only members write for the team alone.")})
        return fields

    @staticmethod
    def _after(request: Request, video: Video, rights: bytes) -> tuple[int, bytes]:
        """Return the change after which the request asks, and the rights its cursor was made for.

        What an earlier release gave out says nothing of rights, and reading begins anew.
        """
        cursor = request.query_params.get("after")
        if not cursor:
            return 0, rights
        if OF_AN_EARLIER_RELEASE.fullmatch(cursor):  # in a page that was open while the server was upgraded
            return 0, b""
        try:
            return read_cursor(cursor, video_id=video.pk)
        except NotACursor as error:
            raise serializers.ValidationError({"after": "is not a cursor of ours"}) from error

    def _rights(self, video: Video, *, is_member: bool) -> bytes:
        """Return what stands for all that decides which comments of this video the viewer reads."""
        link = self.viewer.link_for(video.pk)
        shows = None if link is None or is_member else link.conversation
        return rights_digest(self.viewer.person_id, self.viewer.guest_id, is_member, shows)


def _etag(*parts: object) -> str:
    return f'W/"{hashlib.sha256(repr(parts).encode()).hexdigest()[:32]}"'


def _is_known(etag: str, header: str) -> bool:
    """Return whether an If-None-Match names the ETag, compared weakly as RFC 9110, 13.1.2 says."""
    known = parse_etags(header)
    return known == ["*"] or etag.removeprefix("W/") in {tag.removeprefix("W/") for tag in known}


def mentioned(view: ApiView, video: Video, ids: list[str]) -> list[Person]:
    """Return the colleagues of these ids. Raises ValidationError for others, and for a guest who names any."""
    if not ids:
        return []
    if not is_member_for(view, video):
        raise serializers.ValidationError({"mentions": _("Only members name colleagues.")})
    people = list(video.members_who_see().filter(public_id__in=ids))
    if len(set(ids)) != len(people):
        raise serializers.ValidationError({"mentions": _("Somebody whom you name does not see this video.")})
    return people


class CommentView(ApiView):
    limits: ClassVar[dict[str, str]] = {"PATCH": "comments"}

    def _own(self, public_id: str) -> Comment:
        return found_for(self, Comment.objects.written_by(self.viewer), public_id)

    @extend_schema(request=CommentEditSerializer, responses=CommentSerializer)
    def patch(self, request: Request, public_id: str) -> Response:
        """Change one's own comment; 409 with the newer one when it was changed since `edited_at`.

        403 for a guest whose link does not allow comments any more: a new text is a new comment.
        """
        comment = self._own(public_id)
        speaker(self, comment.video)
        data = CommentEditSerializer(data=request.data)
        data.is_valid(raise_exception=True)
        seen = data.validated_data.get("edited_at") or comment.created_at
        ids = data.validated_data.get("mentions")
        mentions = None if ids is None else mentioned(self, comment.video, ids)
        body = data.validated_data["body"]
        if not services.edit_comment(comment=comment, body=body, seen=seen, mentions=mentions):
            raise EditConflict(comment=shown(comment, self))
        return Response(shown(comment, self))

    @extend_schema(responses={204: None})
    def delete(self, request: Request, public_id: str) -> Response:
        """Take one's own comment back. Answers to it stay."""
        services.delete_comment(comment=self._own(public_id))
        return Response(status=status.HTTP_204_NO_CONTENT)


class ResolveView(ApiView):
    limits: ClassVar[dict[str, str]] = {"POST": "reactions"}
    resolved = True

    @extend_schema(request=None, responses=CommentSerializer)
    def post(self, request: Request, public_id: str) -> Response:
        """Mark a thread as settled, or open it again: any member who sees the video may, and who began it."""
        threads = Comment.objects.viewable_by(self.viewer).filter(parent=None, deleted_at=None)
        comment = found_for(self, threads, public_id)
        if not is_member_for(self, comment.video) and not comment.is_mine(self.viewer):
            raise Http404
        services.set_resolved(comment=comment, resolved=self.resolved)
        return Response(shown(comment, self))


class ReopenView(ResolveView):
    resolved = False


class ReactionsView(ApiView):
    limits: ClassVar[dict[str, str]] = {"PUT": "reactions"}

    @extend_schema(request=ReactionCreateSerializer, responses=ReactionSerializer)
    def put(self, request: Request, public_id: str) -> Response:
        """Leave an emoji on a comment; the same again changes nothing."""
        comment = found_for(self, Comment.objects.viewable_by(self.viewer).filter(deleted_at=None), public_id)
        member, guest = speaker(self, comment.video)
        data = ReactionCreateSerializer(data=request.data)
        data.is_valid(raise_exception=True)
        reaction = services.react(comment=comment, member=member, guest=guest, emoji=data.validated_data["emoji"])
        return Response(ReactionSerializer(reaction, context={"viewer": self.viewer}).data)


class ReactionView(ApiView):
    limits: ClassVar[dict[str, str]] = {"DELETE": "reactions"}

    @extend_schema(responses={204: None})
    def delete(self, request: Request, public_id: str, reaction_id: str) -> Response:
        """Take one's own reaction back."""
        comment = found_for(self, Comment.objects.viewable_by(self.viewer), public_id)
        found = comment.reactions.filter(public_id=reaction_id).select_related("comment").first()
        if found is None or not found.is_mine(self.viewer):
            raise Http404
        services.take_back(reaction=found)
        return Response(status=status.HTTP_204_NO_CONTENT)
