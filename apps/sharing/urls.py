from django.urls import path

from apps.sharing import api, api_captions, api_personal, views, views_personal

urlpatterns = [
    path("g/<str:key>/", views_personal.personal_link, name="personal-link"),
    path("play/<str:grant>/source/", views.source, name="play-source"),
    path("play/<str:grant>/captions/<str:track>.vtt", views.captions, name="play-captions"),
    path("play/<str:grant>/<str:publication>/<str:name>", views.play, name="play"),
    path("api/v1/videos/<str:public_id>/playback/", api.PlaybackView.as_view(), name="api-playback"),
    path("api/v1/videos/<str:public_id>/source/", api.SourceView.as_view(), name="api-source"),
    path("api/v1/videos/<str:public_id>/members/", api.VideoMembersView.as_view(), name="api-video-members"),
    path("api/v1/videos/<str:public_id>/share-links/", api.ShareLinksView.as_view(), name="api-share-links"),
    path(
        "api/v1/videos/<str:public_id>/personal-link/",
        api_personal.PersonalLinkView.as_view(),
        name="api-personal-link",
    ),
    path("api/v1/share-links/<str:public_id>/", api.ShareLinkView.as_view(), name="api-share-link"),
    path("api/v1/videos/<str:public_id>/captions/", api_captions.CaptionsView.as_view(), name="api-captions"),
    path("api/v1/captions/<str:public_id>/", api_captions.CaptionView.as_view(), name="api-caption"),
    path("api/v1/share/<str:token>/", api.SharedVideoView.as_view(), name="api-share"),
    path("api/v1/share/<str:token>/unlock/", api.UnlockView.as_view(), name="api-unlock"),
    path("api/v1/guests/", api.GuestsView.as_view(), name="api-guests"),
]
