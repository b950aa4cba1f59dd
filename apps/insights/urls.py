from django.urls import path

from apps.insights import api

urlpatterns = [
    path("api/v1/videos/<str:public_id>/seen/", api.SeenView.as_view(), name="api-seen"),
]
