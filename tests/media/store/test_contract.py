"""What holds for every store: objects and signed requests."""

import hashlib
import itertools
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import time_machine

from media.store import ObjectStore, fingerprint
from media.store.errors import BadKey, MultipartMissing, ObjectMissing
from tests.media.store.requests_to_store import put, send, sha256_of

MIB = 1024 * 1024


def test_what_was_put_comes_back(store: ObjectStore, tmp_path: Path) -> None:
    source, copy = tmp_path / "source", tmp_path / "copy"
    source.write_bytes(bytes(range(256)) * 9000)
    store.put_file(source, "videos/a/source.mp4", content_type="video/mp4")
    store.get_file("videos/a/source.mp4", copy)
    assert copy.read_bytes() == source.read_bytes()
    assert store.size_bytes("videos/a/source.mp4") == 256 * 9000


def test_nothing_but_the_file_is_left_in_the_folder_it_was_fetched_to(store: ObjectStore, tmp_path: Path) -> None:
    folder = tmp_path / "work"
    folder.mkdir()
    store.put_bytes(b"x", "a/b", content_type="text/vtt")
    store.get_file("a/b", folder / "got")
    with pytest.raises(ObjectMissing):
        store.get_file("a/missing", folder / "never")
    assert [path.name for path in folder.iterdir()] == ["got"]


def test_an_empty_object_is_an_object(store: ObjectStore) -> None:
    store.put_bytes(b"", "a/empty", content_type="text/vtt")
    assert store.size_bytes("a/empty") == 0
    assert b"".join(store.iter_bytes("a/empty")) == b""
    assert fingerprint(store, "a/empty").sha256 == sha256_of(b"")


def test_putting_again_replaces(store: ObjectStore) -> None:
    store.put_bytes(b"long first text", "a/b", content_type="text/vtt")
    store.put_bytes(b"short", "a/b", content_type="text/vtt")
    assert b"".join(store.iter_bytes("a/b")) == b"short"


def test_a_reader_who_has_begun_gets_the_object_he_began(store: ObjectStore) -> None:
    store.put_bytes(b"a" * (3 * MIB), "a/b", content_type="video/mp4")
    pieces = store.iter_bytes("a/b")
    first = next(pieces)
    store.put_bytes(b"b" * (3 * MIB), "a/b", content_type="video/mp4")
    assert set(first + b"".join(pieces)) == {ord("a")}


def test_bytes_come_in_pieces_of_a_mebibyte(store: ObjectStore) -> None:
    store.put_bytes(b"x" * (2 * MIB + 1), "a/b", content_type="video/mp4")
    assert [len(piece) for piece in store.iter_bytes("a/b")] == [MIB, MIB, 1]


@pytest.mark.parametrize(
    ("start", "size_bytes", "expected"),
    [
        (0, None, b"0123456789"),
        (0, 4, b"0123"),
        (4, 3, b"456"),
        (9, 1, b"9"),
        (9, 100, b"9"),
        (7, None, b"789"),
        (10, None, b""),
        (10, 1, b""),
        (3, 0, b""),
    ],
)
def test_a_range_gives_exactly_its_bytes(
    store: ObjectStore, start: int, size_bytes: int | None, expected: bytes
) -> None:
    store.put_bytes(b"0123456789", "a/b", content_type="video/mp4")
    assert b"".join(store.iter_bytes("a/b", start=start, size_bytes=size_bytes)) == expected


def test_a_missing_object_is_missing_everywhere(store: ObjectStore, tmp_path: Path) -> None:
    assert store.size_bytes("a/b") is None
    with pytest.raises(ObjectMissing) as missing:
        next(iter(store.iter_bytes("a/b")))
    assert missing.value.permanent
    with pytest.raises(ObjectMissing):
        store.get_file("a/b", tmp_path / "copy")
    with pytest.raises(ObjectMissing):
        fingerprint(store, "a/b")
    assert send(store.presigned_get("a/b", expires_in_s=60)).status == 404


def test_the_folder_of_an_object_is_no_object(store: ObjectStore) -> None:
    store.put_bytes(b"x", "a/b/c", content_type="video/mp4")
    assert store.size_bytes("a/b") is None
    with pytest.raises(ObjectMissing):
        next(iter(store.iter_bytes("a/b")))


def test_the_fingerprint_is_size_and_sha256_of_what_is_there(store: ObjectStore) -> None:
    data = b"abc" * MIB
    store.put_bytes(data, "a/b", content_type="video/mp4")
    found = fingerprint(store, "a/b")
    assert (found.size_bytes, found.sha256) == (3 * MIB, hashlib.sha256(data).hexdigest())


