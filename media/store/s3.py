"""Objects in anything that speaks S3.

Permissions. The key needs, on `bucket/*`: s3:GetObject, s3:PutObject, s3:DeleteObject,
s3:AbortMultipartUpload, s3:ListMultipartUploadParts; on the bucket: s3:ListBucketMultipartUploads and
s3:ListBucket (without it S3 answers 403 for a missing object, and we could not tell it from a wrong
key). Nothing is public.

Objects. One under every key that the product makes. A file upload is a multipart upload until it is
completed; when it is abandoned we abort it, and a bucket rule AbortIncompleteMultipartUpload after
8 days is a good second net. We keep no object of our own beside these.

CORS, for the product's origin: methods GET, HEAD, PUT; allowed headers content-type, range,
x-amz-checksum-sha256; exposed headers content-length, content-range, etag; any max age.

Limits of S3: 5 GiB for one PUT or part, 5 MiB at least for every part but the last, 10,000 parts,
5 TiB an object, 7 days for a signed URL. `media.store.parts` keeps to them.

Two addresses. Our own calls go to the internal endpoint. Signatures for browsers are made for the
public one: a signature covers the host, so the two cannot be exchanged. Signing asks nobody.

What is signed. A PUT signs its Content-Length and x-amz-checksum-sha256; AWS refuses a body that is
not so. Other stores check one of them or none: see the duties of a caller in `media.store.protocol`.
Checksums that newer SDKs add by themselves are switched off, as several stores refuse them.
"""

import base64
import os
import threading
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

import boto3
from boto3.s3.transfer import TransferConfig
from botocore.config import Config
from botocore.exceptions import ClientError

from media.store import files
from media.store.address import S3Address
from media.store.errors import MultipartIncomplete, MultipartMissing, ObjectMissing
from media.store.keys import check_key, check_prefix
from media.store.parts import MAX_PARTS, part_size_for
from media.store.protocol import BegunUpload, Listed, SignedRequest, StoredPart
from media.store.s3_errors import s3_errors

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_s3.type_defs import CompletedPartTypeDef

# DeleteObjects takes 1,000 keys, ListParts answers 1,000 parts.
_MOST_AT_ONCE = 1000
# Sent whole below this; above, s3transfer sends several parts side by side and repeats one alone.
_MULTIPART_THRESHOLD_BYTES = 64 * 1024 * 1024
_TRANSFERS_AT_ONCE = 4


# Making a client takes 0.2 s, and its connections must not be shared over a fork: one for each address, made
# at first use, by each process for itself.
_clients: "dict[tuple[int, str, str, str, str], S3Client]" = {}
_clients_lock = threading.Lock()


def _client_for(address: S3Address, endpoint_url: str) -> "S3Client":
    name = (os.getpid(), endpoint_url, address.region, address.access_key, address.secret_key)
    with _clients_lock:
        if name not in _clients:
            _clients[name] = boto3.session.Session().client(
                "s3",
                endpoint_url=endpoint_url,
                region_name=address.region,
                aws_access_key_id=address.access_key,
                aws_secret_access_key=address.secret_key,
                config=Config(
                    signature_version="s3v4",
                    s3={"addressing_style": "path"},
                    request_checksum_calculation="when_required",
                    response_checksum_validation="when_required",
                    # A request of a person waits behind these; jobs have their own, longer retries.
                    connect_timeout=5,
                    read_timeout=60,
                    retries={"mode": "standard", "total_max_attempts": 3},
                    max_pool_connections=32,
                ),
            )
        return _clients[name]


