"""A recording whose author gives no sign of life is ended by the server, from the parts that are there."""

import threading
from typing import Any

import pytest
from django.db import connections

from apps.core.models import Job
from apps.uploads import abandoned, clearing, completing, confirming, services
from apps.videos.models import Source, Video
from apps.workspaces.models import Membership
from media.store.errors import StoreRefused, StoreUnavailable
from tests.uploads.driver import plan
from tests.uploads.rows import SILENT, Killed, end, fall_silent, objects_of, publish_jobs, row_of, run_jobs, sizes


@pytest.mark.django_db
def test_a_silent_recording_is_completed_from_what_is_there_and_marked(store, start) -> None:
    uploader = start()
    uploader.send(1, b"first")
    uploader.send(2, b"second")
    end(uploader)
    now = uploader.get()
    assert now["status"] == "complete"
    assert now["rest_until"] is not None
    assert sizes() == [5, 6]
    video = Video.objects.get()
    assert (video.status, video.failure_code, video.ends_early) == ("processing", "", True)
    assert video.stopped_at is not None
    assert publish_jobs() == 1
    shown = uploader.client.get(f"/api/v1/videos/{video.public_id}/").json()
    assert shown["ends_early"] is True
    assert uploader.client.get(f"/api/v1/videos/{video.public_id}/playback/").json()["ends_early"] is True


@pytest.mark.django_db
@pytest.mark.parametrize("sign", ["alive", "promise", "stored", "complete", "reopen"])
def test_a_recorder_that_gave_a_sign_of_life_is_left_alone(local_store, start, sign: str) -> None:
    uploader = start()
    uploader.send(1, b"first")
    promised = uploader.promise(2, b"second")
    fall_silent(uploader)
    if sign == "stored":
        uploader.put(promised, b"second")
        assert uploader.state_of(2) == "confirmed"
    elif sign == "promise":
        uploader.promise(3, b"third")
    elif sign == "complete":
        assert uploader.complete(5, 6).json()["code"] == "parts_missing"
    else:
        assert uploader.post(sign).status_code in {200, 204}
    assert abandoned.end_silent_recordings() == 0
    assert uploader.get()["status"] == "open"


@pytest.mark.django_db
def test_a_part_that_was_sent_and_not_reported_counts_and_one_that_never_came_does_not(store, start) -> None:
    uploader = start()
    uploader.send(1, b"first")
    uploader.put(uploader.promise(2, b"second"), b"second")
    uploader.promise(3, b"third")
    end(uploader)
    assert sizes() == [5, 6]


@pytest.mark.django_db
def test_looking_for_parts_by_the_server_is_no_sign_of_life(local_store, start, monkeypatch) -> None:
    uploader = start()
    uploader.promise(1, b"first")
    fall_silent(uploader)
    before = row_of(uploader).alive_at
    confirming.look_for(upload=row_of(uploader), numbers=[1])
    assert row_of(uploader).alive_at == before


@pytest.mark.django_db
def test_what_came_after_a_gap_is_not_shown_and_is_kept(store, start) -> None:
    uploader = start()
    uploader.send(1, b"first")
    uploader.send(3, b"third")
    end(uploader)
    assert sizes() == [5]
    assert not Job.objects.filter(kind=clearing.CLEAR_UPLOAD).exists()
    clearing.request_clearing(upload=row_of(uploader))  # as an older job of the same upload might
    run_jobs(clearing.CLEAR_UPLOAD)
    assert len(objects_of(store, uploader)) == 2


@pytest.mark.django_db
def test_a_recording_of_which_nothing_arrived_fails_as_empty_for_its_author_alone(
    store, start, ben, client_for
) -> None:
    uploader = start()
    end(uploader)
    video = Video.objects.get()
    assert (video.status, video.failure_code, video.stopped_at) == ("failed", "empty_source", None)
    assert publish_jobs() == 0
    assert client_for(ben).get(f"/api/v1/videos/{video.public_id}/").status_code == 404
    assert uploader.post("reopen").status_code == 200
    video.refresh_from_db()
    assert (video.status, video.failure_code) == ("uploading", "")
    uploader.send(1, b"first")
    assert uploader.complete(5).json()["status"] == "processing"


@pytest.mark.django_db
def test_a_recording_that_was_stopped_and_is_whole_is_completed_without_a_mark(store, start) -> None:
    uploader = start()
    uploader.send(1, b"first")
    promised = uploader.promise(2, b"second")
    assert uploader.complete(5, 6, recorded_ms=2000).status_code == 409
    uploader.put(promised, b"second")  # and the browser dies
    end(uploader)
    assert sizes() == [5, 6]
    assert uploader.get()["rest_until"] is None
    assert Video.objects.get().ends_early is False
    assert Source.objects.get().recorded_ms == 2000
    assert uploader.complete(5, 6).status_code == 200


@pytest.mark.django_db
def test_a_recording_that_was_stopped_and_is_not_whole_ends_early(store, start) -> None:
    uploader = start()
    uploader.send(1, b"first")
    assert uploader.complete(5, 6, recorded_ms=2000).status_code == 409
    assert Video.objects.get().status == "uploading"
    end(uploader)
    assert sizes() == [5]
    assert Video.objects.get().ends_early is True
    assert Source.objects.get().recorded_ms == 2000


@pytest.mark.django_db
def test_a_recording_whose_author_has_left_is_completed_too(local_store, start, ana) -> None:
    uploader = start()
    uploader.send(1, b"first")
    Membership.objects.filter(person=ana).delete()
    Video.objects.update(author=None)
    end(uploader)
    assert Video.objects.get().status == "processing"


