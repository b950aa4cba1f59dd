"""Members: roles, the last owner, leaving, removing, and the link that sets somebody's password."""

import pytest
from django.contrib.sessions.models import Session
from django.test import Client

from apps.accounts import services as accounts
from apps.accounts.models import ApiToken
from apps.workspaces import invites, people
from apps.workspaces.errors import LastOwner, RoleNotYours
from apps.workspaces.models import Membership
from tests.conftest import person_in

pytestmark = pytest.mark.django_db

PEOPLE = "/settings/workspace/people/"


@pytest.fixture
def owner(ana) -> Membership:
    return ana.memberships.get()


@pytest.fixture
def kim(workspace):
    """Return an admin of Ana's team."""
    return person_in(workspace, "kim@example.com", "Kim", Membership.Role.ADMIN)


def role_of(person) -> str:
    return Membership.objects.get(person=person).role


def give(client, person, role: str):
    return client.post(f"{PEOPLE}{person.public_id}/role/", {"role": role})


def test_an_owner_gives_every_role(ana, ben, client_for) -> None:
    client = client_for(ana)
    for role in ("admin", "owner", "member"):
        give(client, ben, role)
        assert role_of(ben) == role


def test_an_admin_gives_no_ownership_and_touches_no_owner(ana, ben, kim, client_for) -> None:
    client = client_for(kim)
    give(client, ben, "admin")
    assert role_of(ben) == "admin"
    give(client, ben, "owner")
    assert role_of(ben) == "admin"
    assert give(client, ana, "member").status_code == 404
    assert client.post(f"{PEOPLE}{ana.public_id}/remove/").status_code == 404
    assert role_of(ana) == "owner"


def test_an_admin_makes_no_owner_of_themselves(kim, ana) -> None:
    membership = kim.memberships.get()
    with pytest.raises(RoleNotYours):
        people.change_role(by=membership, of=membership, role="owner")


def test_a_member_and_a_stranger_change_nobody(ana, ben, kim, stranger, client_for) -> None:
    for who in (ben, stranger):
        client = client_for(who)
        assert give(client, kim, "member").status_code == 404
        assert client.post(f"{PEOPLE}{kim.public_id}/remove/").status_code == 404
        assert client.post(f"{PEOPLE}{kim.public_id}/password/").status_code == 404
    assert role_of(kim) == "admin"


def test_the_last_owner_neither_leaves_nor_steps_down(owner, ana, ben, client_for) -> None:
    client = client_for(ana)
    assert client.post("/settings/workspace/leave/").status_code == 409
    give(client, ana, "member")
    assert role_of(ana) == "owner"
    with pytest.raises(LastOwner):
        people.end_membership(of=owner)


def test_of_two_owners_who_step_down_at_once_one_stays(owner, kim) -> None:
    people.change_role(by=owner, of=kim.memberships.get(), role="owner")
    first, second = Membership.objects.get(pk=owner.pk), kim.memberships.get()  # as two requests read them
    people.change_role(by=first, of=first, role="member")
    with pytest.raises(LastOwner):
        people.change_role(by=second, of=second, role="member")
    with pytest.raises(LastOwner):
        people.end_membership(of=second)


def test_who_is_removed_is_out_of_every_browser_and_program_at_once(ana, ben, client_for) -> None:
    browser, token = client_for(ben), accounts.create_token(person=ben)
    kept = client_for(ana)
    assert browser.get("/record/").status_code == 200
    kept.post(f"{PEOPLE}{ben.public_id}/remove/", {"revoke_links": "on"})
    assert browser.get("/record/").status_code == 302
    assert browser.get("/api/v1/videos/", HTTP_AUTHORIZATION=f"Bearer {token}").status_code == 401
    assert not ApiToken.objects.filter(person=ben).exists()
    assert kept.get("/record/").status_code == 200


def test_who_belongs_elsewhere_loses_only_the_rights_here(ana, ben, other_workspace, client_for) -> None:
    Membership.objects.create(workspace=other_workspace, person=ben)
    browser = client_for(ben)
    accounts.create_token(person=ben)
    client_for(ana).post(f"{PEOPLE}{ben.public_id}/remove/")
    assert browser.get(PEOPLE).context["membership"].workspace == other_workspace
    assert ApiToken.objects.filter(person=ben).exists()
    assert [membership.workspace for membership in ben.memberships.all()] == [other_workspace]


def test_removing_asks_first_and_takes_the_open_links_with_it(owner, ana, ben, client_for) -> None:
    invite = invites.make_link(by=owner, role="member", days=7, max_uses=None)
    client = client_for(ana)
    assert b"1 open invite could let them in again" in client.get(f"{PEOPLE}{ben.public_id}/remove/").content
    assert ben.memberships.exists()
    client.post(f"{PEOPLE}{ben.public_id}/remove/", {"revoke_links": "on"})
    invite.refresh_from_db()
    assert invite.revoked_at is not None
    assert not ben.memberships.exists()


def test_removing_twice_is_removing_once(ana, ben, client_for) -> None:
    client = client_for(ana)
    stale = ben.memberships.get()
    assert client.post(f"{PEOPLE}{ben.public_id}/remove/").status_code == 302
    assert client.post(f"{PEOPLE}{ben.public_id}/remove/").status_code == 404
    people.end_membership(of=stale)


