"""What holds for every store: objects that arrive in parts."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest

from media.store import ObjectStore, SignedRequest, fingerprint
from media.store.errors import MultipartIncomplete, MultipartMissing, StoreError
from tests.media.store.requests_to_store import put, send, sha256_of

PART_BYTES = 5 * 1024 * 1024  # the least that S3 takes for a part that is not the last
KEY = "videos/a/source.mp4"
FIRST, SECOND, LAST = b"1" * PART_BYTES, b"2" * PART_BYTES, b"the end"


def begin(store: ObjectStore) -> str:
    return store.create_multipart(KEY, content_type="video/mp4", part_size_bytes=PART_BYTES)


def sign(store: ObjectStore, upload_id: str, number: int, data: bytes) -> SignedRequest:
    return store.presigned_part(
        KEY, upload_id, number=number, size_bytes=len(data), sha256=sha256_of(data), expires_in_s=60
    )


def send_parts(store: ObjectStore, upload_id: str, numbered: Sequence[tuple[int, bytes]]) -> None:
    for number, data in numbered:
        assert put(sign(store, upload_id, number, data), data) in {200, 204}


def test_parts_in_any_order_become_one_object(store: ObjectStore) -> None:
    upload_id = begin(store)
    send_parts(store, upload_id, [(3, LAST), (1, FIRST), (2, SECOND)])
    assert store.size_bytes(KEY) is None
    store.complete_multipart(KEY, upload_id, store.list_parts(KEY, upload_id))
    found = fingerprint(store, KEY)
    assert (found.size_bytes, found.sha256) == (2 * PART_BYTES + 7, sha256_of(FIRST + SECOND + LAST))
    assert list(store.list("videos/a/")) == [(KEY, 2 * PART_BYTES + 7)]


def test_a_single_small_part_is_enough(store: ObjectStore) -> None:
    upload_id = begin(store)
    send_parts(store, upload_id, [(1, LAST)])
    store.complete_multipart(KEY, upload_id, store.list_parts(KEY, upload_id))
    assert b"".join(store.iter_bytes(KEY)) == LAST


def test_the_list_says_what_is_stored(store: ObjectStore) -> None:
    upload_id = begin(store)
    assert store.list_parts(KEY, upload_id) == {}
    send_parts(store, upload_id, [(1, FIRST), (3, LAST)])
    listed = store.list_parts(KEY, upload_id)
    assert {number: part.size_bytes for number, part in listed.items()} == {1: PART_BYTES, 3: 7}
    # A store may keep no SHA-256; it never says a wrong one.
    assert listed[1].sha256 in {None, sha256_of(FIRST)}
    assert listed[3].sha256 in {None, sha256_of(LAST)}


@pytest.mark.parametrize(
    ("first", "last", "expected"),
    [(1, 1, [1]), (2, 4, [2, 4]), (3, 3, []), (4, None, [4]), (5, None, []), (1, 9, [1, 2, 4])],
)
def test_the_list_can_be_asked_for_a_range(
    store: ObjectStore, first: int, last: int | None, expected: list[int]
) -> None:
    upload_id = begin(store)
    send_parts(store, upload_id, [(1, b"a"), (2, b"b"), (4, b"d")])
    assert sorted(store.list_parts(KEY, upload_id, first=first, last=last)) == expected


def test_a_part_that_was_sent_twice_is_there_once(store: ObjectStore) -> None:
    upload_id = begin(store)
    send_parts(store, upload_id, [(1, LAST), (1, LAST)])
    store.complete_multipart(KEY, upload_id, store.list_parts(KEY, upload_id))
    assert b"".join(store.iter_bytes(KEY)) == LAST


def test_what_has_arrived_makes_way_for_other_bytes(store: ObjectStore) -> None:
    upload_id = begin(store)
    send_parts(store, upload_id, [(1, b"an older end")])
    store.make_way(KEY, upload_id, number=1, sha256=sha256_of(LAST))
    send_parts(store, upload_id, [(1, LAST)])
    store.make_way(KEY, upload_id, number=1, sha256=sha256_of(LAST))
    store.complete_multipart(KEY, upload_id, store.list_parts(KEY, upload_id))
    assert b"".join(store.iter_bytes(KEY)) == LAST


@pytest.mark.parametrize("sent", [b"the enD", b"the end ", b"the en", b""])
def test_a_part_with_other_bytes_is_refused_and_not_listed(store: ObjectStore, sent: bytes) -> None:
    upload_id = begin(store)
    assert 400 <= put(sign(store, upload_id, 1, LAST), sent) < 500
    assert store.list_parts(KEY, upload_id) == {}


def test_a_signed_part_is_good_for_its_number_alone(store: ObjectStore) -> None:
    upload_id = begin(store)
    request = sign(store, upload_id, 1, LAST)
    moved = request.url.replace("partNumber=1", "partNumber=2")
    if moved == request.url:  # the local store's number is inside the token
        head, _, tail = request.url.rpartition(".")
        moved = f"{head[:-4]}AAAA.{tail}"
    assert send(moved, "PUT", LAST, request.headers).status == 403
    assert store.list_parts(KEY, upload_id) == {}


def test_completing_twice_is_completing_once(store: ObjectStore) -> None:
    upload_id = begin(store)
    send_parts(store, upload_id, [(1, LAST)])
    parts = store.list_parts(KEY, upload_id)
    store.complete_multipart(KEY, upload_id, parts)
    store.complete_multipart(KEY, upload_id, parts)
    assert b"".join(store.iter_bytes(KEY)) == LAST


def test_completing_names_parts_that_are_there(store: ObjectStore) -> None:
    upload_id = begin(store)
    send_parts(store, upload_id, [(1, FIRST), (2, LAST)])
    parts = store.list_parts(KEY, upload_id)
    for wrong in (
        {},
        {2: parts[2]},
        {1: parts[1], 3: parts[2]},
        {1: parts[1], 2: parts[2], 3: parts[2]},
        {1: parts[2]},
    ):
        with pytest.raises(MultipartIncomplete) as refused:
            store.complete_multipart(KEY, upload_id, wrong)
        assert refused.value.permanent
    assert store.size_bytes(KEY) is None
    store.complete_multipart(KEY, upload_id, parts)
    assert store.size_bytes(KEY) == PART_BYTES + 7


def test_only_the_named_parts_go_into_the_object(store: ObjectStore) -> None:
    upload_id = begin(store)
    send_parts(store, upload_id, [(1, FIRST), (2, SECOND)])
    parts = store.list_parts(KEY, upload_id)
    store.complete_multipart(KEY, upload_id, {1: parts[1]})
    assert fingerprint(store, KEY).sha256 == sha256_of(FIRST)


def test_after_abort_nothing_can_be_sent_listed_or_completed(store: ObjectStore) -> None:
    upload_id = begin(store)
    send_parts(store, upload_id, [(1, LAST)])
    parts = store.list_parts(KEY, upload_id)
    store.abort_multipart(KEY, upload_id)
    store.abort_multipart(KEY, upload_id)
    assert put(sign(store, upload_id, 2, LAST), LAST) >= 400
    with pytest.raises(MultipartMissing) as missing:
        store.list_parts(KEY, upload_id)
    assert missing.value.permanent
    with pytest.raises(StoreError):
        store.complete_multipart(KEY, upload_id, parts)
    assert store.size_bytes(KEY) is None


def test_aborting_after_completion_keeps_the_object(store: ObjectStore) -> None:
    upload_id = begin(store)
    send_parts(store, upload_id, [(1, LAST)])
    store.complete_multipart(KEY, upload_id, store.list_parts(KEY, upload_id))
    store.abort_multipart(KEY, upload_id)
    assert b"".join(store.iter_bytes(KEY)) == LAST


def test_a_part_after_completion_is_refused_and_changes_nothing(store: ObjectStore) -> None:
    upload_id = begin(store)
    send_parts(store, upload_id, [(1, LAST)])
    late = sign(store, upload_id, 2, b"late")
    store.complete_multipart(KEY, upload_id, store.list_parts(KEY, upload_id))
    assert put(late, b"late") >= 400
    assert b"".join(store.iter_bytes(KEY)) == LAST


def test_two_uploads_for_one_key_do_not_meet(store: ObjectStore) -> None:
    one, other = begin(store), begin(store)
    send_parts(store, one, [(1, b"one")])
    send_parts(store, other, [(1, b"other")])
    store.complete_multipart(KEY, one, store.list_parts(KEY, one))
    store.abort_multipart(KEY, other)
    assert b"".join(store.iter_bytes(KEY)) == b"one"


def test_what_was_begun_is_listed_until_it_ends(store: ObjectStore) -> None:
    first, second = begin(store), begin(store)
    store.create_multipart("other/b", content_type="video/mp4", part_size_bytes=PART_BYTES)
    listed = list(store.multiparts("videos/"))
    assert {(begun.key, begun.upload_id) for begun in listed} == {(KEY, first), (KEY, second)}
    # moto says 2010 for each; the local store's own test looks closer.
    assert all(begun.begun_at < datetime.now(UTC) + timedelta(seconds=2) for begun in listed)
    store.abort_multipart(KEY, first)
    send_parts(store, second, [(1, LAST)])
    store.complete_multipart(KEY, second, store.list_parts(KEY, second))
    assert list(store.multiparts("videos/")) == []
