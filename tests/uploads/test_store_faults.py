"""Each call of the store fails once: in jobs, in requests and in what the clock does (docs/reliability.md).

A first run counts the calls; then each of them fails in a run of its own, in each of four ways. What is away, has lost
its answer or is full only delays; what is refused ends with its reason, and once the store is mended a Retry, the next
round of the clock or `reconcile --mend` does the rest. Nothing is left over.
"""

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.core.management import call_command
from django.db.models import QuerySet
from django.utils import timezone

from apps.core import jobs, ledger
from apps.core.models import Job, StoredObject
from apps.core.store import get_store
from apps.uploads import abandoned, clearing
from apps.uploads.models import Upload
from apps.videos import clearing as outdated
from apps.videos import keys, needed, services, tasks
from apps.videos.models import Video
from media.store.errors import StoreError, StoreFull, StoreRefused, StoreUnavailable
from tests.filming import film
from tests.store_calls import Fault, StoreCalls, watched
from tests.uploads.driver import Uploader, plan
from tests.uploads.rows import row_of

pytestmark = pytest.mark.django_db

PICTURE = "-f lavfi -i testsrc2=size=160x90:rate=10:duration=0.6"
SOUND = "-f lavfi -i sine=frequency=440:duration=0.6"
COPIED = f"{PICTURE} {SOUND} -c:v libx264 -preset ultrafast -g 10 -pix_fmt yuv420p -c:a libopus -shortest -f mp4"
ENCODED = f"{PICTURE} -c:v libvpx -deadline realtime -f webm"
PARTS = (b"first", b"second")
FILE = b"the end"


@dataclass(frozen=True)
class Trouble:
    """How a call fails, what a request answers then, and what a job that waits for its end notes."""

    name: str
    error: StoreError
    answer: tuple[int, str]
    code: str
    after: bool = False

    def __str__(self) -> str:
        return self.name


AWAY = Trouble("away", StoreUnavailable("away"), (503, "store_unavailable"), "store_unavailable")
LOST = Trouble("answer lost", StoreUnavailable("cut off"), (503, "store_unavailable"), "store_unavailable", after=True)
FULL = Trouble("full", StoreFull("full"), (507, "storage_full"), "storage_full")
REFUSED = Trouble("refused", StoreRefused("denied"), (503, "store_unavailable"), "store_refused")

each_trouble = pytest.mark.parametrize("trouble", [AWAY, LOST, FULL, REFUSED], ids=str)
# Where films are made at each run, `make test` sees two of the four over the local store.
each_trouble_of_films = pytest.mark.parametrize(
    "trouble",
    [AWAY, REFUSED, pytest.param(LOST, marks=pytest.mark.long), pytest.param(FULL, marks=pytest.mark.long)],
    ids=str,
)
# Of these `make test` sees one a trouble: it takes a film for each call of the store.
each_way_of_films = pytest.mark.parametrize(
    ("trouble", "how"),
    [
        pytest.param(
            trouble,
            how,
            id=f"{trouble}-{name}",
            marks=[] if (trouble, how) in ((REFUSED, COPIED), (AWAY, ENCODED)) else [pytest.mark.long],
        )
        for trouble in (AWAY, LOST, FULL, REFUSED)
        for how, name in ((COPIED, "copied"), (ENCODED, "encoded"))
    ],
)
each_store_of_films = pytest.mark.parametrize(
    "store", ["local", pytest.param("s3", marks=pytest.mark.long)], indirect=True
)


@pytest.fixture
def calls(store: Any) -> Iterator[StoreCalls]:
    with watched(store) as counted:
        yield counted


def each_call_fails(calls: StoreCalls, trouble: Trouble, work: Callable[[], Any]) -> Iterator[Any]:
    """Do the work once in peace; then let each call that it made fail in turn, and yield what the work came to.

    `work` prepares anew each time, with its own calls forgotten by `calls.made.clear()`.
    """
    work()
    made = list(calls.made)
    assert made, "it asks the store for nothing"
    for number, name in enumerate(made, start=1):
        with calls.fail(Fault(number, trouble.error, trouble.after)):
            result = work()
            assert calls.struck, f"{number}: {name}"
        yield result


def prepared(calls: StoreCalls, prepare: Callable[[], Any]) -> Any:
    """Return what `prepare` returns; no fault strikes meanwhile, and its calls are not counted."""
    fault, calls.fault = calls.fault, None
    made = prepare()
    calls.made.clear()
    calls.fault = fault
    return made


