"""The author of a recording that the server has ended comes back: with the rest, without it, or too late."""

from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from apps.core.models import Job, StoredObject
from apps.uploads import abandoned, clearing
from apps.videos.models import Source, Video
from tests.uploads.driver import Uploader
from tests.uploads.rows import end, objects_of, row_of, run_jobs, sizes


@pytest.mark.django_db
def test_the_rest_and_what_was_after_the_gap_make_a_new_revision(store, start) -> None:
    uploader = start()
    uploader.send(1, b"first")
    uploader.send(3, b"third")
    end(uploader)
    assert uploader.post("reopen").status_code == 200
    assert uploader.get()["rest_until"] is not None
    uploader.send(2, b"second")
    assert uploader.complete(5, 6, 5).status_code == 200
    assert uploader.get()["rest_until"] is None
    source = Source.objects.get()
    assert sizes() == [5, 6, 5]
    assert (source.revision, source.ends_early) == (2, False)
    assert sorted(Job.objects.filter(kind="publish").values_list("payload__revision", flat=True)) == [1, 2]
    response = uploader.post("reopen")
    assert (response.status_code, response.json()["code"]) == (409, "upload_closed")


@pytest.mark.django_db
def test_completing_what_the_server_has_ended_needs_no_reopening_before(store, start) -> None:
    uploader = start()
    uploader.send(1, b"first")
    end(uploader)
    response = uploader.complete(5, 6)
    assert (response.status_code, response.json()["missing"]) == (409, [2])
    uploader.send(2, b"second")  # it is open by now
    response = uploader.complete(5, 6)
    assert (response.status_code, response.json()["status"]) == (200, "processing")
    assert sizes() == [5, 6]


@pytest.mark.django_db
def test_a_reopened_recording_that_falls_silent_again_is_ended_again(store, start) -> None:
    uploader = start()
    uploader.send(1, b"first")
    end(uploader)
    uploader.post("reopen")
    uploader.send(2, b"second")
    end(uploader)
    assert sizes() == [5, 6]
    assert Video.objects.get().ends_early is True
    assert uploader.post("reopen").status_code == 200
    end(uploader)  # and nothing more came
    assert Source.objects.get().revision == 2
    assert uploader.post("reopen").status_code == 200


@pytest.mark.django_db
def test_what_was_named_last_counts_no_more_once_recording_goes_on(local_store, start) -> None:
    uploader = start()
    uploader.send(1, b"first")
    assert uploader.complete(5, 6).status_code == 409
    end(uploader)
    uploader.post("reopen")
    uploader.send(2, b"second")
    end(uploader)
    assert Video.objects.get().ends_early is True


@pytest.mark.django_db
def test_after_thirty_days_nothing_more_is_taken_and_the_other_parts_go(store, start) -> None:
    uploader = start()
    uploader.send(1, b"first")
    uploader.send(3, b"third")
    end(uploader)
    with time_machine.travel(timezone.now() + timedelta(days=29, hours=23)):
        assert abandoned.close_what_waited() == 0
    with time_machine.travel(timezone.now() + timedelta(days=30, minutes=1)):
        response = uploader.post("reopen")
        assert (response.status_code, response.json()["code"]) == (409, "upload_closed")
        assert abandoned.close_what_waited() == 1
        assert abandoned.close_what_waited() == 0
        run_jobs(clearing.CLEAR_UPLOAD)
        assert [key.rpartition("/")[2][:6] for key in objects_of(store, uploader)] == ["000001"]
        # It must not look as if the rest had been taken.
        response = uploader.complete(5, 6, 5)
        assert (response.status_code, response.json()["code"]) == (409, "upload_closed")
        assert uploader.get()["rest_until"] is None
    assert Video.objects.get().ends_early is True


@pytest.mark.django_db
def test_after_starting_over_the_first_recording_is_not_reopened(store, start) -> None:
    uploader = start()
    uploader.send(1, b"first")
    end(uploader)
    video = Video.objects.get()
    again = uploader.client.post(
        f"/api/v1/videos/{video.public_id}/uploads/",
        {"source": {"kind": "recording", "content_type": "video/mp4"}},
        content_type="application/json",
    ).json()["upload"]
    response = uploader.post("reopen")
    assert (response.status_code, response.json()["code"]) == (409, "upload_closed")
    # Dropping the second take gives back the first, and its rest may come again.
    assert Uploader(uploader.client, again).delete().status_code == 204
    assert uploader.post("reopen").status_code == 200


@pytest.mark.django_db
@pytest.mark.parametrize("is_reopened", [False, True])
def test_discarding_the_rest_leaves_the_video_as_it_is_for_good(store, start, is_reopened: bool) -> None:
    uploader = start()
    uploader.send(1, b"first")
    uploader.send(3, b"third")
    end(uploader)
    if is_reopened:
        uploader.post("reopen")
    assert uploader.delete().status_code == 204
    video = Video.objects.get()
    assert (video.status, video.ends_early) == ("processing", True)
    assert (uploader.get()["status"], uploader.get()["rest_until"]) == ("complete", None)
    run_jobs(clearing.CLEAR_UPLOAD)
    assert len(objects_of(store, uploader)) == 1
    assert sizes() == [5]
    assert uploader.post("reopen").status_code == 409
    assert uploader.delete().status_code == 409


@pytest.mark.django_db
def test_discarding_a_reopened_recording_of_which_nothing_had_arrived_leaves_nothing(store, start) -> None:
    uploader = start()
    end(uploader)
    uploader.post("reopen")
    uploader.send(2, b"second")
    assert uploader.delete().status_code == 204
    video = Video.objects.get()
    assert (video.status, video.failure_code) == ("failed", "empty_source")
    run_jobs(clearing.CLEAR_UPLOAD)
    assert objects_of(store, uploader) == []
    assert not StoredObject.objects.exists()


@pytest.mark.django_db
def test_only_its_author_reopens(local_store, start, ben, stranger, client_for) -> None:
    uploader = start()
    uploader.send(1, b"first")
    end(uploader)
    for person in (ben, stranger):
        assert Uploader(client_for(person), uploader.upload).post("reopen").status_code == 404
    assert row_of(uploader).status == "complete"


@pytest.mark.django_db
def test_a_recording_whose_rest_may_come_is_kept_in_the_trash_though_nothing_of_it_plays(local_store, start) -> None:
    uploader = start()
    uploader.send(2, b"second")
    end(uploader)
    video = Video.objects.get()
    assert video.status == "failed"
    uploader.client.delete(f"/api/v1/videos/{video.public_id}/")
    assert uploader.client.post(f"/api/v1/videos/{video.public_id}/restore/").status_code == 200
