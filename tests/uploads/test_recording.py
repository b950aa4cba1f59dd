"""A recording goes up in parts of its own, each confirmed by reading it back."""

import pytest

from apps.core.models import Job, StoredObject
from apps.uploads.models import Upload
from apps.videos.models import Source, Video
from media.store import ObjectStore
from tests.uploads.driver import Uploader, plan

pytestmark = pytest.mark.django_db

MIB = 1024 * 1024


def bytes_of(source: Source, store: ObjectStore) -> bytes:
    return b"".join(piece for item in source.stored for piece in store.iter_bytes(item["key"]))


def test_a_new_upload_is_open_and_empty(store, start) -> None:
    uploader = start()
    assert uploader.upload == uploader.get()
    assert uploader.upload == {
        "id": uploader.upload["id"],
        "kind": "recording",
        "status": "open",
        "part_size_bytes": 16 * MIB,
        "parts": [],
        "rest_until": None,
    }


def test_parts_in_any_order_become_the_source_in_order_of_their_numbers(store, start) -> None:
    uploader = start()
    for number, data in ((3, b"third"), (1, b"first"), (2, b"second")):
        uploader.send(number, data)
    response = uploader.complete(5, 6, 5, recorded_ms=6100)
    assert response.status_code == 200
    assert response.json()["status"] == "processing"
    source = Source.objects.get()
    assert bytes_of(source, store) == b"firstsecondthird"
    assert [item["size_bytes"] for item in source.stored] == [5, 6, 5]
    assert (source.size_bytes, source.recorded_ms) == (16, 6100)
    assert source.completed_at is not None


def test_completion_asks_for_the_publication_once(store, start) -> None:
    uploader = start()
    uploader.send(1, b"first")
    first, second = uploader.complete(5), uploader.complete(5)
    assert (first.status_code, second.status_code) == (200, 200)
    assert first.json() == second.json()
    job = Job.objects.get(kind="publish")
    assert job.payload == {"source": Source.objects.get().public_id, "revision": 1}


def test_a_promise_names_an_address_until_the_part_is_confirmed(store, start) -> None:
    uploader = start()
    answer = uploader.promise(1, b"first")
    assert set(answer) == {"number", "state", "url", "method", "headers", "expires_at"}
    assert (answer["number"], answer["state"], answer["method"]) == (1, "promised", "PUT")
    assert answer["url"].startswith("http")
    uploader.send(1, b"first")
    assert uploader.promise(1, b"first") == {"number": 1, "state": "confirmed"}
    assert uploader.get()["parts"] == [{**plan(1, b"first"), "state": "confirmed"}]


def test_a_part_counts_only_once_its_bytes_are_there(store, start) -> None:
    uploader = start()
    answer = uploader.promise(1, b"first")
    assert uploader.state_of(1) == "promised"
    uploader.put(answer, b"first")
    assert uploader.get()["parts"][0]["state"] == "promised"
    assert uploader.state_of(1) == "confirmed"


@pytest.mark.parametrize("sent", [b"fIrst", b"first!", b"firs", b""])
def test_other_bytes_than_promised_are_refused_and_can_be_sent_again(store, start, sent: bytes) -> None:
    uploader = start()
    answer = uploader.promise(1, b"first")
    assert 400 <= uploader.put(answer, sent) < 500
    assert uploader.state_of(1) == "promised"
    uploader.send(1, b"first")


def test_a_part_may_be_sent_twice(store, start) -> None:
    uploader = start()
    answer = uploader.promise(1, b"first")
    for _ in range(2):
        assert uploader.put(answer, b"first") in {200, 204}
        assert uploader.state_of(1) == "confirmed"
    assert uploader.complete(5).status_code == 200
    assert bytes_of(Source.objects.get(), store) == b"first"


def test_another_promise_for_a_confirmed_number_is_a_conflict(store, start) -> None:
    uploader = start()
    uploader.send(1, b"first")
    for other in (b"First", b"first again"):
        response = uploader.exchange([plan(1, other)])
        assert (response.status_code, response.json()["code"]) == (409, "part_conflict")
        assert response.json()["number"] == 1
    assert uploader.complete(5).status_code == 200
    assert bytes_of(Source.objects.get(), store) == b"first"


def test_of_several_promises_none_counts_when_one_is_a_conflict(store, start) -> None:
    uploader = start()
    uploader.send(1, b"first")
    assert uploader.exchange([plan(2, b"second"), plan(1, b"other")]).status_code == 409
    assert [part["number"] for part in uploader.get()["parts"]] == [1]