def test_deleting_takes_the_named_objects_and_no_other(store: ObjectStore) -> None:
    for key in ("a/1", "a/2", "b/1"):
        store.put_bytes(b"x", key, content_type="video/mp4")
    store.delete(["a/1", "b/1", "never/there"])
    store.delete(["a/1"])
    assert list(store.list("a/")) == [("a/2", 1)]
    assert list(store.list("b/")) == []


def test_more_than_a_thousand_objects_can_be_deleted_at_once(store: ObjectStore) -> None:
    for number in range(3):
        store.put_bytes(b"x", f"a/{number}", content_type="video/mp4")
    store.delete(itertools.chain((f"none/{number}" for number in range(1500)), ["a/0", "a/1", "a/2"]))
    assert list(store.list("a/")) == []


def test_a_prefix_takes_its_folder_and_not_its_neighbour(store: ObjectStore) -> None:
    for key in ("videos/1/a", "videos/1/b/c", "videos/10/a"):
        store.put_bytes(b"xy", key, content_type="video/mp4")
    assert sorted(store.list("videos/1/")) == [("videos/1/a", 2), ("videos/1/b/c", 2)]
    assert store.delete_prefix("videos/1/") == 2
    assert store.delete_prefix("videos/1/") == 0
    assert list(store.list("videos/")) == [("videos/10/a", 2)]


def test_deleting_below_a_prefix_drops_the_multipart_uploads_that_were_begun_there(store: ObjectStore) -> None:
    inside = store.create_multipart("videos/1/file", content_type="video/mp4", part_size_bytes=8 * 1024 * 1024)
    outside = store.create_multipart("videos/10/file", content_type="video/mp4", part_size_bytes=8 * 1024 * 1024)
    assert store.delete_prefix("videos/1/") == 0
    with pytest.raises(MultipartMissing):
        store.list_parts("videos/1/file", inside)
    assert store.list_parts("videos/10/file", outside) == {}


@pytest.mark.parametrize("key", ["/a", "../a", "a/../b", "a//b", "a/", "", ".", "a/.b", "a b", "a\nb", "ä", "a" * 901])
def test_a_bad_key_is_refused_by_every_call(store: ObjectStore, tmp_path: Path, key: str) -> None:
    file = tmp_path / "file"
    file.write_bytes(b"x")
    calls = [
        lambda: store.put_file(file, key, content_type="video/mp4"),
        lambda: store.put_bytes(b"x", key, content_type="video/mp4"),
        lambda: store.get_file(key, tmp_path / "copy"),
        lambda: next(iter(store.iter_bytes(key))),
        lambda: store.size_bytes(key),
        lambda: store.delete([key]),
        lambda: store.presigned_get(key, expires_in_s=60),
        lambda: store.presigned_put(key, size_bytes=1, sha256=sha256_of(b"x"), expires_in_s=60),
        lambda: store.create_multipart(key, content_type="video/mp4", part_size_bytes=8 * MIB),
        lambda: store.list_parts(key, "0" * 32),
        lambda: store.abort_multipart(key, "0" * 32),
    ]
    for call in calls:
        with pytest.raises(BadKey):
            call()


@pytest.mark.parametrize("prefix", ["", "/", "a", "a/b", "../", "a//"])
def test_a_prefix_that_is_not_whole_segments_is_refused(store: ObjectStore, prefix: str) -> None:
    with pytest.raises(BadKey):
        list(store.list(prefix))
    with pytest.raises(BadKey):
        store.delete_prefix(prefix)


# --- signed requests -----------------------------------------------------------------------------


def test_a_signed_get_gives_the_object_and_its_ranges(store: ObjectStore) -> None:
    store.put_bytes(b"0123456789", "a/b.mp4", content_type="video/mp4")
    url = store.presigned_get("a/b.mp4", expires_in_s=60)
    whole = send(url)
    assert (whole.status, whole.content, whole.headers["content-type"]) == (200, b"0123456789", "video/mp4")
    part = send(url, headers={"Range": "bytes=2-4"})
    assert (part.status, part.content) == (206, b"234")


def test_a_signed_get_may_name_a_type_and_a_name_to_save_under(store: ObjectStore) -> None:
    store.put_bytes(b"x", "a/source", content_type="application/octet-stream")
    url = store.presigned_get("a/source", expires_in_s=60, content_type="video/webm", download_name='Prüfung "1".webm')
    answer = send(url)
    assert answer.headers["content-type"] == "video/webm"
    assert answer.headers["content-disposition"] == "attachment; filename*=UTF-8''Pr%C3%BCfung%20%221%22.webm"


