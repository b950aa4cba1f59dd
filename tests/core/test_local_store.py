"""The signed addresses of the local store: what a player, a download and an upload get from them."""

import hashlib
import os
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.http.request import HttpRequest, UnreadablePostError
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from apps.core import ledger
from apps.core.store import clear_leftovers, get_store
from media.store.local import LocalStore

pytestmark = pytest.mark.django_db

TEXT = b"0123456789"


@pytest.fixture
def store(settings: Any, tmp_path) -> Iterator[LocalStore]:
    settings.STORE_URL = settings.STORE_PUBLIC_URL = ""
    settings.STORE_FOLDER = tmp_path / "store"
    get_store.cache_clear()
    made = get_store()
    assert isinstance(made, LocalStore)
    made.put_bytes(TEXT, "a/b.mp4", content_type="video/mp4")
    for key in ("a/b.mp4", "a/new", "a/file"):
        ledger.note(key=key, video_id=1)
    yield made
    get_store.cache_clear()


def body_of(response: Any) -> bytes:
    return b"".join(response) if response.streaming else response.content


def get(url: str, **headers: str) -> Any:
    return Client().get(url, headers=headers)


def put(store: LocalStore, body: bytes, *, promised: bytes, key: str = "a/new") -> Any:
    request = store.presigned_put(
        key, size_bytes=len(promised), sha256=hashlib.sha256(promised).hexdigest(), expires_in_s=60
    )
    return Client(enforce_csrf_checks=True).put(request.url, body, content_type="video/mp4")


def test_the_store_signs_for_the_address_that_is_served(store) -> None:
    url = store.presigned_get("a/b.mp4", expires_in_s=60)
    assert url == reverse("local-store", args=[url.rpartition("/")[2]])


def test_an_object_comes_whole_with_its_type_and_says_that_ranges_work(store) -> None:
    response = get(store.presigned_get("a/b.mp4", expires_in_s=60))
    assert (response.status_code, body_of(response)) == (200, TEXT)
    assert response["Content-Type"] == "video/mp4"
    assert response["Content-Length"] == "10"
    assert response["Accept-Ranges"] == "bytes"
    assert response["X-Content-Type-Options"] == "nosniff"
    assert "Content-Disposition" not in response
    assert not response.cookies


@pytest.mark.parametrize(
    ("asked", "content", "range_told"),
    [
        ("bytes=0-0", b"0", "bytes 0-0/10"),
        ("bytes=2-4", b"234", "bytes 2-4/10"),
        ("bytes=9-9", b"9", "bytes 9-9/10"),
        ("bytes=9-", b"9", "bytes 9-9/10"),
        ("bytes=0-", TEXT, "bytes 0-9/10"),
        ("bytes=5-100", b"56789", "bytes 5-9/10"),
        ("bytes=-3", b"789", "bytes 7-9/10"),
        ("bytes=-100", TEXT, "bytes 0-9/10"),
    ],
)
def test_a_range_gives_exactly_its_bytes(store, asked: str, content: bytes, range_told: str) -> None:
    response = get(store.presigned_get("a/b.mp4", expires_in_s=60), Range=asked)
    assert (response.status_code, body_of(response)) == (206, content)
    assert (response["Content-Range"], response["Content-Length"]) == (range_told, str(len(content)))


@pytest.mark.parametrize("asked", ["bytes=10-", "bytes=10-12", "bytes=999999999999999999-", "bytes=-0"])
def test_a_range_behind_the_end_is_416_with_the_size(store, asked: str) -> None:
    response = get(store.presigned_get("a/b.mp4", expires_in_s=60), Range=asked)
    assert (response.status_code, response["Content-Range"]) == (416, "bytes */10")


@pytest.mark.parametrize("asked", ["bytes=0-1,3-4", "bytes=4-2", "bytes=-", "bytes=a-b", "lines=0-1", "bytes=٣-٤", ""])
def test_what_is_no_single_range_gets_the_whole_object(store, asked: str) -> None:
    response = get(store.presigned_get("a/b.mp4", expires_in_s=60), Range=asked)
    assert (response.status_code, body_of(response)) == (200, TEXT)


