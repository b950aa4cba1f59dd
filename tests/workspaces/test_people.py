"""How people come in: the setup link, and the operator's commands."""

import io

import pytest
from django.contrib.auth import authenticate
from django.core.management import CommandError, call_command
from django.test import Client

from apps.accounts.models import Person
from apps.accounts.services import person_of_token
from apps.workspaces import services
from apps.workspaces.errors import AlreadySetUp
from apps.workspaces.models import Membership, Workspace

pytestmark = pytest.mark.django_db(databases="__all__")

FIRST = {"name": "Ana", "email": "Ana@Example.com", "password": "correct horse battery", "workspace_name": "Northwind"}


def said(command: str, *args: str) -> list[str]:
    output = io.StringIO()
    call_command(command, *args, stdout=output)
    return output.getvalue().splitlines()


def setup_path() -> str:
    link = services.setup_link()
    assert link is not None
    return link.removeprefix("http://localhost:8000")


def test_the_setup_link_makes_the_owner_signs_them_in_and_is_gone() -> None:
    client, path = Client(), setup_path()
    assert client.get(path).status_code == 200
    assert client.post(path, FIRST).status_code == 302
    owner = Membership.objects.get()
    assert (owner.person.email, owner.role, owner.workspace.name) == ("ana@example.com", "owner", "Northwind")
    assert client.get("/record/").status_code == 200
    assert Client().get(path).status_code == 404
    assert services.setup_link() is None


def test_a_wrong_setup_key_looks_like_nothing() -> None:
    assert Client().get("/setup/owner:nonsense/").status_code == 404


def test_a_weak_password_is_refused_with_what_was_typed_kept() -> None:
    response = Client().post(setup_path(), {**FIRST, "password": "short"})
    assert response.status_code == 422
    assert b"Northwind" in response.content
    assert not Person.objects.exists()


def test_of_two_who_set_up_one_wins() -> None:
    services.set_up(email="a@example.com", name="A", password="correct horse battery", workspace_name="")
    with pytest.raises(AlreadySetUp):
        services.set_up(email="b@example.com", name="B", password="correct horse battery", workspace_name="")
    assert Workspace.objects.count() == 1


def test_nobody_signs_up_alone() -> None:
    client = Client()
    form = {"email": "eve@example.com", "password1": "correct horse battery"}
    client.post("/accounts/signup/", form)
    assert not Person.objects.exists()


def test_adduser_makes_the_owner_first_and_members_after() -> None:
    said("adduser", "ana@example.com", "--password", "correct horse battery")
    said("adduser", "ben@example.com", "--password", "correct horse battery")
    assert list(Membership.objects.order_by("pk").values_list("role", flat=True)) == ["owner", "member"]
    assert Workspace.objects.count() == 1
    signed_in = Client().post("/accounts/login/", {"login": "BEN@example.com", "password": "correct horse battery"})
    assert (signed_in.status_code, signed_in["Location"]) == (302, "/")


def test_adduser_without_a_password_prints_a_link_that_sets_one_once() -> None:
    link = said("adduser", "ana@example.com")[-1]
    client = Client()
    path = link.removeprefix("http://localhost:8000")
    form = client.get(path, follow=True)
    assert form.status_code == 200
    new = {"password1": "a quiet morning", "password2": "a quiet morning"}
    client.post(form.redirect_chain[-1][0], new)
    assert authenticate(email="ana@example.com", password="a quiet morning") is not None
    other = Client()
    again = other.get(path, follow=True)
    other.post(
        again.redirect_chain[-1][0] if again.redirect_chain else path, {"password1": "x" * 12, "password2": "x" * 12}
    )
    assert authenticate(email="ana@example.com", password="a quiet morning") is not None


@pytest.mark.parametrize("args", [["nonsense"], ["ana@example.com", "--password", "short"]])
def test_adduser_refuses_a_bad_email_and_a_weak_password(args) -> None:
    with pytest.raises(CommandError):
        said("adduser", *args)
    assert not Person.objects.exists()


def test_adduser_refuses_an_email_that_is_taken_in_another_case(ana) -> None:
    with pytest.raises(CommandError, match="already"):
        said("adduser", "ANA@example.com")


def test_createtoken_prints_a_token_that_acts_as_its_person(ana) -> None:
    token = said("createtoken", "ana@example.com")[-1]
    assert person_of_token(token) == ana
    response = Client().get("/api/v1/videos/", HTTP_AUTHORIZATION=f"Bearer {token}")
    assert response.status_code == 200


def test_a_token_of_somebody_who_left_opens_nothing(ana) -> None:
    token = said("createtoken", "ana@example.com")[-1]
    ana.is_active = False
    ana.save()
    assert Client().get("/api/v1/videos/", HTTP_AUTHORIZATION=f"Bearer {token}").status_code == 401


def test_setuplink_is_told_until_there_is_an_owner(workspace) -> None:
    assert said("setuplink")[-1].startswith("http://localhost:8000/setup/")
    services.add_person(email="ana@example.com")
    with pytest.raises(CommandError):
        said("setuplink")
