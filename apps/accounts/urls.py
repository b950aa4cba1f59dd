"""One's own settings. Sign-in, sign-out and passwords are allauth's; only these of its routes exist here."""

from allauth.account import views
from django.urls import path, re_path

from apps.accounts import views as own

urlpatterns = [
    path("settings/", own.settings, name="settings"),
    path("settings/picture/", own.picture, name="set-picture"),
    path("settings/picture/remove/", own.remove_picture, name="remove-picture"),
    path("settings/tokens/", own.tokens, name="api-tokens"),
    path("settings/tokens/<int:pk>/revoke/", own.revoke_token, name="revoke-token"),
    path("people/<str:public_id>/<str:name>", own.person_picture, name="person-picture"),
    path("accounts/login/", own.SignInView.as_view(), name="account_login"),
    path("accounts/logout/", views.logout, name="account_logout"),
    path("accounts/signup/", views.signup, name="account_signup"),  # says that it is closed
    path("accounts/password/change/", views.password_change, name="account_change_password"),
    path("accounts/password/reset/", own.password_reset, name="account_reset_password"),
    path("accounts/password/reset/done/", views.password_reset_done, name="account_reset_password_done"),
    re_path(
        r"^accounts/password/reset/key/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>.+)/$",
        views.password_reset_from_key,
        name="account_reset_password_from_key",
    ),
    path(
        "accounts/password/reset/key/done/",
        views.password_reset_from_key_done,
        name="account_reset_password_from_key_done",
    ),
]
