from django.urls import path

from apps.sharing import api, views

urlpatterns = [
    path("play/<str:grant>/source/", views.source, name="play-source"),
    path("play/<str:grant>/<str:publication>/<str:name>", views.play, name="play"),
    path("api/v1/videos/<str:public_id>/playback/", api.PlaybackView.as_view(), name="api-playback"),
    path("api/v1/videos/<str:public_id>/source/", api.SourceView.as_view(), name="api-source"),
    path("api/v1/videos/<str:public_id>/share-links/", api.ShareLinksView.as_view(), name="api-share-links"),
    path("api/v1/share-links/<str:public_id>/", api.ShareLinkView.as_view(), name="api-share-link"),
    path("api/v1/share/<str:token>/", api.SharedVideoView.as_view(), name="api-share"),
    path("api/v1/share/<str:token>/unlock/", api.UnlockView.as_view(), name="api-unlock"),
    path("api/v1/guests/", api.GuestsView.as_view(), name="api-guests"),
]
