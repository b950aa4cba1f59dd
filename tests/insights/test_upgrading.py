"""After an upgrade from a release that had no "New for you": what was there before is no news, what comes is."""

import importlib
from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from django.apps import apps as django_apps
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.utils import timezone

from apps.accounts.models import Person
from apps.comments import services as comments
from apps.insights.models import Seen
from apps.insights.news import new_for
from apps.workspaces.models import Membership, Workspace
from tests.watchable import watchable_video

pytestmark = pytest.mark.django_db

BEFORE_NEWS = [(app, "0001_initial") for app in ("accounts", "workspaces", "videos", "comments")]


def fill(rows: Any, stopped_at: datetime) -> None:
    """Make Ana's stopped video, and Ben's question about it."""
    workspace = rows.get_model("workspaces", "Workspace").objects.create(name="Northwind")
    people = rows.get_model("accounts", "Person").objects
    ana, ben = (people.create(email=f"{name}@example.com", name=name.title()) for name in ("ana", "ben"))
    for person, role in ((ana, "owner"), (ben, "member")):
        rows.get_model("workspaces", "Membership").objects.create(
            workspace=workspace, person=person, role=role, created_at=stopped_at - timedelta(days=300)
        )
    video = rows.get_model("videos", "Video").objects.create(
        workspace=workspace, author=ana, author_name="Ana", title="Old", status="ready", stopped_at=stopped_at
    )
    source = rows.get_model("videos", "Source").objects.create(video=video, kind="recording")
    shown = rows.get_model("videos", "Publication").objects.create(
        source=source, source_bytes=5, duration_ms=1000, has_video=True, has_audio=True
    )
    video.current_publication = shown
    video.save()
    rows.get_model("comments", "Comment").objects.create(
        video=video, member=ben, author_name="Ben", is_by_guest=False, body="Why?", change_seq=1, created_at=stopped_at
    )


def titles(person: Person) -> list[str]:
    return [news.video.title for news in new_for(person)]


@pytest.mark.django_db(transaction=True)
def test_what_was_there_before_the_upgrade_is_news_to_nobody_and_what_comes_is() -> None:
    executor = MigrationExecutor(connection)
    newest = executor.loader.graph.leaf_nodes()
    executor.migrate(BEFORE_NEWS)
    try:
        fill(executor.loader.project_state(BEFORE_NEWS).apps, timezone.now() - timedelta(days=200))
    finally:
        MigrationExecutor(connection).migrate(newest)
    ana, ben = (Person.objects.get(email=f"{name}@example.com") for name in ("ana", "ben"))
    assert (titles(ana), titles(ben)) == ([], [])
    assert not Seen.objects.filter(opened_at__isnull=False).exists()  # nobody is said to have watched it
    watchable_video(ana, Workspace.objects.get(), "Fresh")
    assert titles(ben) == ["Fresh"]


@pytest.mark.django_db
def test_what_came_since_a_release_that_had_news_already_stays_news(ana, ben, workspace) -> None:
    long_ago = timezone.now() - timedelta(days=200)
    Membership.objects.update(created_at=long_ago)
    old = watchable_video(ana, workspace, "Old", stopped_at=long_ago, sent_at=long_ago)
    comments.add_comment(video=old, member=ben, guest=None, body="Since then")
    watchable_video(ana, workspace, "Since then")
    seen = Seen.objects.create(member=ana, video=old, opened_at=long_ago, last_opened_at=long_ago)
    assert titles(ben) == ["Since then", "Old"]
    step = importlib.import_module("apps.insights.migrations.0003_nothing_old_is_news")
    step.set_old_aside(django_apps, SimpleNamespace(connection=connection))
    assert titles(ben) == ["Since then"]
    assert titles(ana) == ["Old"]  # for what was said since
    seen.refresh_from_db()
    assert (seen.opened_at, seen.last_opened_at) == (long_ago, long_ago)