def test_another_promise_replaces_one_that_is_not_confirmed(store, start) -> None:
    uploader = start()
    old = uploader.promise(1, b"an older text")
    uploader.send(1, b"first")
    # A slow PUT of the older promise arrives after all.
    uploader.put(old, b"an older text")
    assert uploader.state_of(1) == "confirmed"
    assert uploader.complete(5).status_code == 200
    assert bytes_of(Source.objects.get(), store) == b"first"


def test_one_call_may_promise_and_report(store, start) -> None:
    uploader = start()
    uploader.put(uploader.promise(1, b"first"), b"first")
    response = uploader.exchange([plan(2, b"second"), plan(1, b"first")], stored=[1])
    assert [(part["number"], part["state"]) for part in response.json()["parts"]] == [(1, "confirmed"), (2, "promised")]


def test_completion_confirms_what_was_sent_and_not_reported(store, start) -> None:
    uploader = start()
    uploader.put(uploader.promise(1, b"first"), b"first")
    assert uploader.complete(5).status_code == 200
    assert Source.objects.get().size_bytes == 5


def test_completion_names_what_is_missing_and_changes_nothing(store, start) -> None:
    uploader = start()
    uploader.send(1, b"first")
    uploader.promise(3, b"third")
    response = uploader.complete(5, 6, 5, 6)
    assert response.status_code == 409
    body = response.json()
    assert (body["code"], body["missing"], body["missing_count"]) == ("parts_missing", [2, 3, 4], 3)
    assert uploader.get()["status"] == "open"
    uploader.send(2, b"second")
    uploader.send(3, b"third")
    uploader.send(4, b"fourth")
    assert uploader.complete(5, 6, 5, 6).status_code == 200


def test_a_gap_between_named_numbers_is_missing(store, start) -> None:
    uploader = start()
    uploader.send(1, b"first")
    uploader.send(3, b"third")
    named = [{"number": 1, "size_bytes": 5}, {"number": 3, "size_bytes": 5}]
    response = uploader.post("complete", {"parts": named})
    assert (response.status_code, response.json()["missing"]) == (409, [2])


def test_a_part_named_with_another_size_is_missing(store, start) -> None:
    uploader = start()
    uploader.send(1, b"first")
    response = uploader.complete(6)
    assert (response.status_code, response.json()["missing"]) == (409, [1])


def test_the_first_hundred_missing_parts_are_named_and_all_are_counted(local_store, start) -> None:
    body = start().complete(*[1] * 130).json()
    assert body["missing"] == list(range(1, 101))
    assert body["missing_count"] == 130


def test_stored_parts_are_not_dropped_by_an_end_that_forgets_them(local_store, start) -> None:
    uploader = start()
    uploader.send(1, b"first")
    uploader.send(2, b"second")
    for sizes in ((5,), ()):
        response = uploader.complete(*sizes)
        assert (response.status_code, response.json()["code"]) == (400, "invalid")
    assert uploader.get()["status"] == "open"


def test_after_completion_no_part_is_taken(store, start) -> None:
    uploader = start()
    late = uploader.promise(2, b"late")
    uploader.send(1, b"first")
    assert uploader.complete(5).status_code == 200
    for number, data in ((2, b"late"), (1, b"first"), (1, b"other")):
        response = uploader.exchange([plan(number, data)])
        assert (response.status_code, response.json()["code"]) == (409, "upload_closed")
    uploader.put(late, b"late")
    response = uploader.exchange(stored=[2])
    assert (response.status_code, response.json()["code"]) == (409, "upload_closed")
    assert uploader.complete(5, 4).status_code == 200
    assert bytes_of(Source.objects.get(), store) == b"first"


def test_a_recording_without_parts_fails_its_video_as_empty(store, start) -> None:
    response = start().complete()
    assert response.status_code == 200
    assert (response.json()["status"], response.json()["failure_code"]) == ("failed", "empty_source")
    assert not Job.objects.filter(kind="publish").exists()


def test_stop_is_noted_also_while_parts_are_missing(local_store, start) -> None:
    assert Video.objects.get(sources__upload__public_id=start().upload["id"]).status == "recording"
    uploader = start()
    uploader.complete(5)
    video = Video.objects.get(sources__upload__public_id=uploader.upload["id"])
    assert video.status == "uploading"
    assert video.stopped_at is not None


