"""The trash: what lies in it, for whom, until when, and how it goes for good."""

import uuid
from datetime import timedelta

import pytest
import time_machine
from django.urls import reverse
from django.utils import timezone

from apps.accounts.models import Person
from apps.core import jobs, tasks
from apps.core.models import Job, StoredObject
from apps.core.store import get_store
from apps.videos import clearing, keys, services
from apps.videos.models import Video
from apps.workspaces.models import Membership
from media.store.errors import StoreUnavailable
from tests.conftest import person_in
from tests.watchable import watchable_video

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def silent_bell(monkeypatch: pytest.MonkeyPatch) -> None:
    """No broker: tests run the jobs themselves."""
    monkeypatch.setattr(tasks.run_job, "apply_async", lambda **_kwargs: None)


@pytest.fixture
def kim(workspace) -> Person:
    """Return an admin of Ana's team."""
    return person_in(workspace, "kim@example.com", "Kim", Membership.Role.ADMIN)


def trashed(author, workspace, title: str = "Plan", **fields) -> Video:
    return watchable_video(author, workspace, title, **{"deleted_at": timezone.now(), **fields})


def titles(client) -> list[str]:
    return [video["title"] for video in client.get("/api/v1/trash/").json()["results"]]


def delete_for_good(client, video: Video) -> int:
    return client.delete(reverse("api-trashed-video", args=[video.public_id])).status_code


def restore(client, video: Video) -> int:
    return client.post(reverse("api-restore", args=[video.public_id])).status_code


def store_bytes(video: Video) -> str:
    key = keys.video_prefix(video_id=video.public_id) + "parts/1"
    get_store().put_bytes(b"bytes", key, content_type="video/mp4")
    StoredObject.objects.create(key=key, video_id=video.pk)
    return key


def test_a_deleted_video_lies_there_with_its_days_and_is_restored_as_it_was(client_for, ana, workspace) -> None:
    video = watchable_video(ana, workspace)
    client = client_for(ana)
    client.delete(f"/api/v1/videos/{video.public_id}/")
    assert titles(client) == ["Plan"]
    page = client.get("/trash/").content.decode()
    assert "gone for good in 30 days" in page
    assert restore(client, video) == 200
    assert titles(client) == []
    assert [video["title"] for video in client.get("/api/v1/videos/").json()["results"]] == ["Plan"]


@pytest.mark.parametrize(
    ("ago", "days"),
    [
        (timedelta(minutes=1), "30 days"),
        (timedelta(days=18), "12 days"),
        (timedelta(days=28, hours=23), "2 days"),
        (timedelta(days=29, hours=23), "1 day<"),
    ],
)
def test_a_begun_day_is_counted_whole(client_for, ana, workspace, ago, days) -> None:
    with time_machine.travel(timezone.now(), tick=False):
        trashed(ana, workspace, deleted_at=timezone.now() - ago)
        assert f"gone for good in {days}" in client_for(ana).get("/trash/").content.decode()


def test_what_is_over_is_neither_listed_nor_restored(client_for, ana, workspace) -> None:
    video = trashed(ana, workspace, deleted_at=timezone.now() - timedelta(days=30))
    assert titles(client_for(ana)) == []
    assert restore(client_for(ana), video) == 404


def test_owners_and_admins_find_what_members_saw_and_members_their_own_alone(
    client_for, ana, ben, kim, stranger, workspace
) -> None:
    trashed(ben, workspace, "Of Ben")
    trashed(ben, workspace, "Ben's own", visibility=Video.Visibility.ONLY_ME)
    trashed(ana, workspace, "Of Ana")
    assert titles(client_for(ben)) == ["Ben's own", "Of Ben"]
    assert titles(client_for(kim)) == titles(client_for(ana)) == ["Of Ana", "Of Ben"]
    assert titles(client_for(stranger)) == []


def test_no_link_and_no_picture_of_it_is_given_away(client_for, ana, workspace) -> None:
    trashed(ana, workspace)
    [video] = client_for(ana).get("/api/v1/trash/").json()["results"]
    assert (video["share_url"], video["poster_url"]) == (None, None)
    assert video["gone_at"] > video["deleted_at"]


# For good


def test_for_good_takes_the_bytes_and_the_rows_and_cannot_be_taken_back(client_for, ana, workspace) -> None:
    video = trashed(ana, workspace)
    key = store_bytes(video)
    client = client_for(ana)
    assert delete_for_good(client, video) == 204
    assert titles(client) == []
    assert restore(client, video) == 404
    assert jobs.run(Job.objects.get(kind=clearing.PURGE).pk)
    assert not Video.objects.filter(pk=video.pk).exists()
    assert not StoredObject.objects.filter(key=key).exists()
    assert get_store().size_bytes(key) is None
    assert delete_for_good(client, video) == 404


