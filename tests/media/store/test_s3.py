"""What the S3 store makes of a server's answers, and what is left when a server checks nothing."""

import base64
import os
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from botocore.exceptions import (
    ClientError,
    ConnectTimeoutError,
    EndpointConnectionError,
    NoCredentialsError,
    ParamValidationError,
    ReadTimeoutError,
)
from botocore.stub import Stubber

from media.store import BegunUpload, ObjectStore, S3Address, StoredPart, fingerprint, open_store
from media.store.errors import (
    MultipartIncomplete,
    MultipartMissing,
    ObjectMissing,
    StoreError,
    StoreFull,
    StoreRefused,
    StoreUnavailable,
)
from media.store.s3 import S3Store
from media.store.s3_errors import s3_errors
from tests.media.store.requests_to_store import put, send, sha256_of

ADDRESS = S3Address("http://10.0.0.5:9000", "https://files.example.com", "bucket", "us-east-1", "KEY", "SECRET")


def answer(code: str, status: int) -> ClientError:
    return ClientError({"Error": {"Code": code}, "ResponseMetadata": {"HTTPStatusCode": status}}, "GetObject")  # type: ignore[typeddict-item]


@pytest.mark.parametrize(
    ("raised", "expected", "permanent"),
    [
        (answer("NoSuchKey", 404), ObjectMissing, True),
        (answer("404", 404), ObjectMissing, True),
        (answer("NoSuchUpload", 404), MultipartMissing, True),
        (answer("InvalidPart", 400), MultipartIncomplete, True),
        (answer("EntityTooSmall", 400), MultipartIncomplete, True),
        (answer("NoSuchBucket", 404), StoreRefused, True),
        (answer("AccessDenied", 403), StoreRefused, True),
        (answer("403", 403), StoreRefused, True),
        (answer("InvalidAccessKeyId", 403), StoreRefused, True),
        (answer("SignatureDoesNotMatch", 403), StoreRefused, True),
        (answer("SlowDown", 503), StoreUnavailable, False),
        (answer("RequestTimeout", 400), StoreUnavailable, False),
        (answer("InternalError", 200), StoreUnavailable, False),
        (answer("", 500), StoreUnavailable, False),
        (answer("502", 502), StoreUnavailable, False),
        (answer("429", 429), StoreUnavailable, False),
        (answer("", 507), StoreFull, False),
        (answer("QuotaExceeded", 403), StoreFull, False),
        (EndpointConnectionError(endpoint_url="http://x"), StoreUnavailable, False),
        (ConnectTimeoutError(endpoint_url="http://x"), StoreUnavailable, False),
        (ReadTimeoutError(endpoint_url="http://x"), StoreUnavailable, False),
        (NoCredentialsError(), StoreRefused, True),
        (ParamValidationError(report="x"), StoreRefused, True),
    ],
)
def test_an_answer_says_whether_trying_again_can_help(
    raised: Exception, expected: type[StoreError], permanent: bool
) -> None:
    with pytest.raises(StoreError) as got, s3_errors():
        raise raised
    assert type(got.value) is expected
    assert got.value.permanent is permanent


def test_a_server_that_is_not_there_is_unavailable_to_every_call(tmp_path: Path) -> None:
    store = open_store(
        "s3://k:s@127.0.0.1:9/bucket?tls=0", "http://127.0.0.1:9", folder=tmp_path, secret="", local_url=""
    )
    file = tmp_path / "file"
    file.write_bytes(b"x")
    for call in (
        lambda: store.put_file(file, "a/b", content_type="video/mp4"),
        lambda: store.get_file("a/b", tmp_path / "copy"),
        lambda: next(iter(store.iter_bytes("a/b"))),
        lambda: store.size_bytes("a/b"),
        lambda: store.delete(["a/b"]),
        lambda: list(store.list("a/")),
        lambda: store.create_multipart("a/b", content_type="video/mp4", part_size_bytes=8),
    ):
        with pytest.raises(StoreUnavailable):
            call()
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


