"""Whatever goes wrong while a video is published: what its author is told, whether it is tried again, what is left."""

import errno
import shutil
from collections.abc import Callable
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
import time_machine
from django.utils import timezone

from apps.core import jobs, ledger
from apps.core.models import Job, StoredObject
from apps.core.store import get_store
from apps.videos import bench, clearing, illustrating, keys, publishing, renditions, services
from apps.videos.errors import FAILURES
from apps.videos.models import Video
from media.errors import DiskFull, EngineFailed, Interrupted, LimitExceeded, UnsupportedFormat
from media.store.errors import ObjectMissing, StoreFull, StoreRefused, StoreUnavailable

pytestmark = pytest.mark.django_db

PICTURE = "-f lavfi -i testsrc2=size=320x180:rate=30:duration=1"
SOUND = "-f lavfi -i sine=frequency=440:duration=1"
H264 = f"{PICTURE} -c:v libx264 -preset ultrafast -g 30 -pix_fmt yuv420p -f mp4"
H264_OPUS = f"{PICTURE} {SOUND} -c:v libx264 -preset ultrafast -g 30 -pix_fmt yuv420p -c:a libopus -shortest -f mp4"

RUNS_OUT = object()  # of attempts
WAITS = object()  # for what is away
AT_ONCE = object()  # it ends


class Killed(BaseException):
    """Stands for SIGKILL: no handler of ours may catch it."""


def fail_with(error: BaseException) -> Callable[..., Any]:
    def fail(*_: object, **__: object) -> None:
        raise error

    return fail


def run_until_it_ends(video: Video, minutes_at_most: int = 200) -> int:
    """Run what is due, minute by minute, and return how many minutes that took."""
    now = timezone.now()
    for minute in range(minutes_at_most):
        with time_machine.travel(now + timedelta(minutes=minute)):
            for job in Job.objects.filter(state=Job.State.QUEUED, run_after__lte=timezone.now()):
                jobs.run(job.pk)
        if not Job.objects.filter(state__in=Job.UNFINISHED).exists():
            return minute
    raise AssertionError("it never ends")


@pytest.mark.parametrize(
    ("error", "how", "code"),
    [
        (StoreUnavailable("away"), WAITS, "store_unavailable"),
        (StoreFull("full"), WAITS, "storage_full"),
        (StoreRefused("denied"), AT_ONCE, "store_refused"),
        (ObjectMissing("gone"), AT_ONCE, "source_missing"),
        (DiskFull("full"), WAITS, "disk_full"),
        (OSError(errno.ENOSPC, "full"), WAITS, "disk_full"),
        (OSError(errno.EIO, "broken"), RUNS_OUT, "engine_failed"),
        (Interrupted("killed"), RUNS_OUT, "engine_failed"),
        (EngineFailed("broken"), RUNS_OUT, "engine_failed"),
        (UnsupportedFormat("AVI", format_name="AVI"), AT_ONCE, "unsupported_format"),
        (ZeroDivisionError(), RUNS_OUT, "engine_failed"),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Exception) else None,
)
def test_each_error_ends_as_failed_with_its_reason_and_retry_works_once_it_is_mended(
    published, run_jobs, monkeypatch, error: Exception, how: object, code: str
) -> None:
    video = published(H264, run=False)
    with monkeypatch.context() as broken:
        broken.setattr(bench, "probe", fail_with(error))
        minutes = run_until_it_ends(video)
    assert {AT_ONCE: minutes == 0, RUNS_OUT: 1 <= minutes < 5, WAITS: 60 < minutes < 120}[how]
    video.refresh_from_db()
    assert (video.status, video.failure_code) == (Video.Status.FAILED, code)
    assert code in FAILURES
    services.retry(video=video)
    run_jobs()
    video.refresh_from_db()
    assert (video.status, video.failure_code) == (Video.Status.READY, "")


