"""A recording plays from its own parts from Stop on, without ffmpeg, until the packaged publication takes over."""

from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

import pytest
import time_machine
from django.test import Client
from django.utils import timezone

from apps.core.models import StoredObject
from apps.uploads.models import Part
from apps.videos import bench, clearing
from apps.videos.models import Publication, Source, Video
from media.errors import NotMedia
from media.store.errors import StoreUnavailable
from tests.faults.films import COPIED
from tests.filming import film
from tests.fragments import cut
from tests.media.made_boxes import INIT, PACKET, two_seconds
from tests.media.store.requests_to_store import send
from tests.uploads.driver import Uploader
from tests.uploads.rows import end, run_jobs

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def parts() -> list[bytes]:
    """Return a recording of 4 s: its beginning, and six fragments."""
    made = cut(film(COPIED))
    assert len(made) == 7
    return made


def record(uploader: Uploader, parts: list[bytes], *, order: Sequence[int] | None = None) -> None:
    """Send the parts of a recording, or those of `order`, and stop."""
    for number in order or range(1, len(parts) + 1):
        uploader.send(number, parts[number - 1])
    assert uploader.complete(*map(len, parts)).status_code == 200


def told(uploader: Uploader) -> dict[str, Any]:
    """Return what the player is told."""
    video = Video.objects.get()
    return dict(uploader.client.get(f"/api/v1/videos/{video.public_id}/playback/").json())


def fetch(url: str) -> bytes:
    """Return what a player gets from an address below /play/, following the redirect to the store."""
    answer: Any = Client().get(urlsplit(url).path)
    if answer.status_code == 302:
        if urlsplit(answer["Location"]).hostname not in {None, "testserver"}:
            return send(answer["Location"], "GET", b"", {}).content
        answer = Client().get(answer["Location"])
    assert answer.status_code == 200, answer
    return b"".join(answer.streaming_content) if answer.streaming else bytes(answer.content)


def addresses(playlist: bytes) -> list[str]:
    return [line for line in playlist.decode().splitlines() if line and not line.startswith("#")]


def played(playlist_url: str) -> bytes:
    """Return all bytes that a player fetches of a recording as it was recorded: its beginning and its segments."""
    base = playlist_url.rpartition("/")[0]
    (media,) = addresses(fetch(playlist_url))
    playlist = fetch(f"{base}/{media}")
    *lines, last = playlist.decode().splitlines()
    assert last == "#EXT-X-ENDLIST"
    (beginning,) = [line.split('"')[1] for line in lines if line.startswith("#EXT-X-MAP")]
    return b"".join(fetch(f"{base}/{name}") for name in (beginning, *addresses(playlist)))


def test_at_stop_it_plays_whole_with_no_worker(store, start, parts) -> None:
    uploader = start()
    record(uploader, parts)
    answer = told(uploader)
    assert (answer["status"], answer["playable"]) == ("processing", True)
    assert abs(answer["duration_ms"] - 4000) < 50
    assert [rendition["name"] for rendition in answer["renditions"]] == ["recorded"]
    assert (answer["download_url"], answer["poster_url"]) == (None, None)
    assert played(answer["playlist_url"]) == b"".join(parts)


HOLE = [INIT, two_seconds(0, last_frame_ms=33, last_packet=1008), two_seconds(1, picture_late_ms=1200)]
MENDED = [INIT, two_seconds(0, last_frame_ms=1240, last_packet=PACKET), HOLE[2]]


def test_parts_that_end_too_early_are_mended_while_they_are_played(store, start) -> None:
    uploader = start()
    record(uploader, HOLE)
    assert played(told(uploader)["playlist_url"]) == b"".join(MENDED)


def test_of_a_part_that_is_mended_nothing_comes_while_the_store_is_away(local_store, start, monkeypatch) -> None:
    uploader = start()
    record(uploader, HOLE)
    address = urlsplit(told(uploader)["playlist_url"]).path.replace("index.m3u8", "recorded-2.m4s")
    assert Client().head(address).status_code == 200

    def fail(*_arguments: Any, **_keywords: Any) -> Iterator[bytes]:
        raise StoreUnavailable
        yield b""

    with monkeypatch.context() as patched:
        patched.setattr(type(local_store), "iter_bytes", fail)
        answer = Client().get(address)
    assert (answer.status_code, answer["Retry-After"]) == (503, "60")
    local_store.delete([item["key"] for item in Source.objects.get().stored])
    assert Client().get(address).status_code == 404


