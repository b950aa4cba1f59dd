from django.urls import path

from apps.core import store_views, views

urlpatterns = [
    path("healthz/", views.healthz, name="healthz"),
    path("readyz/", views.readyz, name="readyz"),
    path("store/<str:token>", store_views.local_store, name="local-store"),
]
