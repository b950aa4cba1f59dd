from django.urls import path

from apps.pages import api, left_views, library_views, trash_api, views

urlpatterns = [
    path("", library_views.library, name="library"),
    path("seen/", library_views.set_aside, name="set-aside"),
    path("trash/", library_views.trash, name="trash"),
    path("record/", views.record, name="record"),
    path("upload/", views.upload, name="upload"),
    path("settings/workspace/left/", left_views.left_videos, name="left-videos"),
    path("settings/workspace/left/<str:public_id>/pass/", left_views.pass_on, name="pass-on-videos"),
    path("settings/workspace/left/<str:public_id>/delete/", left_views.delete, name="delete-left-videos"),
    path("v/<str:public_id>/", views.watch, name="watch"),
    path("s/<str:token>/", views.share, name="share"),
    path("api/v1/videos/", api.VideosView.as_view(), name="api-videos"),
    path("api/v1/videos/<str:public_id>/", api.VideoView.as_view(), name="api-video"),
    path("api/v1/videos/<str:public_id>/uploads/", api.VideoUploadsView.as_view(), name="api-video-uploads"),
    path("api/v1/videos/<str:public_id>/poster/", api.PosterView.as_view(), name="api-poster"),
    path("api/v1/videos/<str:public_id>/send/", api.SendView.as_view(), name="api-send"),
    path("api/v1/videos/<str:public_id>/retry/", api.RetryView.as_view(), name="api-retry"),
    path("api/v1/trash/", trash_api.TrashView.as_view(), name="api-trash"),
    path("api/v1/trash/<str:public_id>/", trash_api.TrashedVideoView.as_view(), name="api-trashed-video"),
    path("api/v1/videos/<str:public_id>/restore/", api.RestoreView.as_view(), name="api-restore"),
]
