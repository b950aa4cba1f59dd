from django.urls import path

from apps.workspaces import views

urlpatterns = [path("setup/<str:key>/", views.setup, name="setup")]