def test_an_empty_object_has_no_range(store) -> None:
    store.put_bytes(b"", "a/empty", content_type="video/mp4")
    url = store.presigned_get("a/empty", expires_in_s=60)
    assert (get(url).status_code, get(url)["Content-Length"]) == (200, "0")
    assert get(url, Range="bytes=0-").status_code == 416


def test_a_range_of_another_version_gets_the_whole_object(store) -> None:
    url = store.presigned_get("a/b.mp4", expires_in_s=60)
    etag = get(url)["ETag"]
    assert get(url, **{"Range": "bytes=2-4", "If-Range": etag}).status_code == 206
    store.put_bytes(b"other text", "a/b.mp4", content_type="video/mp4")
    response = get(url, **{"Range": "bytes=2-4", "If-Range": etag})
    assert (response.status_code, body_of(response)) == (200, b"other text")


def test_head_tells_the_same_and_sends_nothing(store) -> None:
    url = store.presigned_get("a/b.mp4", expires_in_s=60)
    response = Client().head(url)
    assert (response.status_code, response["Content-Length"], response.content) == (200, "10", b"")
    assert response["Content-Type"] == "video/mp4"
    assert Client().head(url, headers={"Range": "bytes=2-4"})["Content-Range"] == "bytes 2-4/10"


def test_a_download_has_the_name_that_was_signed(store) -> None:
    response = get(store.presigned_get("a/b.mp4", expires_in_s=60, download_name='Prüfung "1".mp4'))
    assert response["Content-Disposition"] == "attachment; filename*=utf-8''Pr%C3%BCfung%20%221%22.mp4"


def test_a_type_that_a_browser_would_run_is_not_answered(store) -> None:
    response = get(store.presigned_get("a/b.mp4", expires_in_s=60, content_type="text/html"))
    assert response["Content-Type"] == "application/octet-stream"


def test_an_address_ends_when_its_time_is_over(store) -> None:
    url = store.presigned_get("a/b.mp4", expires_in_s=60)
    promise = store.presigned_put("a/new", size_bytes=1, sha256=hashlib.sha256(b"x").hexdigest(), expires_in_s=60)
    with time_machine.travel(timezone.now() + timedelta(seconds=61)):
        for response in (Client().get(url), Client().put(promise.url, b"x")):
            assert (response.status_code, response.json()["code"]) == (410, "expired")
    assert store.size_bytes("a/new") is None


def test_missing_and_forged_look_alike(store) -> None:
    url = store.presigned_get("a/b.mp4", expires_in_s=60)
    for missing in (store.presigned_get("a/c", expires_in_s=60), url[:-3] + "AAA", "/store/x", "/store/x.y"):
        for method in ("get", "head", "put"):
            assert getattr(Client(), method)(missing).status_code == 404


def test_an_address_does_one_thing_only(store) -> None:
    promise = store.presigned_put("a/b.mp4", size_bytes=1, sha256=hashlib.sha256(b"x").hexdigest(), expires_in_s=60)
    assert Client().get(promise.url).status_code == 404
    assert Client().put(store.presigned_get("a/b.mp4", expires_in_s=60), b"x").status_code == 404
    for method in ("post", "delete", "patch", "options"):
        assert getattr(Client(), method)(promise.url).status_code == 405
    assert b"".join(store.iter_bytes("a/b.mp4")) == TEXT


def test_promised_bytes_are_stored_without_cookie_or_csrf_token(store) -> None:
    response = put(store, b"good", promised=b"good")
    assert (response.status_code, response.content) == (204, b"")
    assert b"".join(store.iter_bytes("a/new")) == b"good"


def test_a_body_is_never_held_in_memory(store, monkeypatch) -> None:
    """Touching `body` or `POST` would read all of it at once; 16 MiB times the threads of a server add up."""

    def touched(_request: HttpRequest) -> None:
        raise AssertionError("the whole body was read")

    monkeypatch.setattr(HttpRequest, "body", property(touched))
    monkeypatch.setattr(HttpRequest, "_load_post_and_files", touched)
    assert put(store, b"good", promised=b"good").status_code == 204


