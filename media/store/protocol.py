"""What the product needs from object storage, and what it owes it.

Two implementations keep these promises, and one suite of tests holds both to them: `LocalStore`
(files in a folder, the default) and `S3Store` (anything that speaks S3). Callers name no other.

Duties of a store
    - An object is there whole or not at all: a reader never sees half of one, also when the writer
      was killed in the middle. Writing a key again replaces the object in one step.
    - After a write returned, the object survives a crash of the process and is seen by every reader.
    - Memory stays constant, whatever the size.
    - Deleting what is not there succeeds. So do aborting twice and completing twice.
    - Every failure is a `StoreError`, and says whether trying again can help.

Duties of a caller
    - Keys are made in one module and keep to `media.store.keys`; no key is the folder of another.
    - Calls go over a network: never inside a database transaction, and always in code that may be
      repeated after a crash.
    - A signed URL is a bearer: whoever has it may do this one thing until it expires.
    - A store may ignore what was signed about a body. What came in counts only after it was read
      back (`fingerprint`), or after it was compared with the store's own list of parts.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Protocol


@dataclass(frozen=True)
class SignedRequest:
    """One HTTP request that the holder may send until `expires_at` (aware, UTC).

    `headers` are those the client must set itself. Content-Length is signed, too, but follows from
    the body, and browsers forbid setting it.
    """

    url: str
    method: str
    headers: Mapping[str, str]
    expires_at: datetime


@dataclass(frozen=True)
class StoredPart:
    """A part of a multipart upload as the store has it.

    `sha256` is lower-case hex, or None where the store keeps none. `etag` is opaque and handed back
    at completion.
    """

    size_bytes: int
    etag: str
    sha256: str | None


@dataclass(frozen=True)
class Listed:
    """An object as a listing shows it. `changed_at` (aware, UTC) is when it was written, by the store's clock."""

    key: str
    size_bytes: int
    changed_at: datetime


@dataclass(frozen=True)
class BegunUpload:
    """A multipart upload that has not ended. `begun_at` (aware, UTC) is by the store's clock."""

    key: str
    upload_id: str
    begun_at: datetime


class ObjectStore(Protocol):
    """Objects under keys; see the module's text for the duties of both sides."""

    def put_file(self, path: Path, key: str, *, content_type: str) -> None:
        """Store the file at `path` as `key`, replacing what was there."""
        ...

    def put_bytes(self, data: bytes, key: str, *, content_type: str) -> None:
        """Store `data` as `key`, replacing what was there. For what fits in memory anyway."""
        ...

    def get_file(self, key: str, path: Path) -> None:
        """Write the object to `path`, in an existing folder; `path` appears only when whole.

        Raises ObjectMissing.
        """
        ...

    def iter_bytes(self, key: str, *, start: int = 0, size_bytes: int | None = None) -> Iterator[bytes]:
        """Yield the object's bytes from `start`, at most `size_bytes` of them, in pieces of up to 1 MiB.

        Nothing when `start` lies at or behind the end. Raises ObjectMissing at the first piece.
        """
        ...

    def size_bytes(self, key: str) -> int | None:
        """Return the object's size, or None when there is none."""
        ...

    def delete(self, keys: Iterable[str]) -> None:
        """Delete the objects; keys without an object are passed over."""
        ...

    def delete_prefix(self, prefix: str) -> int:
        """Delete every object below `prefix` (which ends with "/") and return how many there were.

        Multipart uploads that were begun below it are dropped too; they count for nothing.
        """
        ...

    def list(self, prefix: str) -> Iterator[tuple[str, int]]:
        """Yield key and size of every object below `prefix` (which ends with "/"), in no promised order."""
        ...

    def survey(self, prefix: str) -> Iterator[Listed]:
        """Yield every object below `prefix` as `list` does, with the time of its writing."""
        ...

    def folders(self, prefix: str) -> Iterator[str]:
        """Yield each prefix one level below `prefix`, with a "/" at its end; it may hold no object any more."""
        ...

    def multiparts(self, prefix: str) -> Iterator[BegunUpload]:
        """Yield the multipart uploads that were begun below `prefix` and have not ended."""
        ...

    def presigned_get(
        self, key: str, *, expires_in_s: int, content_type: str | None = None, download_name: str | None = None
    ) -> str:
        """Return a URL that answers GET of the object and of byte ranges in it.

        `content_type` replaces the stored one; with `download_name` a browser saves instead of
        showing. Whether the object exists is not looked up.
        """
        ...

    def presigned_put(self, key: str, *, size_bytes: int, sha256: str, expires_in_s: int) -> SignedRequest:
        """Return a request that stores exactly the promised bytes as `key`. `sha256` in lower-case hex."""
        ...

    def create_multipart(self, key: str, *, content_type: str, part_size_bytes: int) -> str:
        """Begin an object that arrives in parts and return the multipart upload's id.

        Every part but the last must have `part_size_bytes`. Two calls begin two uploads; who loses
        aborts his.
        """
        ...

    def presigned_part(
        self, key: str, upload_id: str, *, number: int, size_bytes: int, sha256: str, expires_in_s: int
    ) -> SignedRequest:
        """Return a request that stores exactly the promised bytes as part `number` (1 to 10,000)."""
        ...

    def list_parts(self, key: str, upload_id: str, *, first: int = 1, last: int | None = None) -> dict[int, StoredPart]:
        """Return the stored parts from number `first` to `last`, by number. Raises MultipartMissing."""
        ...

    def make_way(self, key: str, upload_id: str, *, number: int, sha256: str) -> None:
        """Let the part with these bytes be taken for `number`, whatever else has arrived there.

        For a number that nobody counts on. Stores whose last PUT stays do nothing. Raises MultipartMissing.
        """
        ...

    def complete_multipart(self, key: str, upload_id: str, parts: Mapping[int, StoredPart]) -> None:
        """Make the object of `parts` (numbers 1 to n without gaps, as `list_parts` returned them).

        A repeat after success does nothing: an object of the same size is there. Raises
        MultipartMissing when neither the upload nor such an object exists, MultipartIncomplete when
        a part is missing or is not as named.
        """
        ...

    def abort_multipart(self, key: str, upload_id: str) -> None:
        """Forget the upload and its parts. Harmless when it is completed or gone."""
        ...