def test_who_leaves_is_signed_out_and_told(ana, ben, client_for) -> None:
    client = client_for(ben)
    assert b"Northwind" in client.get("/settings/workspace/leave/").content
    answer = client.post("/settings/workspace/leave/", follow=True)
    assert b"You have left Northwind." in answer.content
    assert answer.redirect_chain[-1][0] == "/accounts/login/"
    assert not Session.objects.filter(session_key=client.session.session_key).exists()


def test_an_owner_s_link_sets_a_member_s_password_once(ana, ben, client_for) -> None:
    page = client_for(ana).post(f"{PEOPLE}{ben.public_id}/password/")
    path = page.context["link"].removeprefix("http://localhost:8000")
    visitor = client_for(None)
    form = visitor.get(path, follow=True)
    new = {"password1": "a quiet morning", "password2": "a quiet morning"}
    visitor.post(form.redirect_chain[-1][0], new)
    assert visitor.get("/settings/").context["user"] == ben
    assert b"used or has expired" in client_for(None).get(path, follow=True).content


@pytest.mark.parametrize("extra", ["owner", "elsewhere", "staff", "oneself"])
def test_no_link_gives_its_maker_what_they_have_not(extra, ana, ben, other_workspace, client_for) -> None:
    target = ana if extra == "oneself" else ben
    if extra == "owner":
        ben.memberships.update(role="owner")
    if extra == "elsewhere":
        Membership.objects.create(workspace=other_workspace, person=ben)
    if extra == "staff":
        ben.is_staff = True
        ben.save()
    client = client_for(ana)
    path = f"{PEOPLE}{target.public_id}/password/"
    assert path.encode() not in client.get(PEOPLE).content
    assert client.post(path).status_code == 404


def test_where_people_get_a_link_by_mail_no_owner_can_make_one(ana, ben, client_for, settings) -> None:
    settings.EMAIL_URL = "smtp://localhost"
    client, path = client_for(ana), f"{PEOPLE}{ben.public_id}/password/"
    assert path.encode() not in client.get(PEOPLE).content
    assert client.post(path).status_code == 404


def test_an_admin_makes_no_password_link(kim, ben, client_for) -> None:
    assert client_for(kim).post(f"{PEOPLE}{ben.public_id}/password/").status_code == 404


def test_a_password_link_is_worthless_once_its_person_belongs_elsewhere_too(ana, ben, stranger, client_for) -> None:
    browser = client_for(ben)  # signed in before: signing in would end the link already
    page = client_for(ana).post(f"{PEOPLE}{ben.public_id}/password/")
    path = page.context["link"].removeprefix("http://localhost:8000")
    invite = invites.make_link(by=stranger.memberships.get(), role="member", days=7, max_uses=1)
    browser.post(f"/invite/{invite.key}/")
    assert b"used or has expired" in client_for(None).get(path, follow=True).content


def test_a_settings_page_is_about_the_workspace_it_names(ben, other_workspace, client_for, ana) -> None:
    Membership.objects.create(workspace=other_workspace, person=ben, role="owner")
    client = client_for(ben)
    assert client.get("/settings/workspace/").context["membership"].workspace.name == "Northwind"
    there = f"/settings/workspace/?in={other_workspace.public_id}"
    assert client.get(there).context["membership"].workspace.name == "Southwind"
    assert client.post(there, {"name": "South", "links_enabled": ""})["Location"] == there
    other_workspace.refresh_from_db()
    assert (other_workspace.name, other_workspace.links_enabled) == ("South", False)
    assert client_for(ana).get(there).status_code == 404


def test_only_owners_and_admins_change_the_workspace(ben, ana, kim, workspace, client_for) -> None:
    assert client_for(ben).post("/settings/workspace/", {"name": "Mine"}).status_code == 404
    client = client_for(kim)
    assert client.post("/settings/workspace/", {"name": "\u200b", "links_enabled": "on"}).status_code == 422
    client.post("/settings/workspace/", {"name": " New \n name ", "links_enabled": "on"})
    workspace.refresh_from_db()
    assert workspace.name == "New name"


def test_a_workspace_that_is_named_wrongly_is_nothing(ana, client_for) -> None:
    for asked in ("nonsense", "%00", "../x", "a%20b"):
        assert client_for(ana).get(f"/settings/workspace/?in={asked}").status_code == 404


def test_who_belongs_to_no_workspace_is_told_so(ben, client_for) -> None:
    people.end_membership(of=ben.memberships.get())
    for path in ("/", "/record/", "/upload/", "/settings/workspace/", PEOPLE):
        page = client_for(ben).get(path).content
        assert b"You belong to no workspace" in page
        assert b"Start recording" not in page


def test_who_must_sign_in_again_in_the_midst_of_a_form_is_told_that_it_was_not_carried_out(ana, ben) -> None:
    client = Client()
    sent = client.post(f"/settings/workspace/people/{ben.public_id}/role/", {"role": "admin"})
    form = {"login": ana.email, "password": "correct horse battery", "next": sent["Location"].partition("next=")[2]}
    page = client.post("/accounts/login/", form, follow=True)
    assert page.status_code == 405
    assert b"what you last did was not carried out" in page.content
    assert (page["Allow"], role_of(ben)) == ("POST", "member")


def test_a_refused_form_keeps_its_place_in_the_settings(ana, client_for) -> None:
    client = client_for(ana)
    for path, place in (("/settings/workspace/invites/link/", PEOPLE), ("/settings/picture/", "/settings/")):
        assert f'href="{place}" aria-current="page"'.encode() in client.post(path).content
