"""A poster that its author uploads: who may, what is taken, where it shows, and that it goes without a trace."""

import io
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.utils import timezone
from PIL import Image

from apps.core import tasks
from apps.core.models import Job, StoredObject
from apps.core.store import get_store
from apps.sharing import services as sharing
from apps.videos import clearing, keys, posters, services
from apps.videos.models import Publication, Source, Video
from media.store.errors import StoreUnavailable
from tests.watchable import watchable_video

pytestmark = pytest.mark.django_db

PLACE = "Exif\0\0secret place"


@pytest.fixture(autouse=True)
def silent_bell(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tasks.run_job, "apply_async", lambda **_kwargs: None)


@pytest.fixture
def video(ana, workspace) -> Video:
    """Return a video of Ana's whose frame is stored as its poster."""
    made = watchable_video(ana, workspace)
    assert made.current_publication is not None
    key = keys.poster_key(video_id=made.public_id, publication_id=made.current_publication.public_id, attempt="1-1")
    put(made, key, b"frame")
    Publication.objects.update(poster_key=key, verified_at=timezone.now())
    Source.objects.update(completed_at=timezone.now())
    return Video.objects.select_related("current_publication").get()


def put(video: Video, key: str, data: bytes) -> None:
    StoredObject.objects.create(key=key, video_id=video.pk, size_bytes=len(data))
    get_store().put_bytes(data, key, content_type="image/jpeg")


def picture(kind: str = "JPEG", size: tuple[int, int] = (2000, 1000), **options: Any) -> bytes:
    output = io.BytesIO()
    Image.new("RGB", size, "teal").save(output, kind, **options)
    return output.getvalue()


def path_of(video: Video) -> str:
    return f"/api/v1/videos/{video.public_id}/poster/"


def send(client: Client, video: Video, data: bytes, content_type: str = "image/jpeg") -> Any:
    return client.put(path_of(video), data, content_type=content_type)


def shown_at(client: Client, url: str) -> bytes:
    answer = client.get(url)
    assert answer.status_code == 302
    return bytes(client.get(answer["Location"]).getvalue())


def stored(video: Video) -> set[str]:
    return {key for key, _size in get_store().list(keys.video_prefix(video_id=video.public_id))}


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "GIF"])
def test_any_picture_becomes_the_poster_as_a_jpeg_and_carries_nothing_but_pixels(
    kind: str, video, client_for, ana
) -> None:
    exif = Image.Exif()
    exif[0x010E] = PLACE
    options: dict[str, Any] = {} if kind == "GIF" else {"exif": exif}
    client = client_for(ana)
    answer = send(client, video, picture(kind, **options), f"image/{kind.lower()}")
    assert answer.status_code == 200
    data = shown_at(client, answer.json()["poster_url"])
    with Image.open(io.BytesIO(data)) as made:
        assert (made.format, made.size) == ("JPEG", (1280, 640))
        assert not made.getexif()
    assert PLACE.encode() not in data


def test_who_watches_by_a_link_sees_it_at_an_address_of_its_own(video, client_for, ana) -> None:
    link = sharing.create_share_link(video=video, created_by=ana)

    def told() -> str:
        path = f"/api/v1/videos/{video.public_id}/playback/"
        return str(Client().get(path, HTTP_SHARE_TOKEN=link.token).json()["poster_url"])

    frame = told()
    assert shown_at(Client(), frame) == b"frame"
    send(client_for(ana), video, picture())
    uploaded = told()
    assert uploaded != frame, "a browser that has kept the frame asks anew"
    assert shown_at(Client(), uploaded).startswith(b"\xff\xd8\xff")
    assert client_for(ana).delete(path_of(video)).status_code == 204
    assert told() == frame
    sharing.revoke_share_link(link=link)
    assert Client().get(uploaded).status_code == 404


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "not_a_picture"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "not_a_picture"),
        (picture()[:2000], "not_a_picture"),
        (picture("PNG", (13_000, 10)), "picture_too_large"),
        (picture() + bytes(15_000_000), "picture_too_large"),
        (picture() + bytes(17_000_000), "picture_too_large"),
    ],
    ids=["nothing", "svg", "torn", "too wide", "too many bytes", "far too many bytes"],
)
def test_what_is_no_picture_is_refused_and_changes_nothing(data: bytes, code: str, video, client_for, ana) -> None:
    answer = send(client_for(ana), video, data)
    assert (answer.status_code, answer.json()["code"]) == (422, code)
    video.refresh_from_db()
    assert video.own_poster_key == ""
    assert stored(video) == {video.current_publication.poster_key}


