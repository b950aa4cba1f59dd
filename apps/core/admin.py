from django.contrib import admin

from apps.core.models import Job, StoredObject


@admin.register(Job)
class JobAdmin(admin.ModelAdmin):
    list_display = ["key", "kind", "state", "attempts", "progress", "failure_code", "created_at", "ended_at"]
    list_filter = ["state", "kind"]
    search_fields = ["key", "subject"]


@admin.register(StoredObject)
class StoredObjectAdmin(admin.ModelAdmin):
    list_display = ["key", "size_bytes", "video_id", "created_at"]
    search_fields = ["key"]
