"""Invites: who makes them, who joins by them, how they end."""

import html
import re
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from apps.accounts.models import Person
from apps.core import throttles
from apps.workspaces import invites, people
from apps.workspaces.errors import InviteExpired, InviteRevoked, InviteUsedUp, RoleNotYours
from apps.workspaces.models import Invite, Membership

pytestmark = pytest.mark.django_db

NEW = {"name": "Nia", "email": "Nia@example.com", "password": "a quiet morning", "time_zone": "Europe/Lisbon"}


@pytest.fixture
def owner(ana) -> Membership:
    return ana.memberships.get()


@pytest.fixture
def invite(owner) -> Invite:
    return invites.make_link(by=owner, role="member", days=7, max_uses=None, lands_on="/v/plan/")


def path_of(invite: Invite) -> str:
    return f"/invite/{invite.key}/"


def link_form(**changes: object) -> dict[str, object]:
    return {"link-role": "member", "link-days": "7", "link-max_uses": "", **changes}


def test_somebody_new_makes_an_account_joins_and_lands_on_what_they_were_invited_to(invite, workspace) -> None:
    client = Client()
    page = client.get(path_of(invite))
    assert b"Northwind" in page.content
    joined = client.post(path_of(invite), NEW)
    assert (joined.status_code, joined["Location"]) == (302, "/v/plan/")
    nia = Person.objects.get(email="nia@example.com")
    assert (nia.time_zone, nia.memberships.get().workspace, nia.memberships.get().role) == (
        "Europe/Lisbon",
        workspace,
        "member",
    )
    assert client.get("/record/").status_code == 200
    invite.refresh_from_db()
    assert invite.uses == 1


def test_who_is_signed_in_joins_by_one_click(invite, stranger, client_for, workspace) -> None:
    client = client_for(stranger)
    assert b"You are signed in as" in client.get(path_of(invite)).content
    assert not workspace.memberships.filter(person=stranger).exists()
    assert client.post(path_of(invite))["Location"] == "/v/plan/"
    assert workspace.memberships.get(person=stranger).role == "member"


def test_who_has_an_account_signs_in_and_comes_back_to_the_invite(invite, stranger) -> None:
    client = Client()
    assert f"/accounts/login/?next={path_of(invite)}".encode() in client.get(path_of(invite)).content
    form = {"login": stranger.email, "password": "correct horse battery", "next": path_of(invite)}
    assert client.post("/accounts/login/", form)["Location"] == path_of(invite)


def test_an_account_is_not_made_twice_and_the_use_is_not_counted(invite, stranger) -> None:
    answer = Client().post(path_of(invite), {**NEW, "email": stranger.email.upper()})
    assert answer.status_code == 422
    assert b"already" in answer.content
    invite.refresh_from_db()
    assert invite.uses == 0


def test_a_member_lands_where_the_invite_leads_and_uses_nothing_of_it(invite, ben, client_for) -> None:
    invites.revoke_invite(invite=invite)  # even when it has ended for everybody else
    assert client_for(ben).get(path_of(invite))["Location"] == "/v/plan/"
    invite.refresh_from_db()
    assert invite.uses == 0
    assert ben.memberships.count() == 1


def test_joining_again_leaves_the_role_as_it_is(owner, ben) -> None:
    as_admin = invites.make_link(by=owner, role="admin", days=7, max_uses=None)
    assert invites.join(invite=as_admin, person=ben).role == "member"


def test_the_last_use_goes_to_one_of_two(owner, stranger) -> None:
    made = invites.make_link(by=owner, role="member", days=7, max_uses=1)
    first, second = Invite.objects.get(pk=made.pk), Invite.objects.get(pk=made.pk)  # as two requests read it
    invites.join(invite=first, person=stranger)
    with pytest.raises(InviteUsedUp):
        invites.join_with_new_account(invite=second, email="late@example.com", name="Late", password="x" * 12)
    assert not Person.objects.filter(email="late@example.com").exists()
    assert Invite.objects.get(pk=made.pk).uses == 1


