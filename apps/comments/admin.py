from django.contrib import admin

from apps.comments.models import Comment


@admin.register(Comment)
class CommentAdmin(admin.ModelAdmin):
    list_display = ["public_id", "author_name", "timestamp_ms", "created_at", "deleted_at"]
    raw_id_fields = ["video", "source", "parent", "member", "guest"]
