from django.contrib import admin

from apps.sharing.models import Guest, ShareLink


@admin.register(ShareLink)
class ShareLinkAdmin(admin.ModelAdmin):
    list_display = ["public_id", "name", "expires_at", "revoked_at", "last_used_at"]
    exclude = ["password_hash"]
    raw_id_fields = ["video", "created_by"]


@admin.register(Guest)
class GuestAdmin(admin.ModelAdmin):
    list_display = ["name", "workspace", "created_at"]
    exclude = ["token_digest"]