def waiting_jobs() -> QuerySet[Job]:
    return Job.objects.filter(state="queued").exclude(kind=services.ILLUSTRATE)


def run_due_jobs() -> None:
    """Run what is due, and what that asks for; but no `illustrate`, see tests/videos."""
    while due := waiting_jobs().filter(run_after__lte=timezone.now()).order_by("pk").first():
        assert jobs.run(due.pk)


def assert_nothing_is_left_over() -> None:
    """Let two days pass: the store holds what rows name, and the ledger says so."""
    with time_machine.travel(timezone.now() + timedelta(days=2)):
        tasks.clear()
        run_due_jobs()
        wanted = {key for video in Video.objects.all() for key in needed.needed_keys(video)}
        assert set(dict(get_store().list(keys.ALL_VIDEOS))) == wanted
        assert set(StoredObject.objects.values_list("key", flat=True)) == wanted
        open_ones = set(Upload.objects.filter(status="open").values_list("store_upload_id", flat=True))
        assert {begun.upload_id for begun in get_store().multiparts(keys.ALL_VIDEOS)} <= open_ones


# --- jobs -------------------------------------------------------------------------------------------


@pytest.fixture
def recorded(ana, workspace) -> Callable[[str], Video]:
    """Return what makes a complete recording, in two parts, of what ffmpeg makes."""

    def make(how: str) -> Video:
        made = film(how)
        video = services.create_video(author=ana, workspace=workspace, source={"kind": "recording"})
        stored, half = [], len(made) // 2
        for number, piece in enumerate((made[:half], made[half:]), start=1):
            key = keys.part_key(
                video_id=video.public_id,
                source_id=video.sources.get().public_id,
                number=number,
                sha256=hashlib.sha256(piece).hexdigest(),
            )
            ledger.note(key=key, video_id=video.pk, size_bytes=len(piece))
            get_store().put_bytes(piece, key, content_type="video/mp4")
            stored.append({"key": key, "size_bytes": len(piece)})
        services.accept_source(source=video.sources.get(), stored=stored)
        return video

    return make


@each_store_of_films
@each_way_of_films
def test_publishing_goes_on_once_the_store_is_there_again(recorded, calls, trouble: Trouble, how: str) -> None:
    def publish() -> Video:
        video: Video = prepared(calls, lambda: recorded(how))
        run_due_jobs()
        return video

    for video in each_call_fails(calls, trouble, publish):
        video.refresh_from_db()
        unfinished = waiting_jobs().filter(subject=video.public_id).first()
        if trouble is REFUSED:
            assert unfinished is None
            assert (video.status, video.failure_code) == ("ready" if video.playable else "failed", "store_refused")
            services.retry(video=video)
            run_due_jobs()
        else:
            assert unfinished is not None, calls.made
            assert (unfinished.attempts, unfinished.waits, unfinished.failure_code) == (0, 1, trouble.code)
            assert video.status == "processing"
            with time_machine.travel(timezone.now() + timedelta(minutes=1)):
                run_due_jobs()
        video.refresh_from_db()
        assert (video.status, video.failure_code) == ("ready", "")
    assert_nothing_is_left_over()


# --- requests ---------------------------------------------------------------------------------------


def begun_recording(start: Callable[..., Uploader]) -> Uploader:
    """Return an upload all of whose parts have arrived and none was reported."""
    uploader = start()
    for number, data in enumerate(PARTS, start=1):
        uploader.put(uploader.promise(number, data), data)
    return uploader


def begun_file(start: Callable[..., Uploader]) -> Uploader:
    uploader = start(len(FILE))
    uploader.put(uploader.promise(1, FILE), FILE)
    return uploader


REQUESTS: dict[str, tuple[Callable[[Callable[..., Uploader]], Uploader], Callable[[Uploader], Any]]] = {
    "promise a file's part": (lambda start: start(len(FILE)), lambda sender: sender.exchange([plan(1, FILE)])),
    "report a file's part": (begun_file, lambda sender: sender.exchange(stored=[1])),
    "complete a file": (begun_file, lambda sender: sender.complete(len(FILE))),
    "report a recording's parts": (begun_recording, lambda sender: sender.exchange(stored=[1, 2])),
    "complete a recording": (begun_recording, lambda sender: sender.complete(*map(len, PARTS))),
}