class S3Store:
    """An ObjectStore in one bucket. Safe to use from many threads, and after a fork."""

    def __init__(self, address: S3Address) -> None:
        """Connect to nothing yet."""
        self._address = address
        self._bucket = address.bucket

    @property
    def _client(self) -> "S3Client":
        return _client_for(self._address, self._address.endpoint_url)

    @property
    def _signer(self) -> "S3Client":
        return _client_for(self._address, self._address.public_url)

    # --- objects ---------------------------------------------------------------------------------

    def put_file(self, path: Path, key: str, *, content_type: str) -> None:
        """See ObjectStore."""
        transfer = TransferConfig(
            multipart_threshold=_MULTIPART_THRESHOLD_BYTES,
            multipart_chunksize=part_size_for(path.stat().st_size),
            max_concurrency=_TRANSFERS_AT_ONCE,
        )
        with path.open("rb") as reader, s3_errors():
            self._client.upload_fileobj(
                reader, self._bucket, check_key(key), ExtraArgs={"ContentType": content_type}, Config=transfer
            )

    def put_bytes(self, data: bytes, key: str, *, content_type: str) -> None:
        """See ObjectStore."""
        with s3_errors():
            self._client.put_object(Bucket=self._bucket, Key=check_key(key), Body=data, ContentType=content_type)

    def get_file(self, key: str, path: Path) -> None:
        """See ObjectStore."""
        transfer = TransferConfig(multipart_threshold=_MULTIPART_THRESHOLD_BYTES, max_concurrency=_TRANSFERS_AT_ONCE)
        with files.temporary_file(path.parent) as draft:
            with files.disk_errors(), draft.open("xb") as writer, s3_errors():
                self._client.download_fileobj(self._bucket, check_key(key), writer, Config=transfer)
            draft.replace(path)

    def iter_bytes(self, key: str, *, start: int = 0, size_bytes: int | None = None) -> Iterator[bytes]:
        """See ObjectStore."""
        if size_bytes == 0:
            return
        last = "" if size_bytes is None else str(start + size_bytes - 1)
        with s3_errors():
            try:
                if start == 0 and size_bytes is None:  # an empty object has no range that could be asked for
                    answer = self._client.get_object(Bucket=self._bucket, Key=check_key(key))
                else:
                    answer = self._client.get_object(
                        Bucket=self._bucket, Key=check_key(key), Range=f"bytes={start}-{last}"
                    )
            except ClientError as error:
                if error.response.get("Error", {}).get("Code") in {"InvalidRange", "416"}:
                    return
                raise
            with closing(answer["Body"]) as body:
                yield from body.iter_chunks(files.PIECE_BYTES)

    def size_bytes(self, key: str) -> int | None:
        """See ObjectStore."""
        try:
            with s3_errors():
                return self._client.head_object(Bucket=self._bucket, Key=check_key(key))["ContentLength"]
        except ObjectMissing:
            return None

    def delete(self, keys: Iterable[str]) -> None:
        """See ObjectStore."""
        remaining = iter(keys)
        while batch := [check_key(key) for key in islice(remaining, _MOST_AT_ONCE)]:
            with s3_errors():
                answer = self._client.delete_objects(
                    Bucket=self._bucket, Delete={"Objects": [{"Key": key} for key in batch], "Quiet": True}
                )
                for failed in answer.get("Errors", []):
                    raise ClientError({"Error": {"Code": failed.get("Code", "")}}, "DeleteObjects")

    def delete_prefix(self, prefix: str) -> int:
        """See ObjectStore."""
        for begun in tuple(self.multiparts(prefix)):
            self.abort_multipart(begun.key, begun.upload_id)
        keys = [key for key, _ in self.list(prefix)]
        self.delete(keys)
        return len(keys)

    def list(self, prefix: str) -> Iterator[tuple[str, int]]:
        """See ObjectStore."""
        return ((listed.key, listed.size_bytes) for listed in self.survey(prefix))

    def survey(self, prefix: str) -> Iterator[Listed]:
        """See ObjectStore."""
        pages = self._client.get_paginator("list_objects_v2")
        with s3_errors():
            for page in pages.paginate(Bucket=self._bucket, Prefix=check_prefix(prefix)):
                for entry in page.get("Contents", []):
                    yield Listed(entry["Key"], entry["Size"], entry["LastModified"].astimezone(UTC))

    def folders(self, prefix: str) -> Iterator[str]:
        """See ObjectStore."""
        pages = self._client.get_paginator("list_objects_v2")
        with s3_errors():
            for page in pages.paginate(Bucket=self._bucket, Prefix=check_prefix(prefix), Delimiter="/"):
                for entry in page.get("CommonPrefixes", []):
                    yield entry["Prefix"]

    def multiparts(self, prefix: str) -> Iterator[BegunUpload]:
        """See ObjectStore."""
        pages = self._client.get_paginator("list_multipart_uploads")
        with s3_errors():
            for page in pages.paginate(Bucket=self._bucket, Prefix=check_prefix(prefix)):
                for begun in page.get("Uploads", []):
                    yield BegunUpload(begun["Key"], begun["UploadId"], begun["Initiated"].astimezone(UTC))

    # --- signed requests -------------------------------------------------------------------------

    def presigned_get(
        self, key: str, *, expires_in_s: int, content_type: str | None = None, download_name: str | None = None
    ) -> str:
        """See ObjectStore."""
        parameters: dict[str, object] = {"Bucket": self._bucket, "Key": check_key(key)}
        if content_type is not None:
            parameters["ResponseContentType"] = content_type
        if download_name is not None:
            parameters["ResponseContentDisposition"] = f"attachment; filename*=UTF-8''{quote(download_name, safe='')}"
        with s3_errors():
            return self._signer.generate_presigned_url("get_object", Params=parameters, ExpiresIn=expires_in_s)

    def presigned_put(self, key: str, *, size_bytes: int, sha256: str, expires_in_s: int) -> SignedRequest:
        """See ObjectStore."""
        return self._sign_body("put_object", {"Key": check_key(key)}, size_bytes, sha256, expires_in_s)

    def presigned_part(
        self, key: str, upload_id: str, *, number: int, size_bytes: int, sha256: str, expires_in_s: int
    ) -> SignedRequest:
        """See ObjectStore."""
        parameters = {"Key": check_key(key), "UploadId": upload_id, "PartNumber": number}
        return self._sign_body("upload_part", parameters, size_bytes, sha256, expires_in_s)

    def _sign_body(
        self, operation: str, parameters: dict[str, object], size_bytes: int, sha256: str, expires_in_s: int
    ) -> SignedRequest:
        checksum = base64.b64encode(bytes.fromhex(sha256)).decode()
        expires_at = datetime.now(UTC).replace(microsecond=0) + timedelta(seconds=expires_in_s)
        with s3_errors():
            url = self._signer.generate_presigned_url(
                operation,
                Params={
                    "Bucket": self._bucket,
                    **parameters,
                    "ContentLength": size_bytes,
                    "ChecksumSHA256": checksum,
                },
                ExpiresIn=expires_in_s,
            )
        return SignedRequest(url=url, method="PUT", headers={"x-amz-checksum-sha256": checksum}, expires_at=expires_at)

    # --- multipart -------------------------------------------------------------------------------

    def create_multipart(self, key: str, *, content_type: str, part_size_bytes: int) -> str:
        """See ObjectStore."""
        with s3_errors():
            # Parts may carry a SHA-256 only when it is announced here.
            answer = self._client.create_multipart_upload(
                Bucket=self._bucket, Key=check_key(key), ContentType=content_type, ChecksumAlgorithm="SHA256"
            )
        return answer["UploadId"]

    def list_parts(self, key: str, upload_id: str, *, first: int = 1, last: int | None = None) -> dict[int, StoredPart]:
        """See ObjectStore."""
        last = MAX_PARTS if last is None else last
        found: dict[int, StoredPart] = {}
        # Whole pages: some servers take the marker for a position in their list instead of a part's
        # number, and then skip parts when earlier ones are still on their way.
        marker = (first - 1) // _MOST_AT_ONCE * _MOST_AT_ONCE
        while marker < last:
            with s3_errors():
                answer = self._client.list_parts(
                    Bucket=self._bucket, Key=check_key(key), UploadId=upload_id, PartNumberMarker=marker
                )
            for part in answer.get("Parts", []):
                if first <= part["PartNumber"] <= last:
                    found[part["PartNumber"]] = StoredPart(part["Size"], part["ETag"], _hex(part.get("ChecksumSHA256")))
            next_marker = answer.get("NextPartNumberMarker", 0)
            if not answer.get("IsTruncated") or next_marker <= marker:
                break
            marker = next_marker
        return found

    def make_way(self, key: str, upload_id: str, *, number: int, sha256: str) -> None:
        """See ObjectStore; here the last PUT stays."""

    def complete_multipart(self, key: str, upload_id: str, parts: Mapping[int, StoredPart]) -> None:
        """See ObjectStore."""
        if not parts or sorted(parts) != list(range(1, len(parts) + 1)):
            raise MultipartIncomplete("parts must be numbered from 1 without gaps")
        try:
            with s3_errors():
                self._client.complete_multipart_upload(
                    Bucket=self._bucket,
                    Key=check_key(key),
                    UploadId=upload_id,
                    MultipartUpload={"Parts": [_completed(number, parts[number]) for number in sorted(parts)]},
                )
        except MultipartMissing:
            if self.size_bytes(key) != sum(part.size_bytes for part in parts.values()):
                raise

    def abort_multipart(self, key: str, upload_id: str) -> None:
        """See ObjectStore."""
        try:
            with s3_errors():
                self._client.abort_multipart_upload(Bucket=self._bucket, Key=check_key(key), UploadId=upload_id)
        except MultipartMissing:
            pass


def _completed(number: int, part: StoredPart) -> "CompletedPartTypeDef":
    if part.sha256 is None:
        return {"PartNumber": number, "ETag": part.etag}
    checksum = base64.b64encode(bytes.fromhex(part.sha256)).decode()
    return {"PartNumber": number, "ETag": part.etag, "ChecksumSHA256": checksum}


def _hex(checksum: str | None) -> str | None:
    return base64.b64decode(checksum).hex() if checksum else None
