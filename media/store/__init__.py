"""Object storage: a protocol, two stores that keep it, and the factory that chooses one by settings."""

from media.store.address import S3Address, check_store_urls, open_store, parse_store_urls
from media.store.fingerprint import Fingerprint, fingerprint, fingerprint_and_head
from media.store.parts import MAX_PARTS, part_count, part_size_for, size_of_part
from media.store.protocol import BegunUpload, Listed, ObjectStore, SignedRequest, StoredPart

__all__ = [
    "MAX_PARTS",
    "BegunUpload",
    "Fingerprint",
    "Listed",
    "ObjectStore",
    "S3Address",
    "SignedRequest",
    "StoredPart",
    "check_store_urls",
    "fingerprint",
    "fingerprint_and_head",
    "open_store",
    "parse_store_urls",
    "part_count",
    "part_size_for",
    "size_of_part",
]
