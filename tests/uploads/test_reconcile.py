"""manage.py reconcile: what it finds, what it mends, what it leaves alone, and what its exit code says."""

import io
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.core.management import CommandError, call_command
from django.utils import timezone

from apps.core import ledger
from apps.core.models import Job, StoredObject
from apps.uploads.models import Upload
from apps.uploads.reconcile import objects
from apps.videos import keys, services
from apps.videos.models import Publication, Source, Video
from media.store.errors import StoreRefused, StoreUnavailable
from tests.uploads.driver import Uploader
from tests.watchable import copy_of

pytestmark = pytest.mark.django_db

PART_BYTES = 5 * 1024 * 1024


class Result:
    """What one run of the command said, and its exit code."""

    def __init__(self, *words: str) -> None:
        output, errors = io.StringIO(), io.StringIO()
        self.code = 0
        try:
            call_command("reconcile", *words, stdout=output, stderr=errors)
        except SystemExit as ended:
            self.code = int(ended.code or 0)
        except CommandError as error:
            self.code = error.returncode
            errors.write(str(error))
        self.said, self.complaints = output.getvalue(), errors.getvalue()


def later(*words: str, days: int = 2) -> Result:
    """Run it when all that is there now is old."""
    with time_machine.travel(timezone.now() + timedelta(days=days)):
        return Result(*words)


def found_and_mended(count: int, what: str) -> None:
    """Look without mending, which changes nothing; then mend, and look again."""
    for _time in range(2):
        looked = later()
        assert (looked.code, f"{count} {what}" in looked.said) == (1, True), looked.said
    mended = later("--mend")
    assert (mended.code, f"{count} {what}, {count} mended" in mended.said) == (0, True), mended.said + mended.complaints
    again = later()
    assert (again.code, again.said.strip()) == (0, "Rows and store agree.")


@pytest.fixture
def recording(start: Callable[..., Uploader]) -> Video:
    """Return a video with a complete recording of two parts that was published, as rows say."""
    uploader = start()
    uploader.send(1, b"first")
    uploader.send(2, b"second")
    assert uploader.complete(5, 6).status_code == 200
    Job.objects.all().delete()
    Video.objects.update(status=Video.Status.READY)
    return Video.objects.select_related("current_source").get()


def prefix_of(video: Video) -> str:
    return keys.video_prefix(video_id=video.public_id)


def put(store: Any, key: str, data: bytes = b"lost", video: Video | None = None) -> None:
    """Store an object, with a row for a video."""
    store.put_bytes(data, key, content_type="video/mp4")
    if video is not None:
        ledger.note(key=key, video_id=video.pk, size_bytes=len(data))


# --- objects and rows ------------------------------------------------------------------------------


def test_of_an_installation_that_is_well_nothing_is_said(store, recording) -> None:
    result = later()
    assert (result.code, result.said.strip()) == (0, "Rows and store agree.")


def test_an_object_that_nobody_knows_is_deleted_once_it_is_old(store, recording) -> None:
    put(store, f"{prefix_of(recording)}lost/copy.1-1.mp4")
    assert Result().code == 0
    assert Result("--mend", "--older-than", "2").code == 0
    assert store.size_bytes(f"{prefix_of(recording)}lost/copy.1-1.mp4") == 4
    found_and_mended(1, "objects that the ledger does not know")
    assert store.size_bytes(f"{prefix_of(recording)}lost/copy.1-1.mp4") is None


def test_what_is_left_of_a_video_that_is_gone_is_deleted(store, recording) -> None:
    put(store, "videos/gone/source/parts/000001-abc")
    put(store, "videos/gone2/source/parts/000001-abc", video=recording)
    StoredObject.objects.filter(key__startswith="videos/gone2").update(video_id=999_999)
    ledger.note(key="videos/gone3/x", video_id=999_999, size_bytes=4)
    assert Result().code == 0
    looked = later()
    assert "1 objects that the ledger does not know" in looked.said
    assert "1 objects that nobody needs" in looked.said
    assert "1 rows of the ledger without an object" in looked.said
    assert later("--mend").code == 0
    assert [key for key, _size in store.list("videos/") if "gone" in key] == []
    assert not StoredObject.objects.filter(key__contains="gone").exists()
    assert later().code == 0


def test_a_row_without_an_object_goes_once_it_is_old(store, recording) -> None:
    ledger.note(key=f"{prefix_of(recording)}p/poster.1-1.jpg", video_id=recording.pk, size_bytes=4)
    assert Result().code == 0
    found_and_mended(1, "rows of the ledger without an object, which nobody needs")
    assert StoredObject.objects.count() == 2


def test_an_object_that_nobody_needs_goes_once_it_is_old(store, recording) -> None:
    put(store, f"{prefix_of(recording)}p/copy.1-1.mp4", video=recording)
    assert Result().code == 0
    found_and_mended(1, "objects that nobody needs")
    assert StoredObject.objects.count() == 2


