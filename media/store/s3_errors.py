"""What botocore raises, turned into the store's own errors."""

from collections.abc import Iterator
from contextlib import contextmanager

from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    HTTPClientError,
    IncompleteReadError,
    ResponseStreamingError,
)
from botocore.exceptions import ConnectionError as NoConnection
from s3transfer.exceptions import RetriesExceededError

from media.store.errors import (
    MultipartIncomplete,
    MultipartMissing,
    ObjectMissing,
    StoreError,
    StoreFull,
    StoreRefused,
    StoreUnavailable,
)

# Codes of "Amazon S3 error responses", and those that other stores add.
_BY_CODE: dict[str, type[StoreError]] = {
    "NoSuchKey": ObjectMissing,
    "404": ObjectMissing,  # a HEAD has no body, so botocore takes the status for the code
    "NotFound": ObjectMissing,
    "NoSuchUpload": MultipartMissing,
    "InvalidPart": MultipartIncomplete,
    "InvalidPartOrder": MultipartIncomplete,
    "EntityTooSmall": MultipartIncomplete,
    "InternalError": StoreUnavailable,
    "OperationAborted": StoreUnavailable,
    "RequestTimeout": StoreUnavailable,
    "ServiceUnavailable": StoreUnavailable,
    "SlowDown": StoreUnavailable,
    "Throttling": StoreUnavailable,
    "ThrottlingException": StoreUnavailable,
    "TooManyRequests": StoreUnavailable,
    "QuotaExceeded": StoreFull,
    "StorageFull": StoreFull,
    "XMinioStorageFull": StoreFull,
    "XMinioAdminBucketQuotaExceeded": StoreFull,
}


@contextmanager
def s3_errors() -> Iterator[None]:
    """Raise the store's own error for whatever botocore raises inside."""
    try:
        yield
    except ClientError as error:
        raise error_for(error) from error
    except (NoConnection, HTTPClientError, IncompleteReadError, ResponseStreamingError, RetriesExceededError) as error:
        raise StoreUnavailable(f"the store did not answer: {type(error).__name__}") from error
    except BotoCoreError as error:  # what was wrong before anything was sent: credentials, parameters
        raise StoreRefused(f"the request could not be made: {error}") from error


def error_for(error: ClientError) -> StoreError:
    """Return the store's own error for an answer of the store."""
    code = error.response.get("Error", {}).get("Code", "")
    status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
    sentence = f"{error.operation_name}: {code or status}"
    if code in _BY_CODE:
        return _BY_CODE[code](sentence)
    if status == 507:
        return StoreFull(sentence)
    if status >= 500 or status == 429:
        return StoreUnavailable(sentence)
    return StoreRefused(sentence)
