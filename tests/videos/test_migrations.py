"""What a database of an earlier release becomes: every row stays, and says what it said before."""

import pytest
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.utils import timezone

BEFORE_SENT = [("videos", "0001_initial"), ("workspaces", "0001_initial"), ("accounts", "0001_initial")]


@pytest.mark.django_db(transaction=True)
def test_a_video_stopped_before_there_was_sent_at_counts_as_sent_when_it_stopped() -> None:
    executor = MigrationExecutor(connection)
    newest = executor.loader.graph.leaf_nodes()
    executor.migrate(BEFORE_SENT)
    try:
        old = executor.loader.project_state(BEFORE_SENT).apps
        workspace = old.get_model("workspaces", "Workspace").objects.create(name="Northwind")
        videos = old.get_model("videos", "Video").objects
        stopped_at = timezone.now()
        stopped = videos.create(workspace=workspace, author_name="Ana", status="ready", stopped_at=stopped_at)
        running = videos.create(workspace=workspace, author_name="Ana", status="recording")
    finally:
        executor = MigrationExecutor(connection)
        executor.migrate(newest)
    rows = MigrationExecutor(connection).loader.project_state(newest).apps.get_model("videos", "Video").objects
    assert rows.get(pk=stopped.pk).sent_at == stopped_at
    assert rows.get(pk=running.pk).sent_at is None