def test_wrong_credentials_are_refused_not_retried(checking_s3: ObjectStore, monkeypatch: pytest.MonkeyPatch) -> None:
    assert isinstance(checking_s3, S3Store)
    with Stubber(checking_s3._client) as stub:
        stub.add_client_error("delete_objects", "AccessDenied", http_status_code=403)
        with pytest.raises(StoreRefused):
            checking_s3.delete(["a/b"])


def test_an_object_that_could_not_be_deleted_is_not_passed_over() -> None:
    store = S3Store(ADDRESS)
    with Stubber(store._client) as stub:
        stub.add_response("delete_objects", {"Errors": [{"Key": "a/b", "Code": "InternalError"}]})
        with pytest.raises(StoreUnavailable):
            store.delete(["a/b"])


def test_when_an_upload_was_begun_is_told_in_utc_over_all_pages() -> None:
    store = S3Store(ADDRESS)
    begun = datetime(2026, 3, 29, 3, 30, tzinfo=timezone(timedelta(hours=2)))
    asked = {"Bucket": "bucket", "Prefix": "videos/"}
    with Stubber(store._client) as stub:
        stub.add_response(
            "list_multipart_uploads",
            {
                "IsTruncated": True,
                "NextKeyMarker": "videos/a",
                "NextUploadIdMarker": "u",
                "Uploads": [{"Key": "videos/a", "UploadId": "u", "Initiated": begun}],
            },
            asked,
        )
        stub.add_response(
            "list_multipart_uploads",
            {"IsTruncated": False, "Uploads": [{"Key": "videos/b", "UploadId": "v", "Initiated": begun}]},
            asked | {"KeyMarker": "videos/a", "UploadIdMarker": "u"},
        )
        found = list(store.multiparts("videos/"))
    at = datetime(2026, 3, 29, 1, 30, tzinfo=UTC)
    assert found == [BegunUpload("videos/a", "u", at), BegunUpload("videos/b", "v", at)]
    assert {one.begun_at.tzinfo for one in found} == {UTC}


def test_the_list_of_parts_goes_on_to_the_last_page_and_reads_checksums() -> None:
    store = S3Store(ADDRESS)
    sha256 = sha256_of(b"x")
    checksum = base64.b64encode(bytes.fromhex(sha256)).decode()
    page = {"IsTruncated": True, "NextPartNumberMarker": 1000}
    with Stubber(store._client) as stub:
        asked = {"Bucket": "bucket", "Key": "a/b", "UploadId": "u"}
        stub.add_response(
            "list_parts",
            page | {"Parts": [{"PartNumber": 1000, "Size": 1, "ETag": "e1", "ChecksumSHA256": checksum}]},
            asked | {"PartNumberMarker": 0},
        )
        stub.add_response(
            "list_parts",
            {"IsTruncated": False, "Parts": [{"PartNumber": 1001, "Size": 2, "ETag": "e2"}]},
            asked | {"PartNumberMarker": 1000},
        )
        assert store.list_parts("a/b", "u") == {1000: StoredPart(1, "e1", sha256), 1001: StoredPart(2, "e2", None)}


@pytest.mark.parametrize(("first", "last", "markers"), [(1, 1000, [0]), (1001, 1001, [1000]), (1000, 1001, [0, 1000])])
def test_no_page_is_asked_for_that_the_range_does_not_need(first: int, last: int, markers: list[int]) -> None:
    store = S3Store(ADDRESS)
    with Stubber(store._client) as stub:
        for marker in markers:
            stub.add_response(
                "list_parts",
                {"IsTruncated": True, "NextPartNumberMarker": marker + 1000, "Parts": []},
                {"Bucket": "bucket", "Key": "a/b", "UploadId": "u", "PartNumberMarker": marker},
            )
        assert store.list_parts("a/b", "u", first=first, last=last) == {}
        stub.assert_no_pending_responses()


def test_checksums_that_the_store_has_listed_are_named_at_completion() -> None:
    store = S3Store(ADDRESS)
    sha256 = sha256_of(b"x")
    checksum = base64.b64encode(bytes.fromhex(sha256)).decode()
    with Stubber(store._client) as stub:
        stub.add_response(
            "complete_multipart_upload",
            {},
            {
                "Bucket": "bucket",
                "Key": "a/b",
                "UploadId": "u",
                "MultipartUpload": {
                    "Parts": [
                        {"PartNumber": 1, "ETag": "e1", "ChecksumSHA256": checksum},
                        {"PartNumber": 2, "ETag": "e2"},
                    ]
                },
            },
        )
        store.complete_multipart("a/b", "u", {2: StoredPart(1, "e2", None), 1: StoredPart(1, "e1", sha256)})
        stub.assert_no_pending_responses()