@pytest.mark.parametrize(
    ("ended", "sentence"),
    [
        ({"revoked_at": timezone.now()}, b"taken back"),
        ({"expires_at": timezone.now() - timedelta(seconds=1)}, b"expired"),
        ({"max_uses": 2, "uses": 2}, b"used as often"),
    ],
)
def test_an_invite_that_ended_says_why_and_names_no_workspace(ended, sentence, invite, stranger, client_for) -> None:
    Invite.objects.filter(pk=invite.pk).update(**ended)
    for client in (Client(), client_for(stranger)):
        for answer in (client.get(path_of(invite)), client.post(path_of(invite), NEW)):
            assert answer.status_code == 410
            assert sentence in answer.content
            assert b"Northwind" not in answer.content
    assert not Person.objects.filter(email="nia@example.com").exists()


def test_an_invite_works_until_the_second_it_expires(invite, time_machine) -> None:
    time_machine.move_to(invite.expires_at - timedelta(seconds=1), tick=False)
    invites.check_open(invite)
    assert Invite.objects.open().exists()
    time_machine.move_to(invite.expires_at, tick=False)
    with pytest.raises(InviteExpired):
        invites.check_open(invite)
    assert not Invite.objects.open().exists()


def test_a_wrong_key_is_nothing(ana) -> None:
    assert Client().get("/invite/nonsense/").status_code == 404


def test_owners_invite_to_every_role_and_admins_make_no_owners(owner, ben, client_for) -> None:
    ben.memberships.update(role="admin")
    with pytest.raises(RoleNotYours):
        invites.make_link(by=ben.memberships.get(), role="owner", days=7, max_uses=None)
    client = client_for(ben)
    assert client.post("/settings/workspace/invites/link/", link_form(**{"link-role": "owner"})).status_code == 422
    assert client.post("/settings/workspace/invites/link/", link_form(**{"link-role": "admin"})).status_code == 302
    assert [made.role for made in Invite.objects.all()] == ["admin"]
    invites.make_link(by=owner, role="owner", days=7, max_uses=None)


def test_an_admin_neither_sees_nor_revokes_an_invite_to_be_an_owner(owner, ben, client_for) -> None:
    ben.memberships.update(role="admin")
    made = invites.make_link(by=owner, role="owner", days=7, max_uses=None)
    client = client_for(ben)
    assert made.key.encode() not in client.get("/settings/workspace/people/").content
    assert client.post(f"/settings/workspace/invites/{made.public_id}/revoke/").status_code == 404


def test_a_member_invites_nobody_and_sees_no_invite(invite, ben, client_for) -> None:
    client = client_for(ben)
    page = client.get("/settings/workspace/people/")
    assert page.status_code == 200
    assert invite.key.encode() not in page.content
    assert client.post("/settings/workspace/invites/link/", link_form()).status_code == 404
    with pytest.raises(RoleNotYours):
        invites.make_link(by=ben.memberships.get(), role="member", days=7, max_uses=None)


def test_a_revoked_invite_leaves_the_page_and_lets_nobody_in(invite, ana, client_for, stranger) -> None:
    client = client_for(ana)
    assert invite.key.encode() in client.get("/settings/workspace/people/").content
    client.post(f"/settings/workspace/invites/{invite.public_id}/revoke/")
    assert invite.key.encode() not in client.get("/settings/workspace/people/").content
    invite.refresh_from_db()
    with pytest.raises(InviteRevoked):
        invites.join(invite=invite, person=stranger)


def test_the_page_makes_a_link_with_its_rules(ana, client_for) -> None:
    before = timezone.now()
    client_for(ana).post(
        "/settings/workspace/invites/link/",
        link_form(**{"link-days": "30", "link-max_uses": "5", "link-lands_on": "/v/plan/?t=80"}),
    )
    made = Invite.objects.get()
    assert (made.max_uses, made.role, made.lands_on) == (5, "member", "/v/plan/?t=80")
    assert timedelta(days=29) < made.expires_at - before < timedelta(days=31)


def test_one_invite_after_the_other_leads_to_the_page_one_came_from(ana, client_for) -> None:
    client = client_for(ana)
    shown = client.get("/settings/workspace/people/?lands_on=/v/plan/%3Ft%3D80")
    for _ in range(2):
        (action,) = re.findall(r'action="(/settings/workspace/invites/link/[^"]*)"', shown.content.decode())
        fields = link_form(**{"link-lands_on": shown.context["link_form"]["lands_on"].value()})
        shown = client.post(html.unescape(action), fields, follow=True)
        assert b"lands on the page you came from" in shown.content
    assert [made.lands_on for made in Invite.objects.all()] == ["/v/plan/?t=80"] * 2
    shown = client.post(html.unescape(action), link_form(**{"link-days": "365"}))  # refused: nothing is lost by that
    assert shown.status_code == 422
    assert b"lands on the page you came from" in shown.content
    made = Invite.objects.latest("pk")
    (action,) = re.findall(rf'action="([^"]*{made.public_id}/revoke/[^"]*)"', shown.content.decode())
    assert b"lands on the page you came from" in client.post(html.unescape(action), follow=True).content


