"""How an upload ends: completed, dropped, started over; twice, at once, and with a kill in between."""

import threading
from typing import Any

import pytest
from django.db import connections

from apps.core.models import Job, StoredObject
from apps.core.viewer import Viewer
from apps.uploads import clearing, completing, services
from apps.videos import services as videos
from apps.videos.models import Source, Video
from media.store.errors import MultipartMissing, StoreError, StoreFull, StoreRefused, StoreUnavailable
from tests.uploads.driver import Uploader, plan
from tests.uploads.rows import PART, Killed, objects_of, row_of, run_jobs

TROUBLES: dict[StoreError, tuple[int, str, bool]] = {
    StoreUnavailable("away"): (503, "store_unavailable", True),
    StoreRefused("denied"): (503, "store_unavailable", True),
    StoreFull("full"): (507, "storage_full", False),
}


# --- killed between two steps --------------------------------------------------------------------


@pytest.mark.django_db
@pytest.mark.parametrize("size_bytes", [None, 7])
def test_a_kill_before_the_commit_leaves_a_completion_that_can_be_repeated(
    store, start, monkeypatch, size_bytes
) -> None:
    uploader = start(size_bytes)
    uploader.send(1, b"the end")
    with monkeypatch.context() as broken:

        def kill(**_named: object) -> None:
            raise Killed

        broken.setattr(completing.videos, "accept_source", kill)
        with pytest.raises(Killed):
            uploader.complete(7)
    assert uploader.get()["status"] == "open"
    assert Source.objects.get().stored == []
    assert not Job.objects.filter(kind="publish").exists()
    assert uploader.complete(7).status_code == 200
    assert b"".join(store.iter_bytes(Source.objects.get().stored[0]["key"])) == b"the end"
    assert Job.objects.filter(kind="publish").count() == 1


@pytest.mark.django_db
def test_a_kill_right_after_the_store_was_told_leaves_a_completion_that_can_be_repeated(
    store, start, monkeypatch
) -> None:
    uploader = start(7)
    uploader.send(1, b"the end")
    real = type(store).complete_multipart

    def complete_and_die(self: Any, *args: Any) -> None:
        real(self, *args)
        raise Killed

    with monkeypatch.context() as broken:
        broken.setattr(type(store), "complete_multipart", complete_and_die)
        with pytest.raises(Killed):
            uploader.complete(7)
    assert uploader.complete(7).status_code == 200
    assert Source.objects.get().size_bytes == 7


@pytest.mark.django_db
def test_a_kill_after_bytes_arrived_leaves_a_part_that_counts_when_it_is_reported(store, start, monkeypatch) -> None:
    uploader = start()
    uploader.put(uploader.promise(1, b"first"), b"first")
    with monkeypatch.context() as broken:

        def kill(_part: object) -> bool:
            raise Killed

        broken.setattr("apps.uploads.confirming._mark_confirmed", kill)
        with pytest.raises(Killed):
            uploader.state_of(1)
    assert uploader.state_of(1) == "confirmed"


@pytest.mark.django_db
def test_a_kill_after_the_store_began_a_file_leaves_a_promise_that_can_be_repeated(store, start, monkeypatch) -> None:
    uploader = start(7)
    real = type(store).create_multipart

    def create_and_die(self: Any, *args: Any, **named: Any) -> str:
        real(self, *args, **named)
        raise Killed

    with monkeypatch.context() as broken:
        broken.setattr(type(store), "create_multipart", create_and_die)
        with pytest.raises(Killed):
            uploader.promise(1, b"the end")
    uploader.send(1, b"the end")
    assert uploader.complete(7).status_code == 200


# --- two at once ---------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("size_bytes", [None, 7])
def test_of_two_completions_at_once_one_asks_for_the_publication_and_both_succeed(store, start, size_bytes) -> None:
    uploader = start(size_bytes)
    uploader.send(1, b"the end")
    barrier = threading.Barrier(2)
    failures: list[BaseException] = []

    def complete() -> None:
        upload = row_of(uploader)
        barrier.wait(timeout=20)
        try:
            completing.complete_upload(upload=upload, named=[completing.Named(1, 7)])
        except Exception as error:  # noqa: BLE001 - whatever it is, the test must tell
            failures.append(error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=complete) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert Job.objects.filter(kind="publish").count() == 1
    assert b"".join(store.iter_bytes(Source.objects.get().stored[0]["key"])) == b"the end"


