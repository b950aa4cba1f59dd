"""The fixed cast of every suite, and what all tests share.

Ana is the author and owns the team `Northwind`; Ben is her colleague there. The stranger owns another team on
the same server. A guest is somebody with a share link and a name, and no account.
"""

import os
import shutil
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.conf import settings
from django.core.cache import cache
from django.test import Client

from apps.accounts.models import Person
from apps.workspaces.models import Membership, Workspace

PASSWORD = "correct horse battery"
CAST = {"ana", "ben", "stranger", "client_for", "workspace", "other_workspace"}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let a test that touches the database use the cache's too: limits and locks are kept there."""
    for item in items:
        marker = item.get_closest_marker("django_db")
        uses_cast = bool(CAST.intersection(getattr(item, "fixturenames", ())))
        if marker is None and not uses_cast:
            continue
        keywords = dict(marker.kwargs) if marker else {}
        if "databases" not in keywords:
            item.add_marker(pytest.mark.django_db(**{**keywords, "databases": "__all__"}), append=False)


def pytest_unconfigure(config: pytest.Config) -> None:
    """Remove the folder of this run, once the last process of it is done."""
    if "PYTEST_XDIST_WORKER" not in os.environ:
        shutil.rmtree(os.environ["TESTS_DATA"], ignore_errors=True)


@pytest.fixture(autouse=True)
def fresh_cache() -> Iterator[None]:
    """Leave no limit or lock to the next test. A cache in the database is rolled back with it; Redis is not."""
    yield
    if settings.CACHE_URL:
        cache.clear()


@pytest.fixture
def cache_by_our_clock(settings: Any) -> None:
    """Let entries of the cache expire by the clock that a test moves: Redis has one of its own."""
    if settings.CACHE_URL:
        settings.CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
        cache.clear()  # memory outlives the settings


@pytest.fixture
def workspace() -> Workspace:
    """Return the team of Ana and Ben."""
    return Workspace.objects.create(name="Northwind")


@pytest.fixture
def other_workspace() -> Workspace:
    """Return a team that has nothing to do with Ana's."""
    return Workspace.objects.create(name="Southwind")


@pytest.fixture
def ana(workspace: Workspace) -> Person:
    """Return the author; she owns the workspace."""
    return person_in(workspace, "ana@example.com", "Ana", Membership.Role.OWNER)


@pytest.fixture
def ben(workspace: Workspace) -> Person:
    """Return the author's colleague."""
    return person_in(workspace, "ben@example.com", "Ben", Membership.Role.MEMBER)


@pytest.fixture
def stranger(other_workspace: Workspace) -> Person:
    """Return somebody with an account who belongs to another team."""
    return person_in(other_workspace, "sam@example.com", "Sam", Membership.Role.OWNER)


@pytest.fixture
def client_for() -> Callable[[Person | None], Client]:
    """Return what makes a browser that is signed in as a person, or as nobody for None."""

    def make(person: Person | None = None) -> Client:
        client = Client()
        if person is not None:
            client.force_login(person, backend="allauth.account.auth_backends.AuthenticationBackend")
        return client

    return make


def person_in(workspace: Workspace, email: str, name: str, role: Membership.Role) -> Person:
    """Return a new person with PASSWORD who belongs to `workspace`."""
    person = Person.objects.create_user(email, PASSWORD, name=name)
    Membership.objects.create(workspace=workspace, person=person, role=role)
    return person