def test_parts_in_any_order_play_in_theirs(store, start, parts) -> None:
    uploader = start()
    record(uploader, parts, order=(3, 2, 1, 7, 5, 4, 6))
    assert Part.objects.filter(index__isnull=True).count() == 2  # before the first one came, and read at the end
    assert played(told(uploader)["playlist_url"]) == b"".join(parts)


def test_the_packaged_publication_takes_over_and_who_watches_goes_on(local_store, start, parts) -> None:
    uploader = start()
    record(uploader, parts)
    before = told(uploader)
    run_jobs("publish")
    after = told(uploader)
    assert after["status"] == "ready"
    assert after["playlist_url"] != before["playlist_url"]
    assert [rendition["name"] for rendition in after["renditions"]] == ["copy", "copy-aac"]
    assert after["download_url"] is not None
    assert played(before["playlist_url"]) == b"".join(parts)


def test_a_day_later_the_packaged_copy_is_all_there_is(local_store, start, parts) -> None:
    uploader = start()
    record(uploader, parts)
    run_jobs("publish")
    with time_machine.travel(timezone.now() + timedelta(days=1, minutes=1)):
        clearing.clear_outdated()
    assert Publication.objects.get().packaged
    (kept,) = Source.objects.get().stored
    assert kept["key"].endswith(".mp4")
    assert not StoredObject.objects.filter(key__contains="/parts/").exists()


def test_what_the_server_ends_plays_at_once_and_so_does_the_rest(local_store, start, parts) -> None:
    uploader = start()
    for number in (1, 2):
        uploader.send(number, parts[number - 1])
    end(uploader)
    early = told(uploader)
    assert (early["playable"], early["ends_early"]) == (True, True)
    assert played(early["playlist_url"]) == b"".join(parts[:2])
    assert uploader.post("reopen").status_code == 200
    record(uploader, parts, order=range(3, 8))
    whole = told(uploader)
    assert whole["ends_early"] is False
    assert whole["playlist_url"] != early["playlist_url"]
    assert played(whole["playlist_url"]) == b"".join(parts)


def test_what_is_not_certain_waits_to_be_packaged(local_store, start, parts) -> None:
    uploader = start()
    record(uploader, [parts[0] + parts[1], *parts[2:]])
    assert told(uploader)["playable"] is False
    run_jobs("publish")
    assert told(uploader)["status"] == "ready"


def test_what_claims_to_be_too_long_is_left_to_the_publisher(local_store, start, parts, settings) -> None:
    settings.MAX_DURATION_MS = 3000
    uploader = start()
    record(uploader, parts)
    assert told(uploader)["playable"] is False
    run_jobs("publish")
    assert told(uploader)["failure_code"] == "too_long"


def test_what_cannot_be_packaged_plays_on_and_says_why(local_store, start, parts, monkeypatch) -> None:
    def refuse(*_arguments: Any, **_keywords: Any) -> None:
        raise NotMedia("nobody can read this")

    monkeypatch.setattr(bench, "probe", refuse)
    uploader = start()
    record(uploader, parts)
    run_jobs("publish")
    answer = told(uploader)
    assert (answer["status"], answer["failure_code"]) == ("ready", "not_media")
    assert played(answer["playlist_url"]) == b"".join(parts)


def test_started_over_it_shows_the_first_take_no_longer(local_store, start, parts) -> None:
    uploader = start()
    record(uploader, parts)
    path = f"/api/v1/videos/{Video.objects.get().public_id}/uploads/"
    source = {"source": {"kind": "recording", "content_type": "video/mp4"}}
    assert uploader.client.post(path, source, content_type="application/json").status_code == 201
    assert told(uploader)["playable"] is False


@pytest.mark.parametrize("name", ["recorded-0", "recorded-8", "recorded-x", "recorded-²", "recorded", "other-1", "-1"])
def test_there_is_no_other_part(local_store, start, parts, name: str) -> None:
    uploader = start()
    record(uploader, parts)
    base = urlsplit(told(uploader)["playlist_url"]).path.rpartition("/")[0]
    assert Client().get(f"{base}/{name}.m4s").status_code == 404
    assert Client().get(f"{base}/recorded.mp4").status_code == 404
    assert Client().get(f"{base}/recorded-1.m4s").status_code == 302
