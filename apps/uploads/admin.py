from django.contrib import admin

from apps.uploads.models import Upload


@admin.register(Upload)
class UploadAdmin(admin.ModelAdmin):
    list_display = ["public_id", "kind", "status", "size_bytes", "created_at", "alive_at"]
    list_filter = ["kind", "status"]
    raw_id_fields = ["source"]