def test_who_may_not_restore_it_may_not_delete_it_for_good(client_for, ana, ben, stranger, workspace) -> None:
    video = trashed(ana, workspace)
    for person in (ben, stranger):
        assert delete_for_good(client_for(person), video) == 404
        assert client_for(person).delete("/api/v1/trash/").status_code == 204
    assert titles(client_for(ana)) == ["Plan"]


def test_what_is_not_in_the_trash_is_not_deleted_for_good(client_for, ana, workspace) -> None:
    video = watchable_video(ana, workspace)
    assert delete_for_good(client_for(ana), video) == 404
    assert clearing.delete_for_good(videos=[video]) == 0
    assert Video.objects.kept().filter(pk=video.pk).exists()


def test_what_was_restored_a_moment_before_stays(ana, workspace) -> None:
    video = trashed(ana, workspace)
    seen_in_the_trash = Video.objects.get(pk=video.pk)
    services.restore(video=video)
    assert clearing.delete_for_good(videos=[seen_in_the_trash]) == 0
    assert Video.objects.kept().filter(pk=video.pk).exists()


def test_a_job_that_comes_late_purges_nothing_that_is_kept(ana, workspace) -> None:
    video = trashed(ana, workspace)
    clearing.delete_for_good(videos=[video])
    Video.objects.filter(pk=video.pk).update(deleted_at=None)
    assert jobs.run(Job.objects.get(kind=clearing.PURGE).pk)
    assert Video.objects.filter(pk=video.pk).exists()


def test_a_store_that_is_away_is_asked_again_and_the_next_hour_does_the_rest(ana, workspace, monkeypatch) -> None:
    video = trashed(ana, workspace)
    clearing.delete_for_good(videos=[video])

    def is_away(*_args: object) -> None:
        raise StoreUnavailable("away")

    with monkeypatch.context() as patched:
        patched.setattr(type(get_store()), "delete_prefix", is_away)
        job = Job.objects.get(kind=clearing.PURGE)
        jobs.run(job.pk)
    job.refresh_from_db()
    assert job.state == Job.State.QUEUED
    assert clearing.empty_trash() == 1
    assert not Video.objects.filter(pk=video.pk).exists()


def test_emptying_takes_what_was_there_when_it_was_looked_at(client_for, ana, workspace) -> None:
    trashed(ana, workspace, "Before")
    looked_at = timezone.now()
    with time_machine.travel(looked_at + timedelta(minutes=1)):
        trashed(ana, workspace, "Since")
        client = client_for(ana)
        assert (
            client.delete(f"/api/v1/trash/?until={looked_at:%Y-%m-%dT%H:%M:%SZ}".replace("Z", ".999Z")).status_code
            == 204
        )
        assert titles(client) == ["Since"]


def test_emptying_a_long_trash_asks_for_few_jobs_and_the_hour_does_the_rest(
    client_for, ana, workspace, monkeypatch
) -> None:
    monkeypatch.setattr(clearing, "PURGED_BY_JOBS", 2)
    monkeypatch.setattr(clearing, "AT_ONCE", 2)
    for number in range(5):
        trashed(ana, workspace, f"Plan {number}")
    client_for(ana).delete("/api/v1/trash/")
    assert Job.objects.filter(kind=clearing.PURGE).count() == 2
    from apps.videos.tasks import clear

    clear()
    assert not Video.objects.exists()


def test_the_page_says_how_many_are_a_colleague_s(client_for, ana, ben, workspace) -> None:
    trashed(ana, workspace)
    trashed(ben, workspace)
    page = client_for(ana).get("/trash/").content.decode()
    assert 'data-total="2"' in page
    assert "1 of them is a colleague" in page
    assert "colleague" not in client_for(ben).get("/trash/").content.decode()


def test_a_late_repetition_does_not_bring_back_what_was_deleted_for_good(client_for, ana) -> None:
    client = client_for(ana)
    body = {"client_id": str(uuid.uuid4()), "source": {"kind": "recording", "content_type": "video/webm"}}
    made, again = (client.post("/api/v1/videos/", body, content_type="application/json") for _ in range(2))
    assert (made.status_code, again.status_code) == (201, 200)
    Video.objects.get(public_id=made.json()["id"]).delete()
    late = client.post("/api/v1/videos/", body, content_type="application/json")
    assert (late.status_code, late.json()["code"]) == (404, "not_found")
    assert not Video.objects.exists()