def test_an_object_that_is_needed_gets_its_row_back_instead_of_being_deleted(store, recording) -> None:
    key = recording.current_source.stored[0]["key"]
    StoredObject.objects.filter(key=key).delete()
    found_and_mended(1, "objects that the ledger does not know")
    row = StoredObject.objects.get(key=key)
    assert (row.size_bytes, row.video_id) == (5, recording.pk)
    assert store.size_bytes(key) == 5


def test_the_ledger_learns_the_size_that_an_object_has(store, recording) -> None:
    StoredObject.objects.filter(key=recording.current_source.stored[0]["key"]).update(size_bytes=99)
    found_and_mended(1, "objects of another size than the ledger says")


@pytest.mark.parametrize("what", ["missing", "damaged"])
def test_a_part_that_is_missing_or_damaged_is_said_and_left_for_a_person(store, recording, what: str) -> None:
    key = recording.current_source.stored[0]["key"]
    if what == "missing":
        store.delete([key])
    else:
        store.put_bytes(b"cut", key, content_type="video/mp4")
    result = Result("--mend")
    assert result.code == 1
    assert key in result.said
    assert f"needed and {'missing' if what == 'missing' else 'have another size'}" in result.said
    assert StoredObject.objects.filter(key=key).exists()


def test_what_is_deleted_while_we_look_is_not_said_to_be_missing(local_store, recording, monkeypatch) -> None:
    Publication.objects.create(
        source=recording.current_source,
        source_bytes=5,
        duration_ms=1,
        has_video=True,
        has_audio=False,
        poster_key="videos/p.jpg",
    )
    real = objects.get_store().survey

    def replaced_meanwhile(prefix: str) -> Any:
        Publication.objects.all().delete()
        return real(prefix)

    monkeypatch.setattr(local_store, "survey", replaced_meanwhile)
    assert Result().code == 0


@pytest.mark.parametrize("state", ["open", "waits for the rest"])
def test_what_may_still_be_arriving_or_be_asked_for_is_left_alone_however_old(store, start, state: str) -> None:
    uploader = start()
    uploader.send(1, b"first")
    uploader.send(3, b"third")
    uploader.promise(4, b"never sent")
    if state != "open":
        source = Source.objects.get()
        stored = [{"key": Upload.objects.get().part_key(1, uploader.get()["parts"][0]["sha256"]), "size_bytes": 5}]
        services.accept_source(
            source=source, stored=stored, ends_early=True, rest_until=timezone.now() + timedelta(days=30)
        )
        Upload.objects.update(status=Upload.Status.COMPLETE)
        Job.objects.all().delete()
        Video.objects.update(status=Video.Status.READY)
    assert later("--mend").code == 0
    assert StoredObject.objects.count() == 3
    assert len(list(store.list("videos/"))) == 2


def test_pictures_of_people_are_held_against_their_rows_too(store, ana) -> None:
    put(store, "people/x/shown.webp")
    ledger.note(key="people/x/shown.webp", video_id=None, size_bytes=4)
    type(ana).objects.filter(pk=ana.pk).update(picture_key="people/x/shown.webp")
    put(store, "people/x/lost.webp")
    found_and_mended(1, "objects that the ledger does not know")
    assert store.size_bytes("people/x/shown.webp") == 4
    store.delete(["people/x/shown.webp"])
    result = later("--mend")
    assert (result.code, "people/x/shown.webp" in result.said) == (1, True)


def test_what_is_not_ours_in_a_bucket_is_not_touched(store, recording) -> None:
    put(store, "backups/yesterday")
    assert later("--mend").code == 0
    assert store.size_bytes("backups/yesterday") == 4


# --- multipart uploads -----------------------------------------------------------------------------


def test_a_multipart_upload_that_nobody_goes_on_with_is_dropped_and_an_open_one_kept(store, start) -> None:
    uploader = start(7)
    uploader.promise(1, b"the end")
    row = Upload.objects.select_related("source__video").get()
    store.create_multipart(row.file_key, content_type="video/mp4", part_size_bytes=PART_BYTES)
    store.create_multipart("videos/gone/file", content_type="video/mp4", part_size_bytes=PART_BYTES)
    found_and_mended(2, "multipart uploads in the store that nobody goes on with")
    assert [begun.upload_id for begun in store.multiparts("videos/")] == [row.store_upload_id]
    uploader.send(1, b"the end")
    assert uploader.complete(7).status_code == 200


def test_a_multipart_upload_that_was_begun_just_now_is_left_alone(local_store, recording) -> None:
    local_store.create_multipart("videos/gone/file", content_type="video/mp4", part_size_bytes=PART_BYTES)
    assert Result("--mend").code == 0
    assert len(list(local_store.multiparts("videos/"))) == 1


