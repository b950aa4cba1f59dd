"""A file goes up in equal parts into the store's own multipart upload, and becomes one object."""

import os
from dataclasses import replace

import pytest

from apps.core.models import Job, StoredObject
from apps.uploads.models import Part, Upload
from apps.videos.models import Source
from media.store import ObjectStore, StoredPart, fingerprint
from tests.uploads.driver import plan

pytestmark = pytest.mark.django_db

PART = 8 * 1024 * 1024
FIRST, LAST = os.urandom(PART), b"the end"


def test_the_server_names_the_size_of_the_parts(local_store, start, settings) -> None:
    settings.MAX_SOURCE_BYTES = 2 * PART * 10_000
    assert start(1).upload["part_size_bytes"] == PART
    assert start(PART * 10_000).upload["part_size_bytes"] == PART
    assert start(PART * 10_000 + 1).upload["part_size_bytes"] == PART + 1024 * 1024


def test_parts_in_any_order_become_one_object(store, start) -> None:
    uploader = start(PART + 7)
    uploader.send(2, LAST)
    uploader.send(1, FIRST)
    response = uploader.complete(PART, 7)
    assert (response.status_code, response.json()["status"]) == (200, "processing")
    source = Source.objects.get()
    (item,) = source.stored
    assert item["size_bytes"] == source.size_bytes == PART + 7
    assert fingerprint(store, item["key"]).sha256 == plan(1, FIRST + LAST)["sha256"]
    assert Job.objects.get(kind="publish").payload == {"source": source.public_id, "revision": 1}


def test_completing_again_answers_alike(store, start) -> None:
    uploader = start(7)
    uploader.send(1, LAST)
    first, second = uploader.complete(7), uploader.complete(7)
    assert (first.status_code, first.json()) == (second.status_code, second.json())
    assert Job.objects.filter(kind="publish").count() == 1


def test_the_store_hears_of_a_file_with_its_first_part(store, start) -> None:
    uploader = start(PART + 7)
    assert Upload.objects.get().store_upload_id == ""
    assert not StoredObject.objects.exists()
    uploader.promise(1, FIRST)
    begun = Upload.objects.get().store_upload_id
    uploader.promise(2, LAST)
    assert Upload.objects.get().store_upload_id == begun != ""
    assert StoredObject.objects.get().size_bytes == PART + 7


def test_a_file_s_part_counts_only_once_the_store_lists_it(store, start) -> None:
    uploader = start(7)
    answer = uploader.promise(1, LAST)
    assert uploader.state_of(1) == "promised"
    uploader.put(answer, LAST)
    assert uploader.state_of(1) == "confirmed"
    assert uploader.promise(1, LAST) == {"number": 1, "state": "confirmed"}


@pytest.mark.parametrize("sent", [b"the enD", b"the end!", b"the en", b""])
def test_other_bytes_than_promised_are_refused_and_can_be_sent_again(store, start, sent: bytes) -> None:
    uploader = start(7)
    assert 400 <= uploader.put(uploader.promise(1, LAST), sent) < 500
    assert uploader.state_of(1) == "promised"
    uploader.send(1, LAST)


def test_another_promise_for_a_confirmed_number_is_a_conflict(store, start) -> None:
    uploader = start(7)
    uploader.send(1, LAST)
    response = uploader.exchange([plan(1, b"THE END")])
    assert (response.status_code, response.json()["code"]) == (409, "part_conflict")


def test_another_promise_takes_the_place_of_a_part_that_arrived_and_was_not_reported(store, start) -> None:
    uploader = start(7)
    assert uploader.put(uploader.promise(1, b"THE END"), b"THE END") in {200, 204}
    uploader.send(1, LAST)
    assert uploader.complete(7).status_code == 200
    assert b"".join(store.iter_bytes(Source.objects.get().stored[0]["key"])) == LAST


@pytest.mark.parametrize(
    ("number", "size", "answer"),
    [
        (1, PART, (200, None)),
        (1, PART - 1, (400, "invalid")),
        (1, PART + 1, (413, "part_too_large")),
        (2, 7, (200, None)),
        (2, 6, (400, "invalid")),
        (2, 8, (400, "invalid")),
        (3, 1, (400, "invalid")),
    ],
)
def test_each_part_has_exactly_its_size(local_store, start, number: int, size: int, answer) -> None:
    response = start(PART + 7).exchange([{"number": number, "size_bytes": size, "sha256": "0" * 64}])
    assert (response.status_code, response.json().get("code")) == answer


def test_completion_names_what_is_missing(store, start) -> None:
    uploader = start(2 * PART + 7)
    uploader.send(3, LAST)
    uploader.promise(2, FIRST)
    response = uploader.complete(PART, PART, 7)
    assert (response.status_code, response.json()["missing"]) == (409, [1, 2])
    assert Upload.objects.get().status == "open"