@pytest.mark.django_db(transaction=True)
def test_of_two_different_promises_at_once_one_row_is_left(local_store, start) -> None:
    uploader = start()
    barrier = threading.Barrier(2)
    failures: list[BaseException] = []

    def promise(data: bytes) -> None:
        upload = row_of(uploader)
        barrier.wait(timeout=20)
        try:
            services.promise_parts(upload=upload, promises=[services.Promise(**plan(1, data))])
        except Exception as error:  # noqa: BLE001 - whatever it is, the test must tell
            failures.append(error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=promise, args=(data,)) for data in (b"one", b"other")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert row_of(uploader).parts.count() == 1


@pytest.mark.django_db
def test_a_completion_that_loses_to_a_drop_says_so_and_has_its_object_cleared(store, start, monkeypatch) -> None:
    uploader = start(7)
    uploader.send(1, b"the end")
    real = type(store).complete_multipart

    def drop_and_complete(self: Any, *args: Any) -> None:
        services.abort_upload(upload=row_of(uploader))
        Job.objects.filter(kind=clearing.CLEAR_UPLOAD).update(state="done")  # a quick worker
        real(self, *args)

    with monkeypatch.context() as raced:
        raced.setattr(type(store), "complete_multipart", drop_and_complete)
        response = uploader.complete(7)
    assert (response.status_code, response.json()["code"]) == (409, "upload_closed")
    assert objects_of(store, uploader) != []
    run_jobs(clearing.CLEAR_UPLOAD)
    assert objects_of(store, uploader) == []
    assert not StoredObject.objects.exists()


# --- dropped -------------------------------------------------------------------------------------


@pytest.mark.django_db
@pytest.mark.parametrize("size_bytes", [None, PART + 7])
def test_a_dropped_upload_takes_nothing_more_and_leaves_nothing(store, start, size_bytes) -> None:
    uploader = start(size_bytes)
    data = b"1" * PART if size_bytes else b"first"
    uploader.send(1, data)
    assert uploader.delete().status_code == 204
    assert uploader.delete().status_code == 204
    assert uploader.get()["status"] == "aborted"
    for response in (
        uploader.exchange([plan(1, data)]),
        uploader.complete(len(data)),
        uploader.post("alive"),
        uploader.post("reopen"),
    ):
        assert (response.status_code, response.json()["code"]) == (409, "upload_closed")
    run_jobs(clearing.CLEAR_UPLOAD)
    assert objects_of(store, uploader) == []
    assert not StoredObject.objects.exists()
    video = Video.objects.get()
    assert (video.status, video.failure_code) == ("failed", "empty_source")
    if size_bytes:
        with pytest.raises(MultipartMissing):
            store.list_parts(row_of(uploader).file_key, row_of(uploader).store_upload_id)


@pytest.mark.django_db
def test_of_two_calls_that_begin_a_file_the_second_drops_what_it_began(store, start, monkeypatch) -> None:
    uploader = start(7)
    begun: list[str] = []
    real = type(store).create_multipart

    def create_late(self: Any, *args: Any, **named: Any) -> str:
        ours = real(self, *args, **named)
        begun.append(ours)
        if len(begun) == 1:
            uploader.promise(1, b"the end")  # another tab is quicker
        return ours

    with monkeypatch.context() as raced:
        raced.setattr(type(store), "create_multipart", create_late)
        uploader.promise(1, b"the end")
    row = row_of(uploader)
    assert row.store_upload_id == begun[1]
    with pytest.raises(MultipartMissing):
        store.list_parts(row.file_key, begun[0])
    uploader.send(1, b"the end")
    assert uploader.complete(7).status_code == 200


@pytest.mark.django_db
def test_a_complete_upload_cannot_be_dropped(store, start) -> None:
    uploader = start()
    uploader.send(1, b"first")
    uploader.complete(5)
    response = uploader.delete()
    assert (response.status_code, response.json()["code"]) == (409, "upload_closed")
    assert Video.objects.get().status == "processing"