@pytest.mark.parametrize("error", [StoreUnavailable("away"), DiskFull("full"), Interrupted("killed")])
def test_what_passes_only_delays_and_the_video_is_copied_as_always(published, run_jobs, monkeypatch, error) -> None:
    video = published(H264, run=False)
    with monkeypatch.context() as broken:
        broken.setattr(publishing, "make_rendition", fail_with(error))
        jobs.run(Job.objects.get().pk)
    assert Job.objects.get().state == Job.State.QUEUED
    with time_machine.travel(timezone.now() + timedelta(minutes=2)):
        run_jobs()
    video.refresh_from_db()
    assert (video.status, video.failure_code) == (Video.Status.READY, "")
    assert [rendition.name for rendition in video.current_publication.renditions.all()] == ["copy"]
    assert not Job.objects.filter(kind=services.TRANSCODE).exists()


def test_a_copy_that_ran_into_a_limit_is_tried_again_before_it_is_encoded(published, monkeypatch) -> None:
    video = published(H264, run=False)
    real = publishing.make_rendition
    tried: list[str] = []

    def slow_copy(*args: Any, **named: Any) -> Any:
        tried.append(args[2].name)
        if args[2].name == "copy":
            raise LimitExceeded("it took too long")
        return real(*args, **named)

    monkeypatch.setattr(publishing, "make_rendition", slow_copy)
    run_until_it_ends(video)
    assert tried == ["copy", "copy", "copy", "h264"]
    video.refresh_from_db()
    assert video.status == Video.Status.READY


def test_a_disk_without_room_for_the_work_is_not_filled_to_the_brim(published, monkeypatch) -> None:
    video = published(H264, run=False)
    needed = 2 * (video.current_source.size_bytes or 0) + bench.SPARE_BYTES
    fetched: list[object] = []
    monkeypatch.setattr(bench, "_fetch", lambda *args: fetched.append(args))
    monkeypatch.setattr(shutil, "disk_usage", lambda _path: SimpleNamespace(free=needed - 1))
    jobs.run(Job.objects.get().pk)
    assert (Job.objects.get().state, Job.objects.get().failure_code) == (Job.State.QUEUED, "disk_full")
    assert fetched == []


@pytest.mark.parametrize("error", [StoreRefused("denied"), StoreUnavailable("away")])
def test_a_poster_that_cannot_be_stored_leaves_a_video_that_plays_and_can_be_completed(
    published, run_jobs, monkeypatch, error
) -> None:
    video = published(H264, run=False)
    store = get_store()
    real = type(store).put_file

    def no_pictures(self: Any, path: Any, key: str, **named: Any) -> None:
        if key.endswith(".jpg"):
            raise error
        real(self, path, key, **named)

    with monkeypatch.context() as broken:
        broken.setattr(type(store), "put_file", no_pictures)
        run_until_it_ends(video)
    video.refresh_from_db()
    assert (video.status, video.playable) == (Video.Status.READY, True)
    assert video.failure_code in {"store_refused", "store_unavailable"}
    shown = video.current_publication
    services.retry(video=video)
    run_jobs()
    video.refresh_from_db()
    assert (video.status, video.failure_code) == (Video.Status.READY, "")
    assert video.current_publication == shown, "what was made is not made again"
    assert video.current_publication.poster_key


def test_of_a_video_that_was_given_up_while_it_plays_nothing_is_left_behind(published, monkeypatch) -> None:
    video = published(H264_OPUS, run=False)
    real = renditions._write_down

    def not_the_second(publication: Any, made: Any, key: str) -> None:
        if made.plan.name == "copy-aac":
            raise ZeroDivisionError  # its object is stored by now
        real(publication, made, key)

    with monkeypatch.context() as broken:
        broken.setattr(renditions, "_write_down", not_the_second)
        run_until_it_ends(video)
    video.refresh_from_db()
    assert (video.status, video.failure_code) == (Video.Status.READY, "engine_failed")
    with time_machine.travel(timezone.now() + timedelta(days=2)):
        clearing.clear_outdated()
    publication = video.current_publication
    assert publication is not None
    wanted = {publication.poster_key, *publication.renditions.values_list("key", flat=True)}
    assert {key for key, _size in get_store().list(keys.video_prefix(video_id=video.public_id))} == wanted
    assert set(StoredObject.objects.values_list("key", flat=True)) == wanted


