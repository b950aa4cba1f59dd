"""Makes an S3 bucket ready for the product: it exists, and browsers of the product's origin may use it.

Called once before a new version starts, never by a request. Where the key may not do this, as is usual on AWS,
the operator has done it by hand; what was refused is told instead of raised.
"""

from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from media.store.address import S3Address
from media.store.s3 import S3Store
from media.store.s3_errors import s3_errors

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_s3.type_defs import CORSRuleTypeDef

MAX_AGE_S = 3600  # how long a browser may remember the answer to a preflight


def prepare_bucket(address: S3Address, *, origin: str) -> list[str]:
    """Make the bucket if it is missing and let `origin` read and PUT; return what was refused, in sentences.

    `origin` is scheme and host, like `https://video.example.com`. Raises StoreUnavailable when the store does
    not answer, StoreRefused for a wrong key.
    """
    client = S3Store(address)._client
    with s3_errors():
        if not _exists(client, address.bucket):
            try:
                client.create_bucket(Bucket=address.bucket)
            except ClientError as error:
                return [f"There is no bucket {address.bucket}, and it cannot be made ({_code(error)})."]
        try:
            client.put_bucket_cors(Bucket=address.bucket, CORSConfiguration={"CORSRules": [cors_rule(origin)]})
        except ClientError as error:
            return [f"The CORS rule for {origin} cannot be set ({_code(error)}): media/store/s3.py says what it is."]
    return []


def cors_rule(origin: str) -> "CORSRuleTypeDef":
    """Return the rule that lets pages of `origin` PUT parts and play from the bucket, and no other site."""
    return {
        "AllowedOrigins": [origin],
        "AllowedMethods": ["GET", "HEAD", "PUT"],
        "AllowedHeaders": ["content-type", "range", "x-amz-checksum-sha256"],
        "ExposeHeaders": ["content-length", "content-range", "etag"],
        "MaxAgeSeconds": MAX_AGE_S,
    }


def _exists(client: "S3Client", bucket: str) -> bool:
    """Return whether the bucket is there; raises ClientError where the store will not say."""
    try:
        client.head_bucket(Bucket=bucket)
    except ClientError as error:
        if _code(error) in {"404", "NoSuchBucket"}:
            return False
        raise
    return True


def _code(error: ClientError) -> str:
    return error.response.get("Error", {}).get("Code", "refused")
