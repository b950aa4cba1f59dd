"""Long transcodes in pieces: each a job of its own, done again alone, and joined to what one job would have made."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.db.models import QuerySet

from apps.core import jobs
from apps.core.models import Job, StoredObject
from apps.core.store import get_store
from apps.uploads.reconcile import objects as reconcile
from apps.videos import bench, clearing, keys, pieces, services
from apps.videos.models import Piece, Video
from media.errors import EngineFailed
from media.store.errors import StoreRefused, StoreUnavailable
from tests.videos.test_clearing import a_day_later
from tests.videos.test_publishing import names, told
from tests.whole_way import packets_in

pytestmark = pytest.mark.django_db

SECONDS, RATE = 5, 30
PICTURE = f"-f lavfi -i testsrc2=size=320x180:rate={RATE}:duration={SECONDS}"
SOUND = f"-f lavfi -i sine=frequency=440:duration={SECONDS}"
LONG_WEBM = f"{PICTURE} {SOUND} -c:v libvpx -deadline realtime -cpu-used 8 -g 30 -c:a libopus -shortest -f webm"
SILENT_WEBM = f"{PICTURE} -c:v libvpx -deadline realtime -cpu-used 8 -g 30 -f webm"
HEAVY = (
    f"-f lavfi -i testsrc2=size=854x480:rate={RATE}:duration={SECONDS},noise=alls=40:allf=t {SOUND}"
    " -c:v libx264 -preset ultrafast -g 30 -pix_fmt yuv420p -c:a libopus -shortest -f mp4"
)
SHORT_WEBM = "-f lavfi -i testsrc2=size=160x90:rate=10:duration=1 -c:v libvpx -deadline realtime -cpu-used 8 -f webm"


@pytest.fixture(autouse=True)
def pieces_of_a_second(monkeypatch: pytest.MonkeyPatch) -> None:
    """So that five seconds are long."""
    monkeypatch.setattr(pieces, "PIECE_MS", 1000)


def do(kind: str, *, number: int | None = None) -> Job:
    """Run the job of this kind that waits, of pieces the one of that number."""
    waiting = Job.objects.filter(kind=kind, state=Job.State.QUEUED)
    job = waiting.get() if number is None else waiting.get(payload__number=number)
    assert jobs.run(job.pk)
    job.refresh_from_db()
    return job


def due_again() -> None:
    Job.objects.filter(state=Job.State.QUEUED).update(run_after="2020-01-01T00:00Z")


def waiting_pieces() -> QuerySet[Job]:
    return Job.objects.filter(kind=services.PIECE, state=Job.State.QUEUED)


def frames_of(video: Video, name: str, folder: Path) -> int:
    assert video.current_publication is not None
    key = video.current_publication.renditions.get(name=name).key
    return packets_in(b"".join(get_store().iter_bytes(key)), folder)


def failing(error: Exception) -> Callable[..., None]:
    def fail(*_args: object, **_kwargs: object) -> None:
        raise error

    return fail


def objects_of_pieces(video: Video) -> set[str]:
    in_the_ledger = set(StoredObject.objects.filter(key__contains="/pieces/").values_list("key", flat=True))
    prefix = keys.video_prefix(video_id=video.public_id)
    assert in_the_ledger == {key for key, _size in get_store().list(prefix) if "/pieces/" in key}
    return in_the_ledger


def test_a_long_transcode_is_done_in_pieces_of_which_nothing_stays(published, run_jobs, tmp_path) -> None:
    video = published(LONG_WEBM, run=False)
    do(services.PUBLISH)
    do(services.TRANSCODE)
    assert sorted(job.payload["number"] for job in waiting_pieces()) == [0, 1, 2, 3, 4, 5]
    assert len(objects_of_pieces(video)) == 5
    run_jobs()
    video.refresh_from_db()
    assert (video.status, names(video)) == (Video.Status.READY, ["h264"])
    assert frames_of(video, "h264", tmp_path) == SECONDS * RATE
    assert abs((video.duration_ms or 0) - 1000 * SECONDS) < 50
    assert not Piece.objects.exists()
    assert objects_of_pieces(video) == set()
    assert video.current_publication is not None
    assert video.current_publication.sound.gain_db > 0, "the whole was listened to"
    assert video.current_publication.renditions.get().is_levelled


def test_a_heavy_copy_plays_while_its_rungs_are_made_in_pieces(published, run_jobs, tmp_path) -> None:
    video = published(HEAVY, run=False)
    do(services.PUBLISH)
    do(services.TRANSCODE)
    assert told(video)["playable"] is True
    run_jobs()
    video.refresh_from_db()
    assert (video.status, names(video)) == (Video.Status.READY, ["copy", "copy-aac", "360p"])
    assert frames_of(video, "360p", tmp_path) == SECONDS * RATE
    starts = [
        [segment[2] for segment in video.current_publication.renditions.get(name=name).segments]
        for name in ("copy-aac", "360p")
    ]
    assert starts[0] == pytest.approx(starts[1], abs=2), "a player may change from one to the other"


def test_progress_rises_with_each_piece_and_a_silent_video_has_none_for_sound(published) -> None:
    video = published(SILENT_WEBM, run=False)
    heard = [told(video)["progress"]]
    do(services.PUBLISH)
    do(services.TRANSCODE)
    for number in (2, 1, 5, 3, 4):
        heard.append(told(video)["progress"])
        do(services.PIECE, number=number)
    heard.append(told(video)["progress"])
    do(services.JOIN)
    assert heard == sorted(set(heard))
    assert told(video)["progress"] == 1.0


def test_a_short_video_does_not_wait_for_the_whole_of_a_long_one(published) -> None:
    long = published(LONG_WEBM, run=False)
    do(services.PUBLISH)
    do(services.TRANSCODE)
    short = published(SHORT_WEBM, run=False)
    do(services.PUBLISH)
    bell = waiting_pieces().last()
    assert bell is not None
    done = []
    while jobs.run_next(bell.pk):
        newest = Job.objects.filter(state=Job.State.DONE).latest("ended_at")
        if newest.kind != services.ILLUSTRATE:
            done.append((newest.subject, newest.kind))
    assert done[:2] == [(long.public_id, services.PIECE), (short.public_id, services.TRANSCODE)]
    assert done[2:] == [(long.public_id, services.PIECE)] * 5 + [(long.public_id, services.JOIN)]


def test_a_piece_that_failed_is_done_again_alone(published, run_jobs, monkeypatch, tmp_path) -> None:
    video = published(LONG_WEBM, run=False)
    do(services.PUBLISH)
    do(services.TRANSCODE)
    with monkeypatch.context() as broken:
        broken.setattr(pieces.engine, "encode", failing(EngineFailed("this once")))
        assert do(services.PIECE, number=3).state == Job.State.QUEUED
    for number in (0, 1, 2, 4, 5):
        do(services.PIECE, number=number)
    assert [job.payload["number"] for job in waiting_pieces()] == [3]
    assert not Job.objects.filter(kind=services.JOIN).exists()
    encoded = []
    real = pieces.engine.encode

    def counted(*args: Any, **keywords: Any) -> Any:
        encoded.append(1)
        return real(*args, **keywords)

    monkeypatch.setattr(pieces.engine, "encode", counted)
    due_again()
    run_jobs()
    video.refresh_from_db()
    assert (video.status, len(encoded)) == (Video.Status.READY, 1)
    assert frames_of(video, "h264", tmp_path) == SECONDS * RATE


def test_a_worker_killed_while_it_cuts_or_asks_leaves_no_second_set(published, run_jobs, monkeypatch) -> None:
    video = published(SILENT_WEBM, run=False)
    do(services.PUBLISH)
    with monkeypatch.context() as dying:
        dying.setattr(pieces, "_ask", failing(StoreUnavailable("gone after the pieces were written down")))
        assert do(services.TRANSCODE).state == Job.State.QUEUED
    assert Piece.objects.count() == 5
    due_again()
    do(services.TRANSCODE)
    assert (Piece.objects.count(), waiting_pieces().count(), len(objects_of_pieces(video))) == (5, 5, 5)
    run_jobs()
    video.refresh_from_db()
    assert video.status == Video.Status.READY


def test_a_worker_killed_while_it_joins_joins_again(published, run_jobs, monkeypatch) -> None:
    video = published(HEAVY, run=False)
    with monkeypatch.context() as dying:
        dying.setattr(pieces.renditions, "settle", failing(StoreUnavailable("gone before it was said")))
        dying.setattr("apps.videos.publishing.settle", failing(AssertionError("nothing settles before the pieces")))
        run_jobs()
    assert Piece.objects.exists(), "until it is settled they may be needed"
    assert objects_of_pieces(video)
    due_again()
    monkeypatch.setattr(pieces.engine, "join", failing(AssertionError("what was joined is there")))
    run_jobs()
    video.refresh_from_db()
    assert (video.status, names(video)) == (Video.Status.READY, ["copy", "copy-aac", "360p"])
    assert (Piece.objects.count(), objects_of_pieces(video)) == (0, set())


@pytest.mark.parametrize("what", ["encode", "join"])
def test_what_cannot_be_done_in_pieces_is_done_in_one(published, run_jobs, monkeypatch, what: str) -> None:
    monkeypatch.setattr(pieces.engine, what, failing(EngineFailed("never")))
    video = published(LONG_WEBM, run=False)
    for _ in range(2 * jobs.MAX_ATTEMPTS):
        run_jobs()
        due_again()
    run_jobs()
    video.refresh_from_db()
    assert (video.status, video.failure_code, names(video)) == (Video.Status.READY, "", ["h264"])
    assert not Piece.objects.exists()
    assert not Job.objects.filter(state__in=Job.UNFINISHED).exclude(kind=services.ILLUSTRATE).exists()


def test_a_piece_that_was_dropped_while_it_was_made_asks_for_no_joining(published, run_jobs, monkeypatch) -> None:
    video = published(SILENT_WEBM, run=False)
    do(services.PUBLISH)
    do(services.TRANSCODE)
    real = pieces.engine.encode

    def dropped_meanwhile(*args: Any, **keywords: Any) -> Any:
        job = waiting_pieces().get(payload__number=2)
        pieces.give_up(video.public_id, job.payload, EngineFailed.code)
        return real(*args, **keywords)

    with monkeypatch.context() as dropping:
        dropping.setattr(pieces.engine, "encode", dropped_meanwhile)
        do(services.PIECE, number=1)
    assert not Job.objects.filter(kind=services.JOIN).exists()
    run_jobs()
    video.refresh_from_db()
    assert (video.status, names(video)) == (Video.Status.READY, ["h264"])


def test_a_piece_that_the_store_has_lost_fails_the_video_and_retry_cuts_anew(published, run_jobs) -> None:
    video = published(LONG_WEBM, run=False)
    do(services.PUBLISH)
    do(services.TRANSCODE)
    get_store().delete([Piece.objects.get(number=2).key])
    run_jobs()
    video.refresh_from_db()
    assert (video.status, video.failure_code) == (Video.Status.FAILED, "source_missing")
    services.retry(video=video)
    run_jobs()
    video.refresh_from_db()
    assert (video.status, names(video)) == (Video.Status.READY, ["h264"])


def test_retry_does_what_is_missing_and_no_more(published, run_jobs, monkeypatch) -> None:
    video = published(LONG_WEBM, run=False)
    do(services.PUBLISH)
    do(services.TRANSCODE)
    do(services.PIECE, number=1)
    with monkeypatch.context() as refusing:
        refusing.setattr(bench, "get_store", failing(StoreRefused("a wrong key")))
        do(services.PIECE, number=2)
    video.refresh_from_db()
    assert (video.status, video.failure_code) == (Video.Status.FAILED, "store_refused")
    run_jobs()
    assert Piece.objects.filter(made__isnull=False).count() == 1, "what nobody waits for is not done"
    services.retry(video=video)
    do(services.PUBLISH)
    do(services.TRANSCODE)
    assert sorted(job.payload["number"] for job in waiting_pieces()) == [0, 2, 3, 4, 5]
    run_jobs()
    video.refresh_from_db()
    assert (video.status, names(video)) == (Video.Status.READY, ["h264"])


def test_pieces_of_a_source_that_was_reopened_write_nothing(published) -> None:
    video = published(LONG_WEBM, run=False)
    do(services.PUBLISH)
    do(services.TRANSCODE)
    video.sources.update(revision=2)
    assert do(services.PIECE, number=1).state == Job.State.DONE
    assert Piece.objects.filter(made__isnull=False).count() == 0


def test_pieces_of_what_has_failed_for_a_day_are_cleared(published, run_jobs) -> None:
    video = published(LONG_WEBM, run=False)
    do(services.PUBLISH)
    do(services.TRANSCODE)
    Video.objects.update(status=Video.Status.FAILED, failure_code="store_refused")
    Job.objects.update(state=Job.State.FAILED)
    with a_day_later():
        assert clearing.clear_failed() == 5
    assert objects_of_pieces(video) == set()
    services.retry(video=Video.objects.get(pk=video.pk))
    run_jobs()
    video.refresh_from_db()
    assert video.status == Video.Status.READY


def test_reconcile_cuts_anew_where_what_was_encoded_of_a_piece_is_lost(published, run_jobs) -> None:
    video = published(LONG_WEBM, run=False)
    do(services.PUBLISH)
    do(services.TRANSCODE)
    do(services.PIECE, number=1)
    (lost,) = Piece.objects.get(number=1).sizes_by_key
    get_store().delete([lost])
    mend = reconcile._way_to_make_it_again(video, lost)
    assert mend is not None
    mend()
    assert not Piece.objects.exists()
    run_jobs()
    video.refresh_from_db()
    assert video.status == Video.Status.READY