def test_a_kill_after_all_was_made_makes_nothing_a_second_time(published, monkeypatch) -> None:
    video = published(H264, run=False)
    job = Job.objects.get()
    with monkeypatch.context() as broken:

        def die_after(claim: Any) -> None:
            publishing.publish(claim)
            raise Killed

        kind = jobs.Kind(services.PUBLISH, queue="publish", perform=die_after, give_up=publishing.give_up)
        broken.setitem(jobs._kinds, services.PUBLISH, kind)
        with pytest.raises(Killed):
            jobs.run(job.pk)
    before = video.sources.get().publications.get()
    with time_machine.travel(timezone.now() + timedelta(minutes=1)):
        assert jobs.run(job.pk)
    assert video.sources.get().publications.get() == before
    job.refresh_from_db()
    assert job.state == Job.State.DONE


@pytest.mark.parametrize("moment", range(6))
def test_a_kill_while_pictures_are_made_costs_that_picture_alone_and_leaves_nothing_behind(
    published, monkeypatch, moment: int
) -> None:
    """Moments: before the storyboard is made, before it is stored, before it is written down; the preview's three."""
    video = published(H264.replace("-g 30", "-g 15"))
    job = Job.objects.get(kind=services.ILLUSTRATE)
    passed: list[str] = []

    def pass_by(what: str) -> None:
        passed.append(what)
        if len(passed) == moment + 1:
            raise Killed

    def watched(name: str, real: Callable[..., Any]) -> Callable[..., Any]:
        def make(*args: Any, **named: Any) -> Any:
            pass_by(f"{name} begun")
            made = real(*args, **named)
            pass_by(f"{name} made")
            return made

        return make

    real_store = illustrating._store

    def store(*args: Any, **named: Any) -> str:
        key = real_store(*args, **named)
        pass_by("stored")
        return key

    for name in ("make_storyboard", "make_preview"):
        monkeypatch.setattr(illustrating, name, watched(name, getattr(illustrating, name)))
    monkeypatch.setattr(illustrating, "_store", store)
    with pytest.raises(Killed):
        jobs.run(job.pk)
    with time_machine.travel(timezone.now() + timedelta(minutes=1)):
        assert jobs.run(job.pk)
    job.refresh_from_db()
    assert job.state == Job.State.DONE
    begun = [passed.count(f"{name} begun") for name in ("make_storyboard", "make_preview")]
    assert begun == ([2, 1] if moment < 3 else [1, 2])
    with time_machine.travel(timezone.now() + timedelta(days=2)):
        clearing.clear_outdated()
    publication = video.current_publication
    publication.refresh_from_db()
    pictures = {publication.poster_key, publication.preview_key, publication.storyboard.key}
    wanted = {*pictures, *publication.renditions.values_list("key", flat=True)}
    assert len(pictures - {""}) == 3
    assert {key for key, _size in get_store().list(keys.video_prefix(video_id=video.public_id))} == wanted


def test_one_video_that_the_store_refuses_keeps_no_other_from_being_cleared(published, monkeypatch) -> None:
    first, second = published(H264), published(H264)
    store = get_store()
    real = type(store).delete

    def refuse_the_first(self: Any, wanted: Any) -> None:
        wanted = list(wanted)
        if any(first.public_id in key for key in wanted):
            raise StoreRefused("denied")
        real(self, wanted)

    monkeypatch.setattr(type(store), "delete", refuse_the_first)
    with time_machine.travel(timezone.now() + timedelta(days=2)):
        assert clearing.clear_outdated() == 2
    left = {key for key, _size in store.list("videos/")}
    assert any("/parts/" in key and first.public_id in key for key in left)
    assert not any("/parts/" in key and second.public_id in key for key in left)