@pytest.mark.parametrize(("size", "status"), [(16 * MIB, 200), (16 * MIB + 1, 413)])
def test_a_part_has_at_most_16_mib(local_store, start, size: int, status: int) -> None:
    response = start().exchange([{"number": 1, "size_bytes": size, "sha256": "0" * 64}])
    assert response.status_code == status
    if status == 413:
        assert response.json()["code"] == "part_too_large"


@pytest.mark.parametrize(("number", "status"), [(0, 400), (1, 200), (100_000, 200), (100_001, 400), (2**31, 400)])
def test_numbers_count_from_1_to_100_000(local_store, start, number: int, status: int) -> None:
    uploader = start()
    assert uploader.exchange([{"number": number, "size_bytes": 1, "sha256": "0" * 64}]).status_code == status
    named = uploader.post("complete", {"parts": [{"number": number, "size_bytes": 1}]})
    assert named.status_code == (409 if status == 200 else 400)


@pytest.mark.parametrize(
    "part",
    [
        {"number": 1, "size_bytes": 0, "sha256": "0" * 64},
        {"number": 1, "size_bytes": -1, "sha256": "0" * 64},
        {"number": 1, "size_bytes": 1, "sha256": "0" * 63},
        {"number": 1, "size_bytes": 1, "sha256": "0" * 65},
        {"number": 1, "size_bytes": 1, "sha256": "A" * 64},
        {"number": 1, "size_bytes": 1},
        {"number": "one", "size_bytes": 1, "sha256": "0" * 64},
        {"size_bytes": 1, "sha256": "0" * 64},
        "part",
        None,
    ],
)
def test_a_promise_that_makes_no_sense_is_refused(local_store, start, part: object) -> None:
    response = start().exchange([part])
    assert (response.status_code, response.json()["code"]) == (400, "invalid")
    assert "parts" in response.json()["fields"]


def test_a_number_promised_twice_in_one_call_is_refused(local_store, start) -> None:
    uploader = start()
    assert uploader.exchange([plan(1, b"a"), plan(1, b"b")]).status_code == 400
    assert uploader.post("complete", {"parts": [{"number": 1, "size_bytes": 1}] * 2}).status_code == 400


@pytest.mark.parametrize(("count", "status"), [(100, 200), (101, 400)])
def test_a_hundred_parts_go_into_one_call(local_store, start, count: int, status: int) -> None:
    uploader = start()
    parts = [plan(number, b"x") for number in range(1, count + 1)]
    assert uploader.exchange(parts).status_code == status


def test_what_was_never_promised_cannot_be_reported(local_store, start) -> None:
    response = start().exchange(stored=[1])
    assert (response.status_code, list(response.json()["fields"])) == (400, ["stored"])


def test_a_recording_is_no_larger_than_the_installation_allows(local_store, start, settings) -> None:
    settings.MAX_SOURCE_BYTES = 10
    uploader = start()
    uploader.send(1, b"12345")
    assert uploader.promise(2, b"67890")["state"] == "promised"
    response = uploader.exchange([plan(3, b"x")])
    assert (response.status_code, response.json()["code"]) == (413, "quota_reached")
    assert [part["number"] for part in uploader.get()["parts"]] == [1, 2]


def test_every_object_is_in_the_ledger_before_its_bytes(store, start) -> None:
    uploader = start()
    answer = uploader.promise(1, b"first")
    noted = StoredObject.objects.get()
    assert (noted.size_bytes, noted.video_id) == (5, Video.objects.get().pk)
    uploader.put(answer, b"first")
    assert list(store.list("videos/" + Video.objects.get().public_id + "/")) == [(noted.key, 5)]


def test_two_promises_at_once_leave_one_part(local_store, start) -> None:
    """Rows are made under the upload's lock, so that the second call sees the first's."""
    uploader = start()
    uploader.promise(1, b"first")
    uploader.promise(1, b"other")
    assert Upload.objects.get().parts.count() == 1


def test_a_body_that_is_no_object_is_refused(local_store, start) -> None:
    uploader: Uploader = start()
    path = f"/api/v1/uploads/{uploader.upload['id']}/parts/"
    for body in (b"[]", b"{", b'"x"', b"\xff"):
        response = uploader.client.post(path, body, content_type="application/json")
        assert response.status_code == 400