def test_a_signed_put_stores_the_promised_bytes(store: ObjectStore) -> None:
    data = b"recorded" * 1000
    request = store.presigned_put("a/part", size_bytes=len(data), sha256=sha256_of(data), expires_in_s=60)
    assert put(request, data) in {200, 204}
    assert put(request, data) in {200, 204}
    found = fingerprint(store, "a/part")
    assert (found.size_bytes, found.sha256) == (len(data), sha256_of(data))


@pytest.mark.parametrize("sent", [b"12345678x", b"1234567890", b"12345678", b""])
def test_a_signed_put_refuses_other_bytes_and_stores_nothing(store: ObjectStore, sent: bytes) -> None:
    promised = b"123456789"
    request = store.presigned_put("a/part", size_bytes=9, sha256=sha256_of(promised), expires_in_s=60)
    assert 400 <= put(request, sent) < 500
    assert store.size_bytes("a/part") is None


def test_a_refused_put_leaves_the_object_that_was_there(store: ObjectStore) -> None:
    request = store.presigned_put("a/part", size_bytes=4, sha256=sha256_of(b"good"), expires_in_s=60)
    put(request, b"good")
    assert 400 <= put(request, b"evil") < 500
    assert b"".join(store.iter_bytes("a/part")) == b"good"


def test_a_signed_request_does_one_thing_only(store: ObjectStore) -> None:
    store.put_bytes(b"good", "a/part", content_type="video/mp4")
    request = store.presigned_put("a/part", size_bytes=4, sha256=sha256_of(b"next"), expires_in_s=60)
    assert send(request.url, "GET", headers=request.headers).status == 403
    read_only = store.presigned_get("a/part", expires_in_s=60)
    assert 400 <= send(read_only, "PUT", b"evil").status < 500
    assert b"".join(store.iter_bytes("a/part")) == b"good"


def test_a_forged_signature_is_refused(store: ObjectStore) -> None:
    store.put_bytes(b"good", "a/part", content_type="video/mp4")
    url = store.presigned_get("a/part", expires_in_s=60)
    # The last base64 character of a token carries two bits that are not read: change the one before it.
    changed = url[:-2] + ("0" if url[-2] != "0" else "1") + url[-1]
    assert send(changed).status == 403


@pytest.mark.parametrize(("seconds_later", "works"), [(59, True), (61, False)])
def test_a_signed_request_ends_when_it_says(store: ObjectStore, seconds_later: int, works: bool) -> None:
    now = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
    with time_machine.travel(now, tick=False) as clock:
        store.put_bytes(b"x", "a/there", content_type="video/mp4")
        url = store.presigned_get("a/there", expires_in_s=60)
        request = store.presigned_put("a/part", size_bytes=1, sha256=sha256_of(b"x"), expires_in_s=60)
        assert request.expires_at == now + timedelta(seconds=60)
        clock.shift(seconds_later)
        assert (send(url).status == 200) is works
        assert (put(request, b"x") in {200, 204}) is works
    assert (store.size_bytes("a/part") is not None) is works


def test_a_survey_tells_size_and_time_of_everything_below(store: ObjectStore) -> None:
    before = datetime.now(UTC) - timedelta(seconds=2)  # stores count in seconds, some with a clock of their own
    store.put_bytes(b"one", "a/b/one", content_type="video/mp4")
    store.put_bytes(b"second", "a/b/c/two", content_type="video/mp4")
    store.put_bytes(b"x", "a/bb", content_type="video/mp4")
    found = {listed.key: listed for listed in store.survey("a/b/")}
    assert {key: listed.size_bytes for key, listed in found.items()} == {"a/b/one": 3, "a/b/c/two": 6}
    assert all(before < listed.changed_at < datetime.now(UTC) + timedelta(seconds=2) for listed in found.values())
    assert list(store.survey("nowhere/")) == []


def test_folders_are_what_stands_one_level_below(store: ObjectStore) -> None:
    for key in ("a/b/one", "a/b/c/two", "a/bb/three", "a/four"):
        store.put_bytes(b"x", key, content_type="video/mp4")
    assert sorted(store.folders("a/")) == ["a/b/", "a/bb/"]
    assert list(store.folders("a/b/c/")) == []
    assert list(store.folders("nowhere/")) == []


def test_more_objects_than_fit_into_one_answer_are_all_listed(store: ObjectStore) -> None:
    for number in range(1005):  # S3 answers a thousand at once
        store.put_bytes(b"x", f"a/{number}/x", content_type="video/mp4")
    assert sum(1 for _ in store.survey("a/")) == sum(1 for _ in store.folders("a/")) == 1005


@pytest.mark.parametrize("call", ["survey", "folders", "multiparts"])
def test_nothing_is_listed_below_half_a_segment(store: ObjectStore, call: str) -> None:
    with pytest.raises(BadKey):
        list(getattr(store, call)("videos/1"))