def test_one_video_that_cannot_be_purged_keeps_no_other_in_the_trash(published, monkeypatch) -> None:
    first, second = published(H264, run=False), published(H264, run=False)
    for video in (first, second):
        services.move_to_trash(video=video)
    store = get_store()
    real = type(store).delete_prefix

    def refuse_the_first(self: Any, prefix: str) -> int:
        if first.public_id in prefix:
            raise StoreRefused("denied")
        return int(real(self, prefix))

    with time_machine.travel(timezone.now() + timedelta(days=31)):
        with monkeypatch.context() as broken:
            broken.setattr(type(store), "delete_prefix", refuse_the_first)
            assert clearing.empty_trash() == 1
        assert list(Video.objects.all()) == [first]
        assert clearing.empty_trash() == 1


def test_what_a_killed_worker_was_sending_in_parts_is_dropped_with_what_was_replaced(published) -> None:
    video = published(H264)
    key = f"{keys.video_prefix(video_id=video.public_id)}{video.current_publication.public_id}/copy.9-9.mp4"
    get_store().create_multipart(key, content_type="video/mp4", part_size_bytes=5 * 1024 * 1024)
    own = keys.file_key(video_id=video.public_id, source_id=video.sources.get().public_id)
    get_store().create_multipart(own, content_type="video/mp4", part_size_bytes=5 * 1024 * 1024)
    with time_machine.travel(timezone.now() + timedelta(days=2)):
        clearing.clear_outdated()
    assert [begun.key for begun in get_store().multiparts("videos/")] == [own]


def test_what_attempts_of_a_failed_video_have_stored_goes_a_day_later_and_its_source_stays(
    published, run_jobs, monkeypatch
) -> None:
    video = published(H264, run=False)
    with monkeypatch.context() as broken:
        broken.setattr(renditions, "_write_down", fail_with(ZeroDivisionError()))  # its object is stored by now
        run_until_it_ends(video)
    video.refresh_from_db()
    assert video.status == Video.Status.FAILED
    assert clearing.clear_failed() == 0
    with time_machine.travel(timezone.now() + timedelta(days=2)):
        assert clearing.clear_failed() == jobs.MAX_ATTEMPTS
        assert clearing.clear_failed() == 0
        left = {key for key, _size in get_store().list(keys.video_prefix(video_id=video.public_id))}
        assert left == {item["key"] for item in video.current_source.stored}
        services.retry(video=video)
        run_jobs()
    video.refresh_from_db()
    assert video.status == Video.Status.READY
    with time_machine.travel(timezone.now() + timedelta(days=4)):
        assert clearing.clear_outdated() == 2, "the parts: what failed before is cleared like any other"


def test_a_take_that_was_recorded_anew_goes_once_the_new_one_was_published(published, run_jobs) -> None:
    video = published(H264)
    first = video.sources.get()
    parts = first.stored
    services.start_over(video=video, source={"kind": "recording"})
    again = video.sources.latest("pk")
    stored = []
    for number, item in enumerate(parts, start=1):
        key = keys.part_key(video_id=video.public_id, source_id=again.public_id, number=number, sha256="f" * 64)
        data = b"".join(get_store().iter_bytes(item["key"]))
        ledger.note(key=key, video_id=video.pk, size_bytes=len(data))
        get_store().put_bytes(data, key, content_type="video/mp4")
        stored.append({"key": key, "size_bytes": len(data)})
    services.accept_source(source=again, stored=stored)
    run_jobs()
    with time_machine.travel(timezone.now() + timedelta(days=2)):
        clearing.clear_outdated()
    left = {key for key, _size in get_store().list(keys.video_prefix(video_id=video.public_id))}
    assert not any(first.public_id in key for key in left)
    first.refresh_from_db()
    assert first.stored == []


def test_a_video_that_waits_for_a_job_that_got_lost_gets_another(published, run_jobs) -> None:
    video = published(H264, run=False)
    assert services.publish_stuck() == 0
    Job.objects.all().delete()
    assert services.publish_stuck() == 1
    assert services.publish_stuck() == 0
    run_jobs()
    video.refresh_from_db()
    assert video.status == Video.Status.READY
    assert services.publish_stuck() == 0
