"""The URL map: each app's own routes, sign-in by allauth, the API's description."""

from django.contrib import admin
from django.urls import include, path
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView

handler400 = "apps.core.views.bad_request"
handler404 = "apps.core.views.not_found"
handler429 = "apps.core.views.too_many"  # allauth asks for it by this name
handler500 = "apps.core.views.server_error"

urlpatterns = [
    path("", include("apps.core.urls")),
    path("", include("apps.accounts.urls")),
    path("", include("apps.workspaces.urls")),
    path("", include("apps.sharing.urls")),
    path("", include("apps.uploads.urls")),
    path("", include("apps.comments.urls")),
    path("", include("apps.insights.urls")),
    path("", include("apps.attention.urls")),
    path("", include("apps.pages.urls")),
    path("api/schema/", SpectacularAPIView.as_view(), name="schema"),
    path("api/docs/", SpectacularSwaggerSplitView.as_view(url_name="schema"), name="api-docs"),
    path("admin/", admin.site.urls),
]