@pytest.mark.django_db
def test_starting_over_drops_the_open_upload_and_begins_a_new_one_for_the_same_video(store, start) -> None:
    first = start()
    first.send(1, b"first")
    video = Video.objects.get()
    response = first.client.post(
        f"/api/v1/videos/{video.public_id}/uploads/",
        {"source": {"kind": "recording", "content_type": "video/mp4"}},
        content_type="application/json",
    )
    assert response.status_code == 201
    second = Uploader(first.client, response.json()["upload"])
    assert (first.get()["status"], second.get()["status"]) == ("aborted", "open")
    video.refresh_from_db()
    assert (video.status, video.failure_code, video.stopped_at) == ("recording", "", None)
    run_jobs(clearing.CLEAR_UPLOAD)
    assert objects_of(store, first) == []
    second.send(1, b"second")
    assert second.complete(6).json()["status"] == "processing"
    assert video.sources.get(upload__public_id=second.upload["id"]).size_bytes == 6


@pytest.mark.django_db
def test_what_a_complete_recording_did_not_use_is_cleared_and_nothing_else(store, start) -> None:
    uploader = start()
    uploader.put(uploader.promise(1, b"an older text"), b"an older text")
    uploader.send(1, b"first")
    uploader.put(uploader.promise(2, b"never named"), b"never named")
    assert uploader.complete(5).status_code == 200
    run_jobs(clearing.CLEAR_UPLOAD)
    kept = [item["key"] for item in Source.objects.get().stored]
    assert objects_of(store, uploader) == kept
    assert list(StoredObject.objects.values_list("key", flat=True)) == kept


@pytest.mark.django_db
def test_a_completion_that_used_everything_clears_nothing(store, start) -> None:
    uploader = start()
    uploader.send(1, b"first")
    uploader.complete(5)
    assert not Job.objects.filter(kind=clearing.CLEAR_UPLOAD).exists()


@pytest.mark.django_db
def test_clearing_is_tried_again_while_the_store_is_away(local_store, start, monkeypatch) -> None:
    uploader = start()
    uploader.send(1, b"first")
    uploader.delete()

    def fail(*_: object) -> None:
        raise StoreUnavailable("away")

    with monkeypatch.context() as broken:
        broken.setattr(local_store, "delete", fail)
        run_jobs(clearing.CLEAR_UPLOAD)
    job = Job.objects.get(kind=clearing.CLEAR_UPLOAD)
    assert (job.state, job.failure_code) == ("queued", "store_unavailable")
    assert StoredObject.objects.count() == 1
    Job.objects.update(run_after=job.created_at)
    run_jobs(clearing.CLEAR_UPLOAD)
    assert objects_of(local_store, uploader) == []


@pytest.mark.django_db
def test_clearing_that_the_store_refuses_ends_as_failed_and_not_as_done(local_store, start, monkeypatch) -> None:
    uploader = start()
    uploader.send(1, b"first")
    uploader.delete()

    def refuse(*_: object) -> None:
        raise StoreRefused("denied")

    with monkeypatch.context() as broken:
        broken.setattr(local_store, "delete", refuse)
        run_jobs(clearing.CLEAR_UPLOAD)
    job = Job.objects.get(kind=clearing.CLEAR_UPLOAD)
    assert (job.state, job.failure_code, job.attempts) == ("failed", "store_refused", 1)


@pytest.mark.django_db
@pytest.mark.parametrize("ending", ["complete", "drop"])
def test_a_multipart_upload_that_the_store_began_and_nobody_noted_does_not_stay(store, start, ending: str) -> None:
    uploader = start(7)
    real = type(store).create_multipart
    with pytest.MonkeyPatch.context() as cut_off:

        def create_and_lose(self: Any, *args: Any, **named: Any) -> str:
            real(self, *args, **named)
            raise StoreUnavailable("the answer was lost")

        cut_off.setattr(type(store), "create_multipart", create_and_lose)
        assert uploader.exchange([plan(1, b"the end")]).status_code == 503
    uploader.send(1, b"the end")
    assert len(list(store.multiparts("videos/"))) == 2
    assert (uploader.complete(7) if ending == "complete" else uploader.delete()).status_code in {200, 204}
    run_jobs(clearing.CLEAR_UPLOAD)
    assert list(store.multiparts("videos/")) == []


@pytest.mark.django_db
def test_an_open_upload_is_never_cleared(local_store, start) -> None:
    uploader = start()
    uploader.send(1, b"first")
    clearing.request_clearing(upload=row_of(uploader))
    run_jobs(clearing.CLEAR_UPLOAD)
    assert len(objects_of(local_store, uploader)) == 1


