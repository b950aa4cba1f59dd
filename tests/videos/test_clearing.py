"""What nobody needs goes out of the store, a day late, and nothing else does."""

from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from apps.core.models import StoredObject
from apps.core.store import get_store
from apps.videos import clearing, keys, services
from apps.videos.models import Publication, Video

pytestmark = pytest.mark.django_db

PICTURE = "-f lavfi -i testsrc2=size=320x180:rate=30:duration=2"
SOUND = "-f lavfi -i sine=frequency=440:duration=2"
H264_OPUS = f"{PICTURE} {SOUND} -c:v libx264 -preset ultrafast -g 60 -pix_fmt yuv420p -c:a libopus -shortest -f mp4"
VP8 = f"{PICTURE} -c:v libvpx -deadline realtime -f webm"


def stored(video: Video) -> set[str]:
    return {key for key, _size in get_store().list(keys.video_prefix(video_id=video.public_id))}


def a_day_later() -> time_machine.travel:
    return time_machine.travel(timezone.now() + timedelta(days=1, minutes=1))


def test_the_parts_of_a_copied_recording_go_a_day_later_and_the_copy_is_its_source(published, run_jobs) -> None:
    video = published(H264_OPUS)
    assert clearing.clear_outdated() == 0
    with a_day_later():
        assert clearing.clear_outdated() == 2
        assert clearing.clear_outdated() == 0
    assert not any("/parts/" in key for key in stored(video))
    source = video.sources.get()
    copy = video.current_publication.renditions.get(name="copy")
    assert source.stored == [{"key": copy.key, "size_bytes": copy.size_bytes}]
    # And it can be published anew from there.
    Video.objects.filter(pk=video.pk).update(status=Video.Status.FAILED)
    services.retry(video=Video.objects.get(pk=video.pk))
    run_jobs()
    video.refresh_from_db()
    assert video.status == Video.Status.READY
    assert 1900 <= (video.duration_ms or 0) <= 2200


def test_parts_that_were_encoded_stay_as_the_source(published) -> None:
    video = published(VP8)
    with a_day_later():
        assert clearing.clear_outdated() == 0
    assert sum("/parts/" in key for key in stored(video)) == 2


def test_a_replaced_publication_goes_and_the_current_one_stays(published, run_jobs) -> None:
    video = published(VP8)
    first = video.current_publication
    Video.objects.filter(pk=video.pk).update(status=Video.Status.FAILED)
    services.retry(video=Video.objects.get(pk=video.pk))
    run_jobs()
    video.refresh_from_db()
    assert video.current_publication != first
    with a_day_later():
        assert clearing.clear_outdated() == 2
    assert list(Publication.objects.all()) == [video.current_publication]
    assert not any(first.public_id in key for key in stored(video))
    assert stored(video) == set(StoredObject.objects.values_list("key", flat=True))


def test_what_is_being_recorded_anew_is_left_alone(published) -> None:
    video = published(H264_OPUS)
    services.start_over(video=video, source={"kind": "recording"})
    before = stored(video)
    with a_day_later():
        clearing.clear_outdated()
    assert stored(video) == before


def test_the_trash_is_emptied_after_thirty_days_objects_and_rows(published) -> None:
    video, other = published(VP8), published(VP8)
    services.move_to_trash(video=video)
    with time_machine.travel(timezone.now() + timedelta(days=29)):
        assert clearing.empty_trash() == 0
    with time_machine.travel(timezone.now() + timedelta(days=31)):
        assert clearing.empty_trash() == 1
    assert list(Video.objects.all()) == [other]
    assert stored(video) == set()
    assert stored(other) == set(StoredObject.objects.values_list("key", flat=True))
