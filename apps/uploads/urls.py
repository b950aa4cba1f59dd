from django.urls import path

from apps.uploads import api

urlpatterns = [
    path("api/v1/uploads/", api.UploadsView.as_view(), name="api-uploads"),
    path("api/v1/uploads/<str:public_id>/", api.UploadView.as_view(), name="api-upload"),
    path("api/v1/uploads/<str:public_id>/parts/", api.PartsView.as_view(), name="api-upload-parts"),
    path("api/v1/uploads/<str:public_id>/complete/", api.CompleteView.as_view(), name="api-upload-complete"),
    path("api/v1/uploads/<str:public_id>/alive/", api.AliveView.as_view(), name="api-upload-alive"),
    path("api/v1/uploads/<str:public_id>/reopen/", api.ReopenView.as_view(), name="api-upload-reopen"),
]