def test_the_sweep_clears_what_a_kill_left_half_written(store, settings) -> None:
    incoming = settings.STORE_FOLDER / "incoming"
    (incoming / "old").write_bytes(b"x")
    (incoming / "young").write_bytes(b"x")
    os.utime(incoming / "old", (0, 0))
    clear_leftovers()
    assert [path.name for path in incoming.iterdir()] == ["young"]
    assert store.size_bytes("a/b.mp4") == 10


@pytest.mark.parametrize("body", [b"evil", b"goo", b"good!", b""])
def test_other_bytes_are_refused_with_code_and_sentence(store, body: bytes) -> None:
    response = put(store, body, promised=b"good")
    assert (response.status_code, response.json()["code"]) == (400, "part_mismatch")
    assert response.json()["detail"]
    assert store.size_bytes("a/new") is None


def test_a_part_of_an_upload_that_has_ended_is_refused(store) -> None:
    upload_id = store.create_multipart("a/file", content_type="video/mp4", part_size_bytes=8)
    part = {"size_bytes": 4, "expires_in_s": 60}
    good = store.presigned_part("a/file", upload_id, number=1, sha256=hashlib.sha256(b"good").hexdigest(), **part)
    evil = store.presigned_part("a/file", upload_id, number=1, sha256=hashlib.sha256(b"evil").hexdigest(), **part)
    assert Client().put(good.url, b"good").status_code == 204
    answer = Client().put(evil.url, b"evil")
    assert (answer.status_code, answer.json()["code"]) == (409, "part_conflict")
    store.abort_multipart("a/file", upload_id)
    answer = Client().put(good.url, b"good")
    assert (answer.status_code, answer.json()["code"]) == (409, "upload_closed")


def test_bytes_that_nobody_waits_for_any_more_are_not_kept(store) -> None:
    for key in ("a/new", "never/promised"):
        ledger.delete([key])
        response = put(store, b"good", promised=b"good", key=key)
        assert (response.status_code, response.json()["code"]) == (409, "upload_closed")
        assert store.size_bytes(key) is None


def test_bytes_on_their_way_while_their_upload_is_cleared_are_not_kept(store, monkeypatch) -> None:
    real = LocalStore.receive

    def receive_late(self: LocalStore, *args: Any) -> None:
        ledger.delete(["a/new"])
        real(self, *args)

    monkeypatch.setattr(LocalStore, "receive", receive_late)
    assert put(store, b"good", promised=b"good").status_code == 409
    assert store.size_bytes("a/new") is None


def test_bytes_that_arrive_in_the_midst_of_clearing_are_not_kept(store, monkeypatch) -> None:
    """After the object was deleted and before its row is: the address still looks good."""
    real = LocalStore.delete
    answers: list[int] = []

    def delete_slowly(self: LocalStore, keys: list[str]) -> None:
        real(self, keys)
        monkeypatch.setattr(LocalStore, "delete", real)
        answers.append(put(store, b"good", promised=b"good").status_code)

    monkeypatch.setattr(LocalStore, "delete", delete_slowly)
    ledger.delete(["a/new"])
    assert answers == [204]
    assert store.size_bytes("a/new") is None


def test_a_full_disk_is_507(store, monkeypatch) -> None:
    def fail(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("media.store.files.os.write", fail)
    response = put(store, b"good", promised=b"good")
    assert (response.status_code, response.json()["code"]) == (507, "storage_full")


def test_a_connection_that_breaks_is_no_server_error(store, monkeypatch) -> None:
    def fail(*_: object) -> bytes:
        raise UnreadablePostError("broken pipe")

    monkeypatch.setattr(HttpRequest, "read", fail)
    assert put(store, b"good", promised=b"good").status_code == 400


def test_an_installation_with_another_store_serves_nothing_here(store, settings) -> None:
    url = store.presigned_get("a/b.mp4", expires_in_s=60)
    settings.STORE_URL = "s3://k:s@127.0.0.1:9/bucket?tls=0"
    settings.STORE_PUBLIC_URL = "http://127.0.0.1:9"
    get_store.cache_clear()
    assert Client().get(url).status_code == 404
