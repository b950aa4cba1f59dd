"""The recorder's page as the server gives it."""

import re

import pytest
from django.test import Client
from django.urls import reverse

from apps.accounts.models import Person
from apps.pages import services
from apps.workspaces.models import Membership, Workspace

pytestmark = pytest.mark.django_db


def test_whoever_has_nobody_else_in_their_workspace_records_alone(ana: Person, ben: Person) -> None:
    assert not services.records_alone(author=ana)
    Membership.objects.filter(person=ben).delete()
    assert services.records_alone(author=ana)


def test_the_workspace_that_counts_is_the_one_a_new_video_goes_to(ana: Person, ben: Person) -> None:
    other = Workspace.objects.create(name="Another")
    Membership.objects.create(workspace=other, person=ana, role=Membership.Role.OWNER)
    assert not services.records_alone(author=ana)


def test_somebody_without_a_workspace_is_asked_to_invite_nobody(ana: Person) -> None:
    Membership.objects.filter(person=ana).delete()
    assert not services.records_alone(author=ana)


def test_the_recorder_is_for_members(client: Client) -> None:
    assert client.get("/record/").status_code == 302


def test_inviting_people_is_offered_to_whoever_records_alone(client: Client, ana: Person, ben: Person) -> None:
    client.force_login(ana)
    assert "Invite people" not in client.get("/record/").content.decode()
    Membership.objects.filter(person=ben).delete()
    page = client.get("/record/").content.decode()
    assert re.search(rf'href="{reverse("invite-people")}"[^>]*>Invite people', page)
