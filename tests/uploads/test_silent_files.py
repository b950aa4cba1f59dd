"""A file that nobody goes on with is completed where all of it is there, else dropped after a week."""

from datetime import timedelta
from typing import Any

import pytest

from apps.core.models import StoredObject
from apps.uploads import abandoned, clearing, confirming
from apps.videos import services as videos
from apps.videos.models import Source, Video
from media.store.errors import MultipartMissing
from tests.uploads.driver import Uploader
from tests.uploads.rows import PART, SILENT, fall_silent, publish_jobs, row_of, run_jobs


@pytest.mark.django_db
def test_a_file_that_nobody_goes_on_with_is_dropped_after_a_week(store, start) -> None:
    uploader = start(PART + 7)
    uploader.send(1, b"1" * PART)
    row = row_of(uploader)
    fall_silent(uploader, timedelta(days=6, hours=23))
    assert abandoned.end_silent_files() == 0
    fall_silent(uploader, timedelta(days=7, minutes=1))
    assert abandoned.end_silent_files() == 1
    assert uploader.get()["status"] == "aborted"
    run_jobs(clearing.CLEAR_UPLOAD)
    with pytest.raises(MultipartMissing):
        store.list_parts(row.file_key, row.store_upload_id)
    assert not StoredObject.objects.exists()
    shown = uploader.client.get(f"/api/v1/videos/{Video.objects.get().public_id}/").json()
    assert (shown["status"], shown["failure_code"]) == ("failed", "upload_abandoned")
    assert "never finished" in shown["failure_detail"]


@pytest.mark.django_db
def test_a_file_that_was_started_over_and_forgotten_gives_back_what_was_there(local_store, start) -> None:
    uploader = start(5)
    uploader.send(1, b"first")
    assert uploader.complete(5).status_code == 200
    video = Video.objects.get()
    source = {"source": {"kind": "file", "content_type": "video/mp4", "size_bytes": 9, "file_name": "b.mp4"}}
    path = f"/api/v1/videos/{video.public_id}/uploads/"
    again = Uploader(
        uploader.client, uploader.client.post(path, source, content_type="application/json").json()["upload"]
    )
    fall_silent(again, timedelta(days=8))
    assert abandoned.end_silent_files() == 1
    video.refresh_from_db()
    assert (video.status, video.failure_code) == ("processing", "")


@pytest.mark.django_db
@pytest.mark.parametrize("silence", [SILENT, timedelta(days=8)])
def test_a_file_that_is_all_there_is_completed_where_only_the_last_word_was_missing(store, start, silence) -> None:
    uploader = start(7)
    uploader.send(1, b"the end")
    fall_silent(uploader, silence)
    assert abandoned.end_silent_files() == 1
    assert uploader.get()["status"] == "complete"
    assert b"".join(store.iter_bytes(Source.objects.get().stored[0]["key"])) == b"the end"
    assert publish_jobs() == 1


@pytest.mark.django_db
def test_a_file_whose_last_part_was_not_reported_is_completed_instead_of_dropped(store, start) -> None:
    uploader = start(7)
    uploader.put(uploader.promise(1, b"the end"), b"the end")
    fall_silent(uploader)
    assert abandoned.end_silent_files() == 0
    fall_silent(uploader, timedelta(days=8))
    assert abandoned.end_silent_files() == 1
    assert uploader.get()["status"] == "complete"


@pytest.mark.django_db
def test_a_file_whose_sender_comes_back_in_the_same_moment_is_not_dropped(local_store, start, monkeypatch) -> None:
    uploader = start(7)
    uploader.promise(1, b"the end")
    fall_silent(uploader, timedelta(days=8))
    real = confirming.look_for

    def meanwhile(**named: Any) -> Any:
        assert uploader.post("alive").status_code == 204
        return real(**named)

    monkeypatch.setattr(abandoned, "look_for", meanwhile)
    assert abandoned.end_silent_files() == 0
    assert uploader.get()["status"] == "open"


@pytest.mark.django_db
def test_a_file_in_the_trash_waits_there(local_store, start) -> None:
    uploader = start(7)
    videos.move_to_trash(video=Video.objects.get())
    fall_silent(uploader, timedelta(days=8))
    assert abandoned.end_silent_files() == 0
