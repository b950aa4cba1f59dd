"""What comes in about comments, and what goes out."""

import unicodedata
from typing import Any

from rest_framework import serializers

from apps.comments.markup import html_of
from apps.comments.models import Comment, Mention, Reaction
from apps.core.text import clean_text


class CommentCreateSerializer(serializers.Serializer[Any]):
    """A new comment. `parent` is the id of the comment it answers, `mentions` are ids of members."""

    client_id = serializers.UUIDField(required=False)
    body = serializers.CharField(max_length=10_000)
    timestamp_ms = serializers.IntegerField(min_value=0, max_value=2**52, required=False, allow_null=True)
    end_ms = serializers.IntegerField(min_value=0, max_value=2**52, required=False, allow_null=True)
    parent = serializers.CharField(  # type: ignore[assignment]  # the contract's name
        max_length=22, required=False, allow_null=True
    )
    team_only = serializers.BooleanField(required=False)
    mentions = serializers.ListField(child=serializers.CharField(max_length=22), max_length=50, required=False)

    def validate_body(self, body: str) -> str:
        return clean_text(body)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if attrs.get("end_ms") is not None and attrs["end_ms"] < (attrs.get("timestamp_ms") or 0):
            raise serializers.ValidationError({"end_ms": "must not be before timestamp_ms"})
        if attrs.get("end_ms") is not None and attrs.get("timestamp_ms") is None:
            raise serializers.ValidationError({"end_ms": "needs timestamp_ms"})
        return attrs


class CommentEditSerializer(serializers.Serializer[Any]):
    """A new text, and the edited_at that the editor saw (created_at for one that was never edited).

    `mentions`, where given, are the members whom the new text names, in place of those of the old one.
    """

    body = serializers.CharField(max_length=10_000)
    edited_at = serializers.DateTimeField(required=False, allow_null=True)
    mentions = serializers.ListField(child=serializers.CharField(max_length=22), max_length=50, required=False)

    def validate_body(self, body: str) -> str:
        return clean_text(body)


class ReactionCreateSerializer(serializers.Serializer[Any]):
    """One emoji: a sign, not a word."""

    emoji = serializers.CharField(max_length=16)

    def validate_emoji(self, emoji: str) -> str:
        kinds = {unicodedata.category(sign) for sign in emoji}
        if "So" not in kinds or kinds - {"So", "Sk", "Mn", "Me", "Cf"}:
            raise serializers.ValidationError("is not an emoji")
        return emoji


class ReactionSerializer(serializers.ModelSerializer[Reaction]):
    """A reaction as this viewer sees it."""

    id = serializers.CharField(source="public_id")
    name = serializers.CharField(source="author_name")
    mine = serializers.SerializerMethodField()

    class Meta:
        model = Reaction
        fields = ["id", "emoji", "name", "mine"]

    def get_mine(self, reaction: Reaction) -> bool:
        return reaction.is_mine(self.context["viewer"])


class AudienceSerializer(serializers.Serializer[Any]):
    """Sentences that say who will read what this viewer writes."""

    everyone = serializers.CharField(help_text="who reads a comment that is open")
    team = serializers.CharField(allow_null=True, help_text="who reads a team-only one; null where nobody writes these")
    answer = serializers.CharField(
        allow_null=True, help_text="who reads an open answer to the guest {name}, where that is not `everyone`"
    )


class MentionSerializer(serializers.ModelSerializer[Mention]):
    """A member whom a comment mentions."""

    id = serializers.CharField(source="person.public_id")
    name = serializers.CharField(source="person.display_name")

    class Meta:
        model = Mention
        fields = ["id", "name"]


class CommentAuthorSerializer(serializers.Serializer[Any]):
    name = serializers.CharField(source="author_name")
    is_guest = serializers.BooleanField(source="is_by_guest")


class CommentSerializer(serializers.ModelSerializer[Comment]):
    """A comment as this viewer sees it. `parent` and `thread` are ids; a deleted one has no body.

    `body` is what was typed, `body_html` the same with its Markdown carried out, safe to put into a page.
    """

    id = serializers.CharField(source="public_id")
    parent = serializers.CharField(source="parent.public_id", default=None)  # type: ignore[assignment]
    thread = serializers.SerializerMethodField()
    author = CommentAuthorSerializer(source="*")
    mine = serializers.SerializerMethodField()
    reactions = ReactionSerializer(many=True)
    replies_count = serializers.IntegerField(default=0)
    body_html = serializers.SerializerMethodField()
    mentions = MentionSerializer(many=True)

    class Meta:
        model = Comment
        fields = [
            "id",
            "body",
            "timestamp_ms",
            "end_ms",
            "parent",
            "thread",
            "author",
            "mine",
            "team_only",
            "created_at",
            "edited_at",
            "resolved_at",
            "deleted_at",
            "reactions",
            "replies_count",
            "body_html",
            "mentions",
        ]

    def get_thread(self, comment: Comment) -> str:
        return comment.parent.public_id if comment.parent else comment.public_id

    def get_body_html(self, comment: Comment) -> str:
        if comment.deleted_at is not None:
            return ""
        names = tuple(mention.person.display_name for mention in comment.mentions.all())
        return html_of(comment.body, duration_ms=self.context["duration_ms"], names=names)

    def get_mine(self, comment: Comment) -> bool:
        return comment.is_mine(self.context["viewer"])