# --- videos and jobs ---------------------------------------------------------------------------------


def test_a_video_that_waits_for_a_job_gets_one(local_store, recording) -> None:
    Video.objects.update(status=Video.Status.PROCESSING)
    found_and_mended(1, "videos that wait for a job which does not exist")
    assert Job.objects.get().kind == services.PUBLISH


@pytest.mark.parametrize("status", [Video.Status.RECORDING, Video.Status.UPLOADING])
def test_a_video_that_waits_for_an_upload_that_is_no_more_ends(local_store, recording, status: str) -> None:
    Video.objects.update(status=status)
    found_and_mended(1, "videos that wait for an upload which does not exist")
    assert Video.objects.get().status == Video.Status.PROCESSING


def test_a_video_that_waits_for_an_upload_and_has_nothing_ends_as_empty(local_store, start) -> None:
    start()
    Upload.objects.all().delete()
    found_and_mended(1, "videos that wait for an upload which does not exist")
    assert (Video.objects.get().status, Video.objects.get().failure_code) == ("failed", "empty_source")


@pytest.mark.parametrize("status", [Video.Status.READY, Video.Status.FAILED])
def test_what_was_given_up_while_the_store_was_away_is_tried_again(local_store, recording, status: str) -> None:
    Video.objects.update(status=status, failure_code="store_unavailable")
    found_and_mended(1, "videos that were given up while a store or a disk was away")
    assert Video.objects.get().status == Video.Status.PROCESSING


def test_what_failed_by_its_own_fault_is_not_tried_again(local_store, recording) -> None:
    Video.objects.update(status=Video.Status.FAILED, failure_code="not_media")
    assert later("--mend").code == 0
    assert Video.objects.get().status == Video.Status.FAILED


def waiting_job(kind: str, subject: str) -> Job:
    return Job.objects.create(kind=kind, key=f"{kind}:{subject}", subject=subject)


def test_a_job_for_a_video_that_is_no_more_ends(local_store, recording) -> None:
    job = waiting_job(services.PUBLISH, "gone")
    assert Result().code == 0
    found_and_mended(1, "jobs for videos that do not exist")
    job.refresh_from_db()
    assert job.state == Job.State.DONE


def test_jobs_that_no_worker_takes_or_knows_are_said(local_store, recording) -> None:
    waiting_job(services.POSTER, recording.public_id)
    waiting_job("of tomorrow", recording.public_id)
    result = later("--mend")
    assert result.code == 1
    assert f"jobs that no worker has taken for an hour: poster:{recording.public_id}" in result.said
    assert f"jobs of a kind that this release does not know: of tomorrow:{recording.public_id}" in result.said


# --- the command -------------------------------------------------------------------------------------


def test_each_finding_is_named_when_asked_for(local_store, recording) -> None:
    key = f"{prefix_of(recording)}p/copy.1-1.mp4"
    put(local_store, key, video=recording)
    assert key not in later().said
    assert key in later("--verbosity", "2").said


def test_what_might_still_be_arriving_cannot_be_asked_to_be_deleted(local_store) -> None:
    result = Result("--mend", "--older-than", "1")
    assert result.code == 1
    assert "at least 2" in result.complaints


def test_a_store_that_is_away_is_another_exit_code(local_store, recording, monkeypatch) -> None:
    def away(*_: object) -> None:
        raise StoreUnavailable("away")

    monkeypatch.setattr(local_store, "survey", away)
    result = Result()
    assert (result.code, "could not be asked" in result.complaints) == (2, True)


def test_what_cannot_be_mended_now_is_said_and_the_rest_is_mended(local_store, recording, monkeypatch) -> None:
    for name in ("a", "b"):
        put(local_store, f"{prefix_of(recording)}{name}/copy.1-1.mp4", video=recording)
    real = local_store.delete

    def refuse_one(wanted: Any) -> None:
        wanted = list(wanted)
        if any("/a/" in key for key in wanted):
            raise StoreRefused("denied")
        real(wanted)

    monkeypatch.setattr(local_store, "delete", refuse_one)
    result = later("--mend")
    assert result.code == 1
    assert "2 objects that nobody needs, 1 mended" in result.said
    assert "denied" in result.complaints


def test_a_rendition_of_another_source_that_is_missing_is_only_said(local_store, recording) -> None:
    older = Source.objects.create(video=recording, kind="recording")
    publication = Publication.objects.create(
        source=older, source_bytes=5, duration_ms=1, has_video=True, has_audio=False
    )
    copy_of(publication, key="videos/x/y/copy.1-1.mp4", segments=[])
    result = Result("--mend")
    assert (result.code, "videos/x/y/copy.1-1.mp4" in result.said) == (1, True)