@pytest.mark.parametrize(
    "elsewhere",
    [
        "https://evil.example/",
        "//evil.example/",
        "/\\evil.example",
        "javascript:alert(1)",
        "/invite/x/",
    ],
)
def test_nobody_lands_anywhere_but_on_a_page_of_ours(elsewhere, owner, stranger, client_for) -> None:
    made = invites.make_link(by=owner, role="member", days=7, max_uses=None, lands_on=elsewhere)
    assert made.lands_on == ""
    Invite.objects.filter(pk=made.pk).update(lands_on=elsewhere)  # as a row from elsewhere may have it
    assert client_for(stranger).post(path_of(made))["Location"] == "/"


def test_an_invite_ends_when_its_maker_leaves_or_may_no_longer_make_it(owner, ben, stranger) -> None:
    admin = ben.memberships.get()
    people.change_role(by=owner, of=admin, role="admin")
    admin.refresh_from_db()
    for_admins, for_members = (
        invites.make_link(by=admin, role=role, days=7, max_uses=None) for role in ("admin", "member")
    )
    people.end_membership(of=admin)
    for made in (for_admins, for_members):
        made.refresh_from_db()
        with pytest.raises(InviteRevoked):
            invites.join(invite=made, person=stranger)


def test_an_invite_to_a_role_ends_when_its_maker_is_given_less(owner, ben) -> None:
    admin = ben.memberships.get()
    people.change_role(by=owner, of=admin, role="admin")
    admin.refresh_from_db()
    invites.make_link(by=admin, role="admin", days=7, max_uses=None)
    people.change_role(by=owner, of=admin, role="member")
    assert not Invite.objects.open().exists()


def test_who_was_removed_a_moment_ago_leaves_no_invite_behind(ben, owner) -> None:
    ben.memberships.update(role="admin")
    stale = ben.memberships.get()
    people.end_membership(of=ben.memberships.get())
    with pytest.raises(RoleNotYours):
        invites.make_link(by=stale, role="member", days=7, max_uses=None)


def test_a_flood_of_invites_and_of_accounts_is_a_page_with_a_sentence(
    ana, invite, client_for, monkeypatch: pytest.MonkeyPatch
) -> None:
    for scope in ("invites", "new_accounts"):
        monkeypatch.setitem(throttles.LIMITS, scope, throttles.Limit(1, 60))
    client = client_for(ana)
    answers = [client.post("/settings/workspace/invites/link/", link_form()) for _ in range(2)]
    answers += [Client().post(path_of(invite), {**NEW, "email": f"{n}@example.com"}) for n in range(2)]
    refused = [answer for answer in answers if answer.status_code == 429]
    assert len(refused) == 3  # the fixture has made the first invite
    assert all(int(answer["Retry-After"]) > 0 and b"Please try again" in answer.content for answer in refused)


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("<script>alert(1)</script>", "<script>alert(1)</script>"),
        ("Ana\u202egnp.exe", "Anagnp.exe"),
        ("Bo \n\t Lee", "Bo Lee"),
        ("🧑‍🚀 Sally", "🧑‍🚀 Sally"),
        ("\u200b\u200d\ufeff", None),
        ("a" * 10_001, None),
        (" ", None),
    ],
)
def test_a_name_is_cleaned_and_one_that_shows_nothing_is_refused(name, kept, invite) -> None:
    client = Client()
    answer = client.post(path_of(invite), {**NEW, "name": name})
    assert answer.status_code == (422 if kept is None else 302)
    assert list(Person.objects.filter(email="nia@example.com").values_list("name", flat=True)) == (
        [] if kept is None else [kept]
    )
    assert b"<script>alert" not in client.get("/settings/").content


def test_a_time_zone_that_does_not_exist_is_none(invite) -> None:
    Client().post(path_of(invite), {**NEW, "time_zone": "Mars/Olympus"})
    assert Person.objects.get(email="nia@example.com").time_zone == ""
