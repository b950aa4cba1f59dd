"""When a video becomes news for others: at Done, or an hour after it stopped."""

from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from apps.videos import sending, services
from apps.videos.models import Video
from tests.watchable import watchable_video

pytestmark = pytest.mark.django_db


@pytest.fixture
def video(ana, workspace) -> Video:
    """Return a video of Ana's that stopped now, plays, and was not sent."""
    return watchable_video(ana, workspace, sent_at=None)


def sent_after(video: Video, **wait: int) -> bool:
    assert video.stopped_at is not None
    with time_machine.travel(video.stopped_at + timedelta(**wait), tick=False):
        sending.send_what_stopped()
    video.refresh_from_db()
    return video.sent_at is not None


def send(client, video: Video):
    return client.post(f"/api/v1/videos/{video.public_id}/send/")


def test_an_hour_after_it_stopped_and_no_minute_before(video) -> None:
    assert not sent_after(video, minutes=59)
    assert sent_after(video, minutes=60)
    assert video.sent_at == video.stopped_at + timedelta(hours=1)


def test_what_was_sent_is_not_sent_again(video) -> None:
    assert sent_after(video, hours=1)
    first = video.sent_at
    sent_after(video, hours=2)
    assert video.sent_at == first


@pytest.mark.parametrize(
    "state",
    [
        {"current_publication": None, "status": Video.Status.FAILED},
        {"current_publication": None, "status": Video.Status.PROCESSING},
        {"deleted_at": timezone.now()},
    ],
    ids=["failed", "still being made", "in the trash"],
)
def test_what_cannot_be_watched_is_not_sent_by_itself(video, state) -> None:
    Video.objects.filter(pk=video.pk).update(**state)
    assert not sent_after(video, hours=2)


def test_what_is_still_recording_is_never_sent_by_itself(video) -> None:
    stopped_at = video.stopped_at
    Video.objects.filter(pk=video.pk).update(stopped_at=None, status=Video.Status.RECORDING)
    with time_machine.travel(stopped_at + timedelta(days=2)):
        assert sending.send_what_stopped() == 0


def test_done_sends_at_once_and_once(client_for, ana, video) -> None:
    first = send(client_for(ana), video)
    assert first.status_code == 200
    assert first.json()["sent_at"] is not None
    with time_machine.travel(timezone.now() + timedelta(minutes=5)):
        assert send(client_for(ana), video).json()["sent_at"] == first.json()["sent_at"]


def test_done_is_its_author_s_alone(client_for, ben, video) -> None:
    assert send(client_for(ben), video).status_code == 404
    video.refresh_from_db()
    assert video.sent_at is None


def test_what_is_still_being_recorded_cannot_be_sent(client_for, ana, video) -> None:
    Video.objects.filter(pk=video.pk).update(stopped_at=None, status=Video.Status.RECORDING)
    refused = send(client_for(ana), video)
    assert (refused.status_code, refused.json()["code"]) == (409, "still_recording")
    video.refresh_from_db()
    assert video.sent_at is None


def test_start_over_takes_the_sending_back(client_for, ana, video) -> None:
    send(client_for(ana), video)
    services.start_over(video=video, source={"kind": "recording"})
    assert video.sent_at is None


def test_a_private_video_is_sent_anew_when_it_is_opened_to_others(client_for, ana, workspace) -> None:
    long_ago = timezone.now() - timedelta(days=3)
    video = watchable_video(ana, workspace, sent_at=long_ago, visibility=Video.Visibility.ONLY_ME)
    services.edit_video(video=video, title="Other title")
    assert video.sent_at == long_ago
    services.edit_video(video=video, visibility=Video.Visibility.WORKSPACE)
    video.refresh_from_db()
    assert video.sent_at > long_ago + timedelta(days=2)


def test_a_private_video_that_was_never_sent_is_not_sent_by_opening_it_to_others(ana, workspace) -> None:
    video = watchable_video(ana, workspace, sent_at=None, visibility=Video.Visibility.ONLY_ME)
    services.edit_video(video=video, visibility=Video.Visibility.WORKSPACE)
    video.refresh_from_db()
    assert video.sent_at is None
