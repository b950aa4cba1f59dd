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

FIRST = {"name": "Ana", "email": "Ana@Northwind.com", "password": "correct horse battery"}


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
    assert client.post(path, FIRST)["Location"] == "/setup/workspace/"
    owner = Membership.objects.get()
    assert (owner.person.email, owner.role, owner.workspace.name) == ("ana@northwind.com", "owner", "Northwind")
    assert client.get("/record/").status_code == 200
    assert services.setup_link() is None


def test_a_setup_link_that_has_done_its_work_says_so_and_makes_nobody() -> None:
    path = setup_path()
    services.set_up(email="a@example.com", name="A", password="correct horse battery")
    for answer in (Client().get(path), Client().post(path, FIRST)):
        assert answer.status_code == 410
        assert b"set up already" in answer.content
    assert Person.objects.count() == 1


def test_where_nobody_has_an_account_the_sign_in_says_how_the_first_one_is_made() -> None:
    assert b"Nobody has an account here yet" in Client().get("/accounts/login/").content
    services.set_up(email="a@example.com", name="A", password="correct horse battery")
    page = Client().get("/accounts/login/").content
    assert b"Nobody has an account here yet" not in page
    assert b"No account?" in page


def test_a_wrong_setup_key_looks_like_nothing() -> None:
    assert Client().get("/setup/owner:nonsense/").status_code == 404


def test_a_weak_password_is_refused_with_what_was_typed_kept() -> None:
    response = Client().post(setup_path(), {**FIRST, "password": "short"})
    assert response.status_code == 422
    assert b"Ana@Northwind.com" in response.content
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
    assert Workspace.objects.get().name == "Example"
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


def test_passwordlink_prints_a_link_for_somebody_who_is_here(ana) -> None:
    assert "/accounts/password/reset/key/" in said("passwordlink", "ANA@example.com")[-1]
    with pytest.raises(CommandError):
        said("passwordlink", "nobody@example.com")


@pytest.mark.parametrize(
    ("email", "name", "proposed"),
    [
        ("ana@northwind.com", "Ana", "Northwind"),
        ("ana@mail.north-wind.co.uk", "Ana", "North Wind"),
        ("ana@gmail.com", "Ana", "Ana's team"),
        ("ana@yahoo.co.uk", "Ana", "Ana's team"),
        ("ana@co.uk", "Ana", "Co"),
        ("ana@localhost", "", "Our team"),
        ("ana@gmail.com", "A" * 80, "A" * 70 + "'s team"),
    ],
)
def test_the_workspace_is_named_after_the_mail_s_domain_or_the_person(email, name, proposed) -> None:
    assert services.proposed_workspace_name(Person(email=email, name=name)) == proposed


def test_after_the_account_comes_the_name_of_the_workspace_and_then_the_recorder() -> None:
    client = Client()
    client.post(setup_path(), FIRST)
    assert b'value="Northwind"' in client.get("/setup/workspace/").content
    assert client.post("/setup/workspace/", {"name": "North"})["Location"] == "/record/"
    assert Workspace.objects.get().name == "North"