@pytest.mark.django_db
def test_the_trash_keeps_what_was_on_its_way_and_restore_goes_on(store, start) -> None:
    uploader = start()
    uploader.send(1, b"first")
    video = Video.objects.get()
    assert uploader.client.delete(f"/api/v1/videos/{video.public_id}/").status_code == 204
    assert uploader.exchange([plan(2, b"x")]).status_code == 404  # nothing is added to what lies in the trash
    assert uploader.client.post(f"/api/v1/videos/{video.public_id}/restore/").status_code == 200
    assert row_of(uploader).status == "open"
    uploader.send(2, b"second")
    assert uploader.complete(5, 6).status_code == 200


@pytest.mark.django_db
def test_what_is_discarded_is_not_kept_in_the_trash(store, start) -> None:
    uploader = start()
    uploader.send(1, b"first")
    video = Video.objects.get()
    assert uploader.delete().status_code == 204
    assert uploader.client.delete(f"/api/v1/videos/{video.public_id}/").status_code == 204
    assert not Video.objects.restorable_by(Viewer(person_id=video.author_id)).exists()


@pytest.mark.django_db
def test_dropping_what_was_started_over_gives_back_what_was_there_before(store, start) -> None:
    uploader = start()
    uploader.send(1, b"first")
    assert uploader.complete(5).status_code == 200
    video = Video.objects.get()
    source = {"source": {"kind": "recording", "content_type": "video/webm"}}
    again = uploader.client.post(
        f"/api/v1/videos/{video.public_id}/uploads/", source, content_type="application/json"
    ).json()["upload"]
    assert uploader.client.delete(f"/api/v1/uploads/{again['id']}/").status_code == 204
    video.refresh_from_db()
    assert (video.status, video.failure_code) == ("processing", "")
    assert video.current_source is not None
    assert [item["size_bytes"] for item in video.current_source.stored] == [5]


# --- signs of life -------------------------------------------------------------------------------


@pytest.mark.django_db
def test_a_sign_of_life_is_written_down(local_store, start) -> None:
    uploader = start()
    before = row_of(uploader).alive_at
    assert uploader.post("alive").status_code == 204
    assert row_of(uploader).alive_at > before
    before = row_of(uploader).alive_at
    uploader.promise(1, b"first")
    assert row_of(uploader).alive_at > before


@pytest.mark.django_db
def test_reopening_an_open_upload_changes_nothing_and_an_ended_one_is_refused(local_store, start) -> None:
    uploader = start()
    uploader.send(1, b"first")
    response = uploader.post("reopen")
    assert (response.status_code, response.json()) == (200, uploader.get())
    uploader.complete(5)
    response = uploader.post("reopen")
    assert (response.status_code, response.json()["code"]) == (409, "upload_closed")


# --- a store in trouble --------------------------------------------------------------------------


@pytest.mark.django_db
@pytest.mark.parametrize("error", TROUBLES, ids=lambda error: type(error).__name__)
@pytest.mark.parametrize("call", ["list_parts", "complete_multipart", "create_multipart", "presigned_part"])
def test_a_store_in_trouble_is_told_and_nothing_is_lost(
    local_store, start, monkeypatch, call: str, error: StoreError
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise error

    uploader = start(7)
    with monkeypatch.context() as broken:
        if call in {"create_multipart", "presigned_part"}:
            broken.setattr(local_store, call, fail)
            response = uploader.exchange([plan(1, b"the end")])
        else:
            uploader.send(1, b"the end")
            broken.setattr(local_store, call, fail)
            response = uploader.complete(7)
    assert (response.status_code, response.json()["code"], "Retry-After" in response) == TROUBLES[error]
    if call in {"create_multipart", "presigned_part"}:
        uploader.send(1, b"the end")
    assert uploader.complete(7).status_code == 200


@pytest.mark.django_db
def test_a_source_that_was_started_over_is_kept_and_not_published(local_store, start) -> None:
    uploader = start()
    uploader.send(1, b"first")
    video = Video.objects.get()
    videos.add_source(video=video, kind="recording")
    assert uploader.complete(5).status_code == 200
    assert not Job.objects.filter(kind="publish").exists()