@pytest.mark.django_db
def test_what_lies_in_the_trash_is_left_alone_until_it_is_restored(local_store, start) -> None:
    uploader = start()
    uploader.send(1, b"first")
    video = Video.objects.get()
    uploader.client.delete(f"/api/v1/videos/{video.public_id}/")
    fall_silent(uploader)
    assert abandoned.end_silent_recordings() == 0
    uploader.client.post(f"/api/v1/videos/{video.public_id}/restore/")
    assert abandoned.end_silent_recordings() == 1


# --- somebody comes back in the same moment, and two rounds at once --------------------------------


@pytest.mark.django_db
def test_a_recorder_that_comes_back_while_the_server_ends_its_recording_goes_on(
    local_store, start, monkeypatch
) -> None:
    uploader = start()
    uploader.send(1, b"first")
    fall_silent(uploader)
    real = completing.put_together

    def meanwhile(**named: Any) -> Any:
        assert uploader.post("alive").status_code == 204
        return real(**named)

    monkeypatch.setattr(completing, "put_together", meanwhile)
    assert abandoned.end_silent_recordings() == 0
    assert (uploader.get()["status"], Video.objects.get().status) == ("open", "recording")


@pytest.mark.django_db
def test_a_recorder_that_comes_back_right_after_is_told_and_can_go_on(store, start) -> None:
    uploader = start()
    uploader.send(1, b"first")
    end(uploader)
    for response in (uploader.exchange([plan(2, b"second")]), uploader.post("alive")):
        assert (response.status_code, response.json()["code"]) == (409, "upload_closed")
    reopened = uploader.post("reopen")
    assert (reopened.status_code, reopened.json()["status"]) == (200, "open")
    assert [part["state"] for part in reopened.json()["parts"]] == ["confirmed"]
    uploader.send(2, b"second")
    assert uploader.complete(5, 6).status_code == 200
    assert sizes() == [5, 6]


@pytest.mark.django_db
def test_a_completion_that_was_on_its_way_when_the_server_ended_the_recording_counts(local_store, start) -> None:
    uploader = start()
    uploader.send(1, b"first")
    on_its_way = row_of(uploader)
    end(uploader)
    completing.complete_upload(upload=on_its_way, named=[completing.Named(1, 5)])
    assert (row_of(uploader).status, row_of(uploader).source.rest_until) == ("complete", None)
    assert Video.objects.get().ends_early is False


@pytest.mark.django_db(transaction=True)
def test_two_rounds_at_once_end_a_recording_once(store, start) -> None:
    uploader = start()
    uploader.send(1, b"first")
    fall_silent(uploader)
    barrier = threading.Barrier(2)
    ended: list[int] = []

    def round_of_the_clock() -> None:
        barrier.wait(timeout=20)
        try:
            ended.append(abandoned.end_silent_recordings())
        finally:
            connections.close_all()

    threads = [threading.Thread(target=round_of_the_clock) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(ended) == [0, 1]
    assert publish_jobs() == 1


@pytest.mark.django_db(transaction=True)
def test_two_tabs_that_reopen_at_once_both_go_on(local_store, start) -> None:
    uploader = start()
    uploader.send(1, b"first")
    end(uploader)
    barrier = threading.Barrier(2)
    failures: list[BaseException] = []

    def reopen() -> None:
        upload = row_of(uploader)
        barrier.wait(timeout=20)
        try:
            services.reopen(upload=upload)
        except Exception as error:  # noqa: BLE001 - whatever it is, the test must tell
            failures.append(error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=reopen) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert row_of(uploader).status == "open"


@pytest.mark.django_db
@pytest.mark.parametrize("where", ["look_for", "accept_source"])
def test_a_kill_in_the_middle_leaves_a_recording_that_the_next_round_ends(
    store, start, monkeypatch, where: str
) -> None:
    uploader = start()
    uploader.put(uploader.promise(1, b"first"), b"first")
    fall_silent(uploader)

    def kill(**_named: object) -> None:
        raise Killed

    with monkeypatch.context() as broken:
        broken.setattr({"look_for": abandoned, "accept_source": abandoned.videos}[where], where, kill)
        with pytest.raises(Killed):
            abandoned.end_silent_recordings()
    assert (uploader.get()["status"], Video.objects.get().status) == ("open", "recording")
    assert abandoned.end_silent_recordings() == 1
    assert sizes() == [5]


@pytest.mark.django_db
def test_a_store_that_is_away_delays_and_one_upload_that_it_refuses_stops_no_other(
    local_store, start, monkeypatch
) -> None:
    first, second = start(), start()
    for uploader in (first, second):
        uploader.put(uploader.promise(1, b"first"), b"first")
    fall_silent(first, SILENT * 2)
    fall_silent(second)
    refused = row_of(first).part_key(1, plan(1, b"first")["sha256"])
    real = type(local_store).iter_bytes

    def away(*_: object, **__: object) -> None:
        raise StoreUnavailable("away")

    def refuse_one(self: Any, key: str, **named: Any) -> Any:
        if key == refused:
            raise StoreRefused("denied")
        return real(self, key, **named)

    with monkeypatch.context() as broken:
        broken.setattr(type(local_store), "iter_bytes", away)
        assert abandoned.end_silent_recordings() == 0
        broken.setattr(type(local_store), "iter_bytes", refuse_one)
        assert abandoned.end_silent_recordings() == 1
    assert (first.get()["status"], second.get()["status"]) == ("open", "complete")
    assert abandoned.end_silent_recordings() == 1
