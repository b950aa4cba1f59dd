from django.urls import path

from apps.pages import api, views

urlpatterns = [
    path("", views.library, name="library"),
    path("record/", views.record, name="record"),
    path("upload/", views.upload, name="upload"),
    path("v/<str:public_id>/", views.watch, name="watch"),
    path("s/<str:token>/", views.share, name="share"),
    path("api/v1/videos/", api.VideosView.as_view(), name="api-videos"),
    path("api/v1/videos/<str:public_id>/", api.VideoView.as_view(), name="api-video"),
    path("api/v1/videos/<str:public_id>/uploads/", api.VideoUploadsView.as_view(), name="api-video-uploads"),
    path("api/v1/videos/<str:public_id>/retry/", api.RetryView.as_view(), name="api-retry"),
    path("api/v1/videos/<str:public_id>/restore/", api.RestoreView.as_view(), name="api-restore"),
]