def test_length_and_checksum_of_a_body_are_signed() -> None:
    store = S3Store(ADDRESS)
    whole = store.presigned_put("a/b", size_bytes=4, sha256=sha256_of(b"good"), expires_in_s=60)
    part = store.presigned_part("a/b", "u", number=1, size_bytes=4, sha256=sha256_of(b"good"), expires_in_s=60)
    for request in (whole, part):
        signed = parse_qs(urlsplit(request.url).query)["X-Amz-SignedHeaders"]
        assert signed == ["content-length;host;x-amz-checksum-sha256"]
        assert set(request.headers) == {"x-amz-checksum-sha256"}


@pytest.mark.parametrize(("there_bytes", "done"), [(3, True), (2, False), (4, False), (None, False)])
def test_a_gone_upload_is_complete_when_the_object_has_its_size(there_bytes: int | None, done: bool) -> None:
    store = S3Store(ADDRESS)
    parts = {1: StoredPart(2, "e1", None), 2: StoredPart(1, "e2", None)}
    with Stubber(store._client) as stub:
        stub.add_client_error("complete_multipart_upload", "NoSuchUpload", http_status_code=404)
        if there_bytes is None:
            stub.add_client_error("head_object", "404", http_status_code=404)
        else:
            stub.add_response("head_object", {"ContentLength": there_bytes})
        if done:
            store.complete_multipart("a/b", "u", parts)
        else:
            with pytest.raises(MultipartMissing):
                store.complete_multipart("a/b", "u", parts)


def test_a_client_is_made_once_and_never_shared_over_a_fork() -> None:
    store = S3Store(ADDRESS)
    here = store._client
    assert store._client is here
    assert store._signer is not here
    child = os.fork()
    if child == 0:
        os._exit(0 if store._client is not here else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


# --- a server that checks nothing ----------------------------------------------------------------


def test_reading_back_shows_what_a_careless_store_took(careless_s3: ObjectStore) -> None:
    request = careless_s3.presigned_put("a/part", size_bytes=4, sha256=sha256_of(b"good"), expires_in_s=60)
    assert put(request, b"evil") == 200
    assert fingerprint(careless_s3, "a/part").sha256 == sha256_of(b"evil")


def test_the_list_shows_the_size_that_a_careless_store_took(careless_s3: ObjectStore) -> None:
    upload_id = careless_s3.create_multipart("a/b", content_type="video/mp4", part_size_bytes=8)
    request = careless_s3.presigned_part(
        "a/b", upload_id, number=1, size_bytes=4, sha256=sha256_of(b"good"), expires_in_s=60
    )
    assert put(request, b"much longer") == 200
    assert careless_s3.list_parts("a/b", upload_id)[1].size_bytes == 11


# --- the proxy that checks as AWS does -----------------------------------------------------------


def test_the_proxy_agrees_with_the_sdk_about_a_signature(checking_s3: ObjectStore) -> None:
    checking_s3.put_bytes(b"x", "a/b", content_type="video/mp4")
    url = checking_s3.presigned_get("a/b", expires_in_s=60, download_name="Prüfung ~ (1)/2.mp4")
    assert send(url).status == 200


def test_the_proxy_refuses_a_put_without_the_signed_checksum(checking_s3: ObjectStore) -> None:
    request = checking_s3.presigned_put("a/part", size_bytes=4, sha256=sha256_of(b"good"), expires_in_s=60)
    assert send(request.url, "PUT", b"good").status == 403


def test_the_proxy_refuses_a_header_that_was_not_signed(checking_s3: ObjectStore) -> None:
    request = checking_s3.presigned_put("a/part", size_bytes=4, sha256=sha256_of(b"good"), expires_in_s=60)
    assert send(request.url, "PUT", b"good", {**request.headers, "x-amz-acl": "public-read"}).status == 403
