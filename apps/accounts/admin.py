from django.contrib import admin

from apps.accounts.models import ApiToken, Person


@admin.register(Person)
class PersonAdmin(admin.ModelAdmin):
    list_display = ["email", "name", "is_active", "created_at", "last_login"]
    search_fields = ["email", "name"]
    fields = ["email", "name", "time_zone", "is_active", "is_staff", "is_superuser"]


@admin.register(ApiToken)
class ApiTokenAdmin(admin.ModelAdmin):
    list_display = ["person", "name", "created_at", "last_used_at"]
    exclude = ["digest"]
