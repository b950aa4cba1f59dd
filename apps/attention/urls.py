from django.urls import path

from apps.attention import api, views

urlpatterns = [
    path("confirm/<str:key>/", views.confirm, name="confirm-mail"),
    path("stop/<str:key>/", views.stop, name="stop-mail"),
    path("api/v1/videos/<str:public_id>/answer-mail/", api.AnswerMailView.as_view(), name="api-answer-mail"),
]
