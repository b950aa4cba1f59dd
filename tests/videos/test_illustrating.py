"""Storyboard and preview: made after publishing, told to players, and never in the way of the video."""

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.utils import timezone

from apps.core.models import Job
from apps.core.store import get_store
from apps.sharing.playback import playback_of
from apps.sharing.viewers import viewer_of_person
from apps.videos import illustrating, keys, services
from apps.videos.models import Storyboard, Video
from media.errors import EngineFailed
from media.store.errors import StoreRefused, StoreUnavailable

pytestmark = pytest.mark.django_db

PICTURE = "-f lavfi -i testsrc2=size=320x180:rate=10:duration=4"
SOUND = "-f lavfi -i sine=frequency=440:duration=2"
H264 = f"{PICTURE} -c:v libx264 -preset ultrafast -g 20 -pix_fmt yuv420p -f mp4"
VP8 = f"{PICTURE} -c:v libvpx -deadline realtime -g 20 -f webm"
SOUND_ALONE = f"{SOUND} -c:a libmp3lame -f mp3"


def storyboard_url(video: Video) -> str | None:
    viewer = viewer_of_person(video.author_id or 0)
    assert viewer is not None
    told = playback_of(request=None, viewer=viewer, video=Video.objects.get(pk=video.pk))["storyboard_url"]
    return None if told is None else str(told)


def test_a_video_gets_its_storyboard_and_its_preview_once_it_is_ready(published, illustrate) -> None:
    video = published(H264)
    assert (video.status, storyboard_url(video)) == (Video.Status.READY, None)
    illustrate()
    told = storyboard_url(video)
    assert told is not None
    cues = Client().get(told)
    assert cues["Content-Type"] == "text/vtt; charset=utf-8"
    assert cues.content.decode() == (
        "WEBVTT\n\n"
        "00:00:00.000 --> 00:00:02.000\nstoryboard.jpg#xywh=0,0,160,90\n\n"
        "00:00:02.000 --> 00:00:04.000\nstoryboard.jpg#xywh=160,0,160,90\n"
    )
    for name, begins in (("storyboard.jpg", b"\xff\xd8\xff"), ("preview.webp", b"RIFF")):
        answer = Client().get(told.replace("storyboard.vtt", name))
        assert answer.status_code == 302
        answer = Client().get(answer["Location"])
        assert answer.getvalue().startswith(begins)
        assert answer["Content-Type"] == f"image/{'jpeg' if name.endswith('jpg') else 'webp'}"


def test_what_plays_is_illustrated_before_more_is_encoded_and_what_does_not_afterwards(published) -> None:
    def asked(video: Video) -> list[str]:
        jobs = Job.objects.filter(subject=video.public_id).order_by("pk")
        return [job.kind for job in jobs if job.kind in {services.TRANSCODE, services.ILLUSTRATE}]

    assert asked(published(VP8)) == [services.TRANSCODE, services.ILLUSTRATE]
    assert asked(published(H264)) == [services.ILLUSTRATE]
    assert asked(published(SOUND_ALONE)) == []


