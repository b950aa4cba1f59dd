from django.contrib import admin

from apps.videos.models import Publication, Source, Video


@admin.register(Video)
class VideoAdmin(admin.ModelAdmin):
    list_display = ["public_id", "status", "failure_code", "visibility", "duration_ms", "created_at", "deleted_at"]
    list_filter = ["status", "failure_code"]
    search_fields = ["public_id"]
    raw_id_fields = ["author", "current_source", "current_publication"]


@admin.register(Source)
class SourceAdmin(admin.ModelAdmin):
    list_display = ["public_id", "kind", "content_type", "size_bytes", "completed_at"]
    raw_id_fields = ["video"]


@admin.register(Publication)
class PublicationAdmin(admin.ModelAdmin):
    list_display = ["public_id", "duration_ms", "created_at", "verified_at"]
    raw_id_fields = ["source"]