@each_trouble
@pytest.mark.parametrize("name", REQUESTS)
def test_a_request_is_told_and_the_same_again_does_the_rest(start, calls, trouble: Trouble, name: str) -> None:
    begin, send = REQUESTS[name]

    def request() -> tuple[Uploader, Any]:
        sender = prepared(calls, lambda: begin(start))
        return sender, send(sender)

    for sender, answer in each_call_fails(calls, trouble, request):
        assert (answer.status_code, answer.json()["code"]) == trouble.answer
        assert ("Retry-After" in answer) == (answer.status_code == 503)
        assert sender.get()["status"] == "open"
        assert send(sender).status_code == 200
        if name.startswith("complete"):
            assert Video.objects.get(pk=row_of(sender).source.video_id).status == "processing"
        else:
            assert sender.get()["parts"][0]["state"] == ("promised" if "promise" in name else "confirmed")
            assert sender.delete().status_code == 204
    Job.objects.filter(kind=services.PUBLISH).delete()  # these bytes are no films
    Video.objects.filter(status="processing").update(status="ready")
    for uploader in Upload.objects.filter(status="open"):
        Uploader(sender.client, {"id": uploader.public_id}).delete()
    assert_nothing_is_left_over()


# --- the clock --------------------------------------------------------------------------------------


@each_trouble
@pytest.mark.parametrize("begin", [begun_recording, begun_file])
def test_what_the_server_could_not_end_the_next_round_ends(start, calls, trouble: Trouble, begin: Any) -> None:
    def fall_silent() -> Uploader:
        Upload.objects.update(status="aborted")
        sender: Uploader = prepared(calls, lambda: begin(start))
        Upload.objects.filter(pk=row_of(sender).pk).update(alive_at=timezone.now() - timedelta(days=8))
        abandoned.end_silent_recordings()
        abandoned.end_silent_files()
        return sender

    for sender in each_call_fails(calls, trouble, fall_silent):
        assert row_of(sender).status == "open"
        assert abandoned.end_silent_recordings() + abandoned.end_silent_files() == 1
        assert row_of(sender).status == "complete"
        assert row_of(sender).source.size_bytes == (len(FILE) if begin is begun_file else len(b"".join(PARTS)))


@each_trouble
def test_an_upload_that_could_not_be_cleared_is_cleared_later(start, calls, trouble: Trouble) -> None:
    def discard() -> Job:
        sender = prepared(calls, lambda: begun_file(start))
        sender.delete()
        run_due_jobs()
        return Job.objects.get(kind=clearing.CLEAR_UPLOAD, payload__upload=sender.upload["id"])

    for job in each_call_fails(calls, trouble, discard):
        if trouble is REFUSED:
            assert (job.state, job.failure_code) == ("failed", "store_refused")
        else:
            assert (job.state, job.attempts, job.waits) == ("queued", 0, 1)
            with time_machine.travel(timezone.now() + timedelta(minutes=1)):
                run_due_jobs()
            job.refresh_from_db()
            assert job.state == "done"
    if trouble is REFUSED:
        mend_a_day_later()
    assert_nothing_is_left_over()


@each_trouble
def test_a_video_that_could_not_be_purged_is_purged_later(start, calls, trouble: Trouble) -> None:
    def purge() -> Video:
        sender = prepared(calls, lambda: begun_recording(start))
        video = row_of(sender).source.video
        services.move_to_trash(video=video)
        outdated.delete_for_good(videos=[video])
        run_due_jobs()
        return video

    for video in each_call_fails(calls, trouble, purge):
        assert Video.objects.filter(pk=video.pk).exists()
        with time_machine.travel(timezone.now() + timedelta(minutes=1)):
            if trouble is REFUSED:
                tasks.clear()
            else:
                run_due_jobs()
        assert not Video.objects.filter(pk=video.pk).exists()
    assert_nothing_is_left_over()


@each_store_of_films
@each_trouble_of_films
def test_what_was_replaced_and_could_not_be_deleted_goes_with_the_next_round(recorded, calls, trouble: Trouble) -> None:
    def clear() -> None:
        def publish() -> None:
            recorded(COPIED)
            run_due_jobs()

        prepared(calls, publish)
        with time_machine.travel(timezone.now() + timedelta(days=2)):
            tasks.clear()

    for _none in each_call_fails(calls, trouble, clear):
        with time_machine.travel(timezone.now() + timedelta(days=2)):
            tasks.clear()
            assert not any("/parts/" in key for key, _size in get_store().list(keys.ALL_VIDEOS))
    assert_nothing_is_left_over()


def mend_a_day_later() -> None:
    with time_machine.travel(timezone.now() + timedelta(days=2)):
        call_command("reconcile", "--mend", verbosity=0)
        run_due_jobs()