def test_it_is_its_author_s_alone(video, client_for, ben, stranger) -> None:
    for person, status in ((None, 401), (stranger, 404), (ben, 404)):
        client = client_for(person)
        assert send(client, video, picture()).status_code == status
        assert client.delete(path_of(video)).status_code == status
    video.refresh_from_db()
    assert video.own_poster_key == ""


def test_a_frame_that_is_chosen_takes_its_place_and_the_other_way_round(video, client_for, ana) -> None:
    client = client_for(ana)
    send(client, video, picture())
    client.patch(f"/api/v1/videos/{video.public_id}/", {"poster_ms": 1500}, content_type="application/json")
    video.refresh_from_db()
    assert (video.own_poster_key, video.poster_ms) == ("", 1500)
    assert Job.objects.filter(kind=services.POSTER).count() == 1
    send(client, video, picture())
    video.refresh_from_db()
    assert video.own_poster_key
    assert video.poster_ms is None


def test_going_back_from_a_frame_that_was_chosen_has_ours_made_anew(video) -> None:
    Video.objects.update(poster_ms=1500)
    video.refresh_from_db()
    posters.remove_poster(video=video)
    posters.remove_poster(video=video)
    assert (video.own_poster_key, video.poster_ms) == ("", None)
    assert [job.key for job in Job.objects.all()] == [f"poster:{video.current_source.public_id}:None"]


def test_it_stays_when_the_video_is_published_anew(video) -> None:
    posters.set_poster(video=video, source=io.BytesIO(picture()), size_bytes=1)
    anew = Publication.objects.create(
        source=Source.objects.get(),
        source_bytes=5,
        duration_ms=9,
        has_video=True,
        has_audio=False,
        poster_key="new.jpg",
    )
    Video.objects.update(current_publication=anew)
    video.refresh_from_db()
    with time_machine.travel(timezone.now() + timedelta(days=2)):
        clearing.clear_outdated()
    assert get_store().size_bytes(video.own_poster_key)


def test_what_was_replaced_goes_a_day_later_and_so_does_what_a_crash_left_behind(video, monkeypatch) -> None:
    Publication.objects.update(cleared_at=timezone.now())
    now = timezone.now()
    with time_machine.travel(now + timedelta(days=30)):
        posters.set_poster(video=video, source=io.BytesIO(picture()), size_bytes=1)
        first = video.own_poster_key
        posters.set_poster(video=video, source=io.BytesIO(picture()), size_bytes=1)
        with monkeypatch.context() as broken:
            broken.setattr(posters, "NotFound", ZeroDivisionError)
            broken.setattr(posters.Video.objects, "kept", lambda: 1 / 0)
            with pytest.raises(ZeroDivisionError):
                posters.set_poster(video=video, source=io.BytesIO(picture()), size_bytes=1)
        clearing.clear_outdated()
        assert len(stored(video)) == 4, "somebody may have the page open"
    with time_machine.travel(now + timedelta(days=31, minutes=5)):
        assert clearing.clear_outdated() == 2
        assert clearing.clear_outdated() == 0
    assert first not in stored(video)
    assert stored(video) == {video.own_poster_key, video.current_publication.poster_key}
    assert stored(video) == set(StoredObject.objects.values_list("key", flat=True))


def test_it_goes_with_its_video(video) -> None:
    posters.set_poster(video=video, source=io.BytesIO(picture()), size_bytes=1)
    services.move_to_trash(video=video)
    with time_machine.travel(timezone.now() + timedelta(days=31)):
        assert clearing.empty_trash() == 1
    assert stored(video) == set()
    assert not StoredObject.objects.exists()


def test_a_store_that_is_away_leaves_the_poster_there_is(video, client_for, ana, monkeypatch) -> None:
    def away(*_: object, **__: object) -> None:
        raise StoreUnavailable("away")

    monkeypatch.setattr(type(get_store()), "put_bytes", away)
    answer = send(client_for(ana), video, picture())
    assert (answer.status_code, answer.json()["code"]) == (503, "store_unavailable")
    video.refresh_from_db()
    assert video.own_poster_key == ""


def test_a_video_that_went_to_the_trash_meanwhile_takes_none(video) -> None:
    services.move_to_trash(video=video)
    with pytest.raises(services.NotFound):
        posters.set_poster(video=video, source=io.BytesIO(picture()), size_bytes=1)
