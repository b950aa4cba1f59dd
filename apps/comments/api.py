"""Comments of a video: listing, polling, writing, editing, deleting, resolving."""

import hashlib
from typing import Any

from django.db.models import Count, Q
from django.http import Http404
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import OpenApiParameter, extend_schema, inline_serializer
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response

from apps.accounts.models import Person
from apps.comments import services
from apps.comments.errors import CommentsOff, EditConflict, NameNeeded
from apps.comments.models import Comment, CommentQuerySet, Reaction
from apps.comments.serializers import (
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

COMMENT_PAGE = inline_serializer(
    "CommentPage",
    {
        "next": serializers.CharField(allow_null=True),
        "previous": serializers.CharField(allow_null=True),
        "results": CommentSerializer(many=True),
        "after": serializers.CharField(help_text="the cursor to ask with for what changes from now on"),
    },
)


def with_counts(comments: CommentQuerySet, view: ApiView) -> CommentQuerySet:
    """Return the comments with their thread's rows and the number of answers this viewer may read."""
    answers = Q(replies__deleted_at__isnull=True, replies__in=Comment.objects.viewable_by(view.viewer))
    comments = comments.select_related("parent").prefetch_related("reactions")
    return comments.annotate(replies_count=Count("replies", filter=answers, distinct=True))


def shown(comment: Comment, view: ApiView) -> dict[str, Any]:
    """Return a comment that this viewer has written or was just looked up for them, as it is now.

    What one has written oneself is answered also on a link that shows nothing of the conversation.
    """
    found = with_counts(Comment.objects.all(), view).get(pk=comment.pk)
    return CommentSerializer(found, context={"viewer": view.viewer}).data


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


class CommentsView(ApiView):
    @extend_schema(
        operation_id="comments_list",
        parameters=[OpenApiParameter("after", str, description="a cursor: only what changed since, in order")],
        responses=COMMENT_PAGE,
    )
    def get(self, request: Request, public_id: str) -> Response:
        """Comments in the order of their last change, 200 a page.

        `after` in the answer is the cursor to poll with; then deleted comments come too, with deleted_at and
        without a body. `next` is the address of the next page, null when nothing more is there now.
        """
        video = viewable_video(self, public_id)
        after = self._after(request)
        etag = self._etag(video, after)
        if request.headers.get("If-None-Match") == etag:
            return Response(status=status.HTTP_304_NOT_MODIFIED, headers={"ETag": etag})
        comments = Comment.objects.viewable_by(self.viewer).filter(video=video, change_seq__gt=after)
        if after == 0:
            answered = Q(deleted_at__isnull=True) | Q(replies__deleted_at__isnull=True, replies__isnull=False)
            comments = comments.filter(pk__in=comments.filter(answered).values("pk"))
        page = list(with_counts(comments, self).order_by("change_seq")[: PAGE_SIZE + 1])
        has_more = len(page) > PAGE_SIZE
        page = page[:PAGE_SIZE]
        cursor = page[-1].change_seq if page else after
        body = {
            "next": f"{request.path}?after={cursor}" if has_more else None,
            "previous": None,
            "results": CommentSerializer(page, many=True, context={"viewer": self.viewer}).data,
            "after": str(cursor),
        }
        return Response(body, headers={"ETag": etag, "Cache-Control": "private, no-cache"})

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
                raise serializers.ValidationError({"parent": "there is no such comment here"})
            fields["parent"] = parent
        else:
            fields.pop("parent", None)
        fields["mentions"] = self._mentioned(video, fields.get("mentions", []))
        if fields.get("team_only") and not Video.objects.listed_for(self.viewer).filter(pk=video.pk).exists():
            raise serializers.ValidationError({"team_only": "is for members of the workspace"})
        return fields

    def _mentioned(self, video: Video, ids: list[str]) -> list[Person]:
        """Return the colleagues of these ids. Raises ValidationError for others, and for a guest who names any."""
        if ids and self.viewer.person_id is None:
            raise serializers.ValidationError({"mentions": "are for members of the workspace"})
        people = Person.objects.filter(public_id__in=ids, memberships__workspace=video.workspace_id, is_active=True)
        if len(set(ids)) != people.count():
            raise serializers.ValidationError({"mentions": "names somebody who is not in this workspace"})
        return list(people)

    @staticmethod
    def _after(request: Request) -> int:
        cursor = request.query_params.get("after") or "0"
        if not cursor.isascii() or not cursor.isdigit() or len(cursor) > 18:
            raise serializers.ValidationError({"after": "is not a cursor of ours"})
        return int(cursor)

    def _etag(self, video: Video, after: int) -> str:
        """Return what stands for this answer: it changes with the conversation and with who may read what."""
        seen_by = hashlib.sha256(repr(self.viewer).encode()).hexdigest()[:16]
        return f'W/"{video.public_id}-{video.change_seq}-{after}-{seen_by}"'


class CommentView(ApiView):
    def _own(self, public_id: str) -> Comment:
        return get_object_or_404(Comment.objects.written_by(self.viewer).select_related("video"), public_id=public_id)

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
        if not services.edit_comment(comment=comment, body=data.validated_data["body"], seen=seen):
            raise EditConflict(comment=shown(comment, self))
        return Response(shown(comment, self))

    @extend_schema(responses={204: None})
    def delete(self, request: Request, public_id: str) -> Response:
        """Take one's own comment back. Answers to it stay."""
        services.delete_comment(comment=self._own(public_id))
        return Response(status=status.HTTP_204_NO_CONTENT)


class ResolveView(CommentView):
    resolved = True

    @extend_schema(request=None, responses=CommentSerializer)
    def post(self, request: Request, public_id: str) -> Response:
        """Mark a thread as settled, or open it again: any member who sees the video may, and who began it."""
        comment = get_object_or_404(
            Comment.objects.viewable_by(self.viewer), public_id=public_id, parent=None, deleted_at=None
        )
        by_member = Video.objects.listed_for(self.viewer).filter(pk=comment.video_id).exists()
        if not by_member and not comment.is_mine(self.viewer):
            raise Http404
        services.set_resolved(comment=comment, resolved=self.resolved)
        return Response(shown(comment, self))

    http_method_names = ["post", "options"]


class ReopenView(ResolveView):
    resolved = False


class ReactionsView(ApiView):
    @extend_schema(request=ReactionCreateSerializer, responses=ReactionSerializer)
    def put(self, request: Request, public_id: str) -> Response:
        """Leave an emoji on a comment; the same again changes nothing."""
        comments = Comment.objects.viewable_by(self.viewer).filter(deleted_at=None).select_related("video")
        comment = get_object_or_404(comments, public_id=public_id)
        member, guest = speaker(self, comment.video)
        data = ReactionCreateSerializer(data=request.data)
        data.is_valid(raise_exception=True)
        reaction = services.react(comment=comment, member=member, guest=guest, emoji=data.validated_data["emoji"])
        return Response(ReactionSerializer(reaction, context={"viewer": self.viewer}).data)


class ReactionView(ApiView):
    @extend_schema(responses={204: None})
    def delete(self, request: Request, public_id: str, reaction_id: str) -> Response:
        """Take one's own reaction back."""
        comments = Comment.objects.viewable_by(self.viewer).filter(public_id=public_id)
        found = Reaction.objects.filter(comment__in=comments, public_id=reaction_id).select_related("comment").first()
        if found is None or not found.is_mine(self.viewer):
            raise Http404
        services.take_back(reaction=found)
        return Response(status=status.HTTP_204_NO_CONTENT)
