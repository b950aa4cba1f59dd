"""A recording that the server ended, and whose author brings the rest: published anew, while the old one plays on."""

import hashlib
from collections.abc import Callable
from datetime import timedelta
from types import ModuleType

import pytest
import time_machine
from django.utils import timezone

from apps.core import jobs, ledger
from apps.core.models import Job
from apps.core.store import get_store
from apps.videos import bench, clearing, keys, publishing, sending, services
from apps.videos.models import Publication, Source, Video
from media.errors import EngineFailed
from tests.filming import film

pytestmark = pytest.mark.django_db

# Fragments of half a second, as a recorder makes them, so that a beginning of it plays.
FRAGMENTED = (
    "-f lavfi -i testsrc2=size=320x180:rate=30:duration=4 -c:v libx264 -preset ultrafast -g 15 -pix_fmt yuv420p "
    "-movflags frag_keyframe+empty_moov -f mp4"
)
REST_UNTIL = timedelta(days=30)


class Recording:
    """A recording of which the server has the beginning, and its author's browser the rest."""

    def __init__(self, video: Video, content: bytes) -> None:
        self.video = video
        self.source = video.sources.get()
        half = len(content) * 5 // 8
        self.stored = [self._store(number, piece) for number, piece in enumerate((content[:half], content[half:]), 1)]

    def _store(self, number: int, piece: bytes) -> dict[str, object]:
        key = keys.part_key(
            video_id=self.video.public_id,
            source_id=self.source.public_id,
            number=number,
            sha256=hashlib.sha256(piece).hexdigest(),
        )
        ledger.note(key=key, video_id=self.video.pk, size_bytes=len(piece))
        get_store().put_bytes(piece, key, content_type="video/mp4")
        return {"key": key, "size_bytes": len(piece)}

    def end_by_server(self) -> None:
        services.accept_source(
            source=self.source, stored=self.stored[:1], ends_early=True, rest_until=timezone.now() + REST_UNTIL
        )

    def bring_the_rest(self) -> None:
        assert services.reopen_source(source=self.source)
        services.accept_source(source=self.source, stored=self.stored)

    def now(self) -> Video:
        return Video.objects.select_related("current_publication", "current_source").get(pk=self.video.pk)


@pytest.fixture
def recording(ana, workspace) -> Recording:
    video = services.create_video(author=ana, workspace=workspace, source={"kind": "recording"})
    return Recording(video, film(FRAGMENTED))


def test_the_beginning_plays_with_a_mark_and_the_whole_takes_its_place_without_one(recording, run_jobs) -> None:
    recording.end_by_server()
    run_jobs()
    early = recording.now()
    assert (early.status, early.ends_early) == (Video.Status.READY, True)
    assert 1000 < (early.duration_ms or 0) < 3500
    recording.bring_the_rest()
    meanwhile = recording.now()
    assert meanwhile.current_publication == early.current_publication
    assert (meanwhile.status, meanwhile.playable, meanwhile.ends_early) == (Video.Status.PROCESSING, True, True)
    run_jobs()
    whole = recording.now()
    assert whole.current_publication != early.current_publication
    assert (whole.status, whole.ends_early) == (Video.Status.READY, False)
    assert 3900 < (whole.duration_ms or 0) < 4200


def test_while_it_is_reopened_nothing_that_people_see_changes(recording, run_jobs) -> None:
    recording.end_by_server()
    run_jobs()
    before = recording.now()
    assert services.reopen_source(source=recording.source)
    assert recording.now().status == before.status
    assert recording.now().current_publication == before.current_publication
    assert recording.now().ends_early is True


def test_the_same_bytes_again_take_the_mark_away_and_publish_nothing(recording, run_jobs) -> None:
    recording.end_by_server()
    run_jobs()
    shown = recording.now().current_publication
    assert services.reopen_source(source=recording.source)
    services.accept_source(source=recording.source, stored=recording.stored[:1])
    video = recording.now()
    assert (video.status, video.ends_early, video.current_publication) == (Video.Status.READY, False, shown)
    assert Job.objects.filter(kind=services.PUBLISH).count() == 1


def test_the_same_bytes_again_before_they_were_published_take_the_mark_away_too(recording, run_jobs) -> None:
    recording.end_by_server()
    assert services.reopen_source(source=recording.source)
    services.accept_source(source=recording.source, stored=recording.stored[:1])
    run_jobs()
    assert recording.now().ends_early is False
    assert Job.objects.filter(kind=services.PUBLISH).count() == 1


def test_a_job_for_the_beginning_that_comes_late_does_nothing(recording) -> None:
    recording.end_by_server()
    first = Job.objects.get()
    recording.bring_the_rest()
    second = Job.objects.exclude(pk=first.pk).get()
    assert jobs.run(second.pk)
    shown = recording.now().current_publication
    assert jobs.run(first.pk)
    assert recording.now().current_publication == shown
    assert list(Publication.objects.values_list("revision", flat=True)) == [2]