def test_a_file_is_complete_by_its_size_and_not_by_what_is_named(local_store, start) -> None:
    uploader = start(PART + 7)
    uploader.send(1, FIRST)
    assert uploader.complete(PART).json()["missing"] == [2]
    assert uploader.complete(PART, 8).json()["missing"] == [2]
    uploader.send(2, LAST)
    assert uploader.complete(PART, 8).json()["missing"] == [2]
    assert uploader.complete(PART, 7, 1).status_code == 400
    assert uploader.complete(PART, 7).status_code == 200


def test_an_empty_file_fails_its_video_as_empty(store, start) -> None:
    uploader = start(0)
    assert uploader.exchange([plan(1, b"x")]).status_code == 400
    response = uploader.complete()
    assert (response.status_code, response.json()["failure_code"]) == (200, "empty_source")


def test_after_completion_no_part_is_taken(store, start) -> None:
    uploader = start(7)
    answer = uploader.promise(1, LAST)
    uploader.put(answer, LAST)
    assert uploader.complete(7).status_code == 200
    assert uploader.put(answer, LAST) >= 400
    response = uploader.exchange([plan(1, LAST)])
    assert (response.status_code, response.json()["code"]) == (409, "upload_closed")
    assert fingerprint(store, Source.objects.get().stored[0]["key"]).sha256 == plan(1, LAST)["sha256"]


def test_a_file_of_the_wrong_size_is_refused_at_the_start(ana, client_for, settings) -> None:
    settings.MAX_SOURCE_BYTES = 100
    client = client_for(ana)
    for size, status in ((None, 400), (-1, 400), (101, 413), (100, 201)):
        source = {"kind": "file", "content_type": "video/mp4", "size_bytes": size}
        response = client.post("/api/v1/videos/", {"source": source}, content_type="application/json")
        assert response.status_code == status
        assert status != 413 or (response.json()["code"], "GB" in response.json()["detail"]) == ("quota_reached", True)


# --- stores that lose, forget or do not look -----------------------------------------------------


def test_a_part_that_was_written_over_after_it_was_confirmed_is_missing(s3_store, start) -> None:
    """S3 has one place a number: a late PUT of an older promise replaces what was confirmed."""
    uploader = start(7)
    older = uploader.promise(1, b"THE END")
    uploader.send(1, LAST)
    assert uploader.put(older, b"THE END") == 200
    response = uploader.complete(7)
    assert (response.status_code, response.json()["missing"]) == (409, [1])
    uploader.send(1, LAST)
    assert uploader.complete(7).status_code == 200
    assert fingerprint(s3_store, Source.objects.get().stored[0]["key"]).sha256 == plan(1, LAST)["sha256"]


def test_an_upload_that_the_store_has_forgotten_begins_anew(store, start) -> None:
    uploader = start(7)
    uploader.send(1, LAST)
    row = Upload.objects.get()
    store.abort_multipart(row.file_key, row.store_upload_id)
    assert uploader.complete(7).json()["missing"] == [1]
    uploader.send(1, LAST)
    assert uploader.complete(7).status_code == 200


def test_a_part_of_another_size_does_not_count_where_the_store_took_it(careless_store, start) -> None:
    uploader = start(7)
    assert uploader.put(uploader.promise(1, LAST), b"something else") == 200
    assert uploader.state_of(1) == "promised"
    assert uploader.complete(7).json()["missing"] == [1]
    uploader.send(1, LAST)
    assert uploader.complete(7).status_code == 200


def test_a_recorded_part_with_other_bytes_does_not_count_where_the_store_took_it(
    careless_store: ObjectStore, start
) -> None:
    uploader = start()
    assert uploader.put(uploader.promise(1, b"first"), b"fIrst") == 200
    assert uploader.state_of(1) == "promised"
    assert uploader.complete(5).json()["missing"] == [1]
    uploader.send(1, b"first")
    assert uploader.complete(5).status_code == 200


def test_a_listed_sha256_that_differs_does_not_count(s3_store, start, monkeypatch) -> None:
    uploader = start(7)
    uploader.put(uploader.promise(1, LAST), LAST)
    monkeypatch.setattr(s3_store, "list_parts", lambda *_args, **_named: {1: StoredPart(7, "etag", "f" * 64)})
    assert uploader.state_of(1) == "promised"
    assert not Part.objects.get().is_confirmed


def test_a_store_that_lists_no_checksums_is_given_those_that_were_promised(s3_store, start, monkeypatch) -> None:
    """SeaweedFS checks and keeps a part's SHA-256, leaves it out of its list, and asks for it at the end."""
    listed, completed = s3_store.list_parts, s3_store.complete_multipart
    given: list[dict[int, StoredPart]] = []
    monkeypatch.setattr(
        s3_store,
        "list_parts",
        lambda *args, **named: {n: replace(part, sha256=None) for n, part in listed(*args, **named).items()},
    )

    def complete(key: str, upload_id: str, parts: dict[int, StoredPart]) -> None:
        given.append(parts)
        completed(key, upload_id, parts)

    monkeypatch.setattr(s3_store, "complete_multipart", complete)
    uploader = start(7)
    uploader.send(1, LAST)
    assert uploader.complete(7).status_code == 200
    assert [part.sha256 for part in given[0].values()] == [plan(1, LAST)["sha256"]]
