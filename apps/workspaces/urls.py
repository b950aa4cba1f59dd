from django.urls import path

from apps.workspaces import invite_views, people_views, views

urlpatterns = [
    path("setup/workspace/", views.name_workspace, name="name-workspace"),
    path("setup/<str:key>/", views.setup, name="setup"),
    path("invite/<str:key>/", invite_views.invite, name="invite"),
    path("settings/workspace/", views.workspace_settings, name="workspace-settings"),
    path("settings/workspace/leave/", views.leave, name="leave-workspace"),
    path("settings/workspace/people/", people_views.people, name="invite-people"),
    path("settings/workspace/invites/link/", people_views.make_invite_link, name="make-invite-link"),
    path("settings/workspace/invites/mail/", people_views.send_invites, name="send-invites"),
    path("settings/workspace/invites/<str:public_id>/revoke/", people_views.revoke_invite, name="revoke-invite"),
    path("settings/workspace/people/<str:public_id>/role/", people_views.change_role, name="change-role"),
    path("settings/workspace/people/<str:public_id>/remove/", people_views.remove_member, name="remove-member"),
    path(
        "settings/workspace/people/<str:public_id>/password/",
        people_views.make_password_link,
        name="make-password-link",
    ),
]