def test_a_job_for_the_beginning_that_is_overtaken_writes_nothing_more(recording, monkeypatch) -> None:
    recording.end_by_server()
    first = Job.objects.get()
    real: Callable[..., object] = publishing.make_rendition

    def overtaken(*args: object, **named: object) -> object:
        with monkeypatch.context() as quick:
            quick.setattr(publishing, "make_rendition", real)
            recording.bring_the_rest()
            assert jobs.run(Job.objects.exclude(pk=first.pk).get().pk)
        return real(*args, **named)

    with monkeypatch.context() as slow:
        slow.setattr(publishing, "make_rendition", overtaken)
        assert jobs.run(first.pk)
    video = recording.now()
    assert video.current_publication.revision == 2
    assert (video.status, video.ends_early) == (Video.Status.READY, False)
    assert Job.objects.get(pk=first.pk).state == Job.State.DONE


@pytest.mark.parametrize(("module", "step"), [(bench, "probe"), (publishing, "make_rendition")])
def test_the_mark_goes_also_when_the_author_ends_it_while_it_is_being_published(
    recording, monkeypatch, module: ModuleType, step: str
) -> None:
    recording.end_by_server()
    real = getattr(module, step)

    def meanwhile(*args: object, **named: object) -> object:
        assert services.reopen_source(source=recording.source)
        services.accept_source(source=recording.source, stored=recording.stored[:1])
        return real(*args, **named)

    monkeypatch.setattr(module, step, meanwhile)
    assert jobs.run(Job.objects.get().pk)
    video = recording.now()
    assert (video.status, video.ends_early) == (Video.Status.READY, False)


def test_where_the_rest_cannot_be_published_the_beginning_plays_on_and_can_be_retried(
    recording, run_jobs, monkeypatch
) -> None:
    recording.end_by_server()
    run_jobs()
    shown = recording.now().current_publication
    recording.bring_the_rest()

    def broken(*_: object, **__: object) -> None:
        raise EngineFailed("broken")

    with monkeypatch.context() as patch:
        patch.setattr(publishing, "make_rendition", broken)
        now = timezone.now()
        for attempt in range(2 * jobs.MAX_ATTEMPTS):  # the copy, then the way out by encoding
            with time_machine.travel(now + timedelta(minutes=10 * attempt)):
                run_jobs()
    video = recording.now()
    assert (video.status, video.failure_code) == (Video.Status.READY, "engine_failed")
    assert (video.current_publication, video.ends_early) == (shown, True)
    # A day later the parts are still there: what plays does not hold all of them.
    with time_machine.travel(timezone.now() + timedelta(days=2)):
        clearing.clear_outdated()
    assert Source.objects.get().stored == recording.stored
    services.retry(video=video)
    assert recording.now().playable
    run_jobs()
    video = recording.now()
    assert (video.status, video.failure_code, video.ends_early) == (Video.Status.READY, "", False)
    assert 3900 < (video.duration_ms or 0) < 4200


def test_parts_are_kept_while_the_rest_may_come_and_go_a_day_after_it_was_published(recording, run_jobs) -> None:
    recording.end_by_server()
    run_jobs()
    with time_machine.travel(timezone.now() + timedelta(days=29)):
        assert clearing.clear_outdated() == 0
        recording.bring_the_rest()
        run_jobs()
        early = Publication.objects.get(revision=1)
    with time_machine.travel(timezone.now() + timedelta(days=30, minutes=5)):
        assert clearing.clear_outdated() > 2
    left = {key for key, _size in get_store().list(keys.video_prefix(video_id=recording.video.public_id))}
    assert not any("/parts/" in key or early.public_id in key for key in left)
    assert recording.now().current_source.stored[0]["key"] in left


def test_parts_are_kept_while_it_is_reopened_however_long_that_takes(recording, run_jobs) -> None:
    recording.end_by_server()
    run_jobs()
    assert services.reopen_source(source=recording.source)
    Source.objects.update(rest_until=None)  # whatever else may have happened
    with time_machine.travel(timezone.now() + timedelta(days=60)):
        assert clearing.clear_outdated() == 0
    assert Source.objects.get().stored == recording.stored[:1]


def test_once_the_rest_is_given_up_the_parts_go_as_always(recording, run_jobs) -> None:
    recording.end_by_server()
    run_jobs()
    services.give_up_the_rest(source=recording.source)
    assert services.reopen_source(source=recording.source) is False
    with time_machine.travel(timezone.now() + timedelta(days=1, minutes=1)):
        assert clearing.clear_outdated() > 0
    assert recording.now().ends_early is True


def test_what_ends_early_is_not_news_before_its_author_says_so(recording, run_jobs) -> None:
    recording.end_by_server()
    run_jobs()
    with time_machine.travel(timezone.now() + timedelta(hours=2)):
        assert sending.send_what_stopped() == 0
        recording.bring_the_rest()
        run_jobs()
        assert sending.send_what_stopped() == 0, "it stopped just now"
    with time_machine.travel(timezone.now() + timedelta(hours=4)):
        assert sending.send_what_stopped() == 1


def test_its_author_may_send_what_ends_early(recording, run_jobs) -> None:
    recording.end_by_server()
    run_jobs()
    sending.mark_sent(video=recording.now())
    assert recording.now().sent_at is not None


def test_a_job_asked_for_before_there_were_revisions_is_done(recording) -> None:
    services.accept_source(source=recording.source, stored=recording.stored)
    Job.objects.update(payload={"source": recording.source.public_id}, key=f"publish:{recording.source.public_id}")
    assert jobs.run(Job.objects.get().pk)
    assert recording.now().status == Video.Status.READY