@pytest.mark.parametrize(("broken", "left"), [("make_storyboard", "preview"), ("make_preview", "storyboard")])
def test_a_picture_that_cannot_be_made_stops_neither_the_other_one_nor_the_video(
    published, illustrate, monkeypatch, broken: str, left: str
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise EngineFailed("broken")

    video = published(H264)
    monkeypatch.setattr(illustrating, broken, fail)
    illustrate()
    video.refresh_from_db()
    assert (video.status, video.failure_code) == (Video.Status.READY, "")
    assert Job.objects.get(kind=services.ILLUSTRATE).state == Job.State.DONE
    made = {"storyboard": Storyboard.objects.exists(), "preview": bool(video.current_publication.preview_key)}
    assert [name for name, is_made in made.items() if is_made] == [left]


def test_of_a_video_that_was_recorded_anew_the_old_take_is_not_illustrated(published, illustrate) -> None:
    video = published(H264)
    services.start_over(video=video, source={"kind": "recording"})
    illustrate()
    assert not Storyboard.objects.exists()
    stored = [key for key, _size in get_store().list(keys.video_prefix(video_id=video.public_id))]
    assert not [key for key in stored if "storyboard." in key or "preview." in key]


@pytest.mark.parametrize("error", [StoreUnavailable("away"), StoreRefused("denied")])
def test_a_store_that_fails_meanwhile_leaves_a_video_that_is_ready(published, illustrate, monkeypatch, error) -> None:
    video = published(H264)
    real = type(get_store()).put_file

    def no_pictures(self: Any, path: Any, key: str, **named: Any) -> None:
        if "preview." in key:
            raise error
        real(self, path, key, **named)

    with monkeypatch.context() as broken:
        broken.setattr(type(get_store()), "put_file", no_pictures)
        illustrate()
    video.refresh_from_db()
    assert (video.status, video.failure_code) == (Video.Status.READY, "")
    assert storyboard_url(video)
    job = Job.objects.get(kind=services.ILLUSTRATE)
    assert job.state == (Job.State.FAILED if error.permanent else Job.State.QUEUED)
    with time_machine.travel(timezone.now() + timedelta(minutes=1)):
        illustrate()
    video.current_publication.refresh_from_db()
    assert bool(video.current_publication.preview_key) == (not error.permanent)


def test_a_video_from_before_there_were_such_pictures_gets_them_behind_all_else(published, illustrate) -> None:
    video, sound = published(H264), published(SOUND_ALONE)
    Job.objects.filter(kind=services.ILLUSTRATE).delete()
    assert illustrating.request_for_older() == 1
    older = Job.objects.get(kind=services.ILLUSTRATE)
    assert older.subject == video.public_id
    newer = published(H264)
    asked = Job.objects.filter(kind=services.ILLUSTRATE).order_by("turn_at")
    assert [job.subject for job in asked] == [newer.public_id, video.public_id]
    illustrate()
    assert storyboard_url(video)
    assert storyboard_url(sound) is None
    assert illustrating.request_for_older() == 0


def test_older_videos_are_asked_for_a_few_at_a_time(published, illustrate, monkeypatch) -> None:
    monkeypatch.setattr(illustrating, "OLDER_AT_ONCE", 2)
    videos = [published(H264) for _ in range(3)]
    Job.objects.filter(kind=services.ILLUSTRATE).delete()
    assert illustrating.request_for_older() == 2
    assert illustrating.request_for_older() == 0, "as long as these are not done"
    assert set(Job.objects.filter(kind=services.ILLUSTRATE).values_list("subject", flat=True)) == {
        videos[1].public_id,
        videos[2].public_id,
    }
    illustrate()
    assert illustrating.request_for_older() == 1


def test_an_older_video_whose_pictures_cannot_be_made_is_asked_for_once(published, illustrate, monkeypatch) -> None:
    def fail(*_: object, **__: object) -> None:
        raise EngineFailed("broken")

    published(H264)
    Job.objects.filter(kind=services.ILLUSTRATE).delete()
    monkeypatch.setattr(illustrating, "make_storyboard", fail)
    monkeypatch.setattr(illustrating, "make_preview", fail)
    assert illustrating.request_for_older() == 1
    illustrate()
    assert illustrating.request_for_older() == 0


@pytest.mark.parametrize("how", ["in the trash", "being recorded anew", "still processing"])
def test_what_is_not_shown_is_not_asked_for(published, how: str) -> None:
    video = published(H264)
    Job.objects.filter(kind=services.ILLUSTRATE).delete()
    if how == "in the trash":
        services.move_to_trash(video=video)
    elif how == "being recorded anew":
        services.start_over(video=video, source={"kind": "recording"})
    else:
        Video.objects.filter(pk=video.pk).update(status=Video.Status.PROCESSING)
    assert illustrating.request_for_older() == 0
