from django.contrib import admin

from apps.attention.models import AnswerMail, Digest


@admin.register(Digest)
class DigestAdmin(admin.ModelAdmin):
    list_display = ["person", "day", "state", "attempts", "sent_at"]
    list_filter = ["state"]
    raw_id_fields = ["person"]


@admin.register(AnswerMail)
class AnswerMailAdmin(admin.ModelAdmin):
    """Whose address it went to stands with the guest; the keys of subscriptions are shown nowhere."""

    list_display = ["day", "state", "attempts", "sent_at"]
    list_filter = ["state"]
    raw_id_fields = ["subscription"]
