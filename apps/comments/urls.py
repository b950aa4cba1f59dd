from django.urls import path

from apps.comments import api

urlpatterns = [
    path("api/v1/videos/<str:public_id>/comments/", api.CommentsView.as_view(), name="api-comments"),
    path("api/v1/comments/<str:public_id>/", api.CommentView.as_view(), name="api-comment"),
    path("api/v1/comments/<str:public_id>/resolve/", api.ResolveView.as_view(), name="api-resolve"),
    path("api/v1/comments/<str:public_id>/reopen/", api.ReopenView.as_view(), name="api-reopen"),
    path("api/v1/comments/<str:public_id>/reactions/", api.ReactionsView.as_view(), name="api-reactions"),
    path(
        "api/v1/comments/<str:public_id>/reactions/<str:reaction_id>/",
        api.ReactionView.as_view(),
        name="api-reaction",
    ),
]
