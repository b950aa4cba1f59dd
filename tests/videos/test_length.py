"""The truth about length: the recorder's clock against what is published."""

import pytest
from structlog.testing import capture_logs

from apps.videos import services
from apps.videos.models import Publication, Source, Video
from apps.videos.templatetags.clock import clock
from tests.watchable import watchable_video

PICTURE = "-f lavfi -i testsrc2=size=320x180:rate=30:duration=2"
H264 = f"{PICTURE} -c:v libx264 -preset ultrafast -g 30 -pix_fmt yuv420p -f mp4"


def gap(recorded_ms: int | None, published_ms: int, *, ends_early: bool = False, revision: int = 1) -> int | None:
    source = Source(pk=1, recorded_ms=recorded_ms)
    shown = Publication(pk=1, source=source, duration_ms=published_ms, ends_early=ends_early, revision=revision)
    return Video(current_source=source, current_publication=shown).length_gap_ms


@pytest.mark.parametrize(
    ("recorded_ms", "published_ms", "expected"),
    [
        (10_000, 9_000, None),  # a second is the least that a clock shows
        (10_000, 8_999, 1_001),
        (10_000, 11_000, None),
        (10_000, 11_001, -1_001),
        (100_000, 98_000, None),  # two in a hundred
        (100_000, 97_999, 2_001),
        (100_000, 102_001, -2_001),
        (None, 10_000, None),
        (0, 400, None),
    ],
)
def test_up_to_a_second_or_two_percent_is_the_same_length(recorded_ms, published_ms, expected) -> None:
    assert gap(recorded_ms, published_ms) == expected


def test_of_what_ends_early_or_is_not_shown_as_it_is_by_now_nothing_is_compared() -> None:
    assert gap(100_000, 50_000) == 50_000
    assert gap(100_000, 50_000, ends_early=True) is None
    assert gap(100_000, 50_000, revision=2) is None
    assert Video(current_source=Source(pk=1, recorded_ms=5)).length_gap_ms is None


@pytest.mark.parametrize(
    ("ms", "shown"), [(0, "0:00"), (999, "0:00"), (42_000, "0:42"), (725_999, "12:05"), (3_723_000, "1:02:03")]
)
def test_lengths_read_like_a_player_s(ms: int, shown: str) -> None:
    assert clock(ms) == shown


@pytest.mark.django_db
@pytest.mark.parametrize(("recorded_ms", "is_told"), [(2_100, False), (5_000, True)])
def test_what_differs_is_logged_when_it_is_published(published, run_jobs, recorded_ms: int, is_told: bool) -> None:
    video = published(H264, run=False)
    services.note_recorded(source=video.sources.get(), recorded_ms=recorded_ms)
    with capture_logs() as lines:
        run_jobs()
    told = [line for line in lines if line["event"] == "length_differs"]
    assert [line["recorded_ms"] for line in told] == ([recorded_ms] if is_told else [])


@pytest.mark.django_db
def test_its_author_alone_is_told(client_for, ana, ben, workspace) -> None:
    video = watchable_video(ana, workspace)
    Source.objects.update(recorded_ms=120_000)
    own = client_for(ana).get(f"/v/{video.public_id}/").content.decode()
    assert "this recording took 2:00, and the video plays for 1:50" in own
    assert "may be missing" in own
    assert "this recording took" not in client_for(ben).get(f"/v/{video.public_id}/").content.decode()
    path = f"/api/v1/videos/{video.public_id}/"
    assert client_for(ana).get(path).json()["length_gap_ms"] == 10_000
    assert client_for(ben).get(path).json()["length_gap_ms"] is None
    Source.objects.update(recorded_ms=100_000)
    assert "picture may stand still" in client_for(ana).get(f"/v/{video.public_id}/").content.decode()
