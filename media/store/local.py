"""Objects as files below one folder: the store of an installation that has no other.

    <root>/objects/<key>        the objects, each whole
    <root>/incoming/<random>    what is being written; left behind only by a kill (`remove_leftovers`)
    <root>/multipart/<id>/      uploads in parts, see `media.store.local_multipart`

Browsers reach it on the product's own origin: a signed URL is the address of a view and a token
(`media.store.tokens`), and the view reads the token with `read_token`, then answers from `path_of`
or hands the body to `receive`. Needs a POSIX file system with rename and `flock`; all processes
that serve one installation must see the same folder.

An object's type is not stored: it follows from the ending of its key, or from the signed URL.
"""

import os
import re
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath
from typing import BinaryIO

from media.store import files
from media.store.errors import MultipartMissing, ObjectMissing, PartMismatch
from media.store.keys import check_key, check_prefix
from media.store.local_multipart import MultipartFolder
from media.store.protocol import BegunUpload, Listed, SignedRequest, StoredPart
from media.store.tokens import Grant, Signer

# What we answer with for keys that we make ourselves.
CONTENT_TYPES = {
    ".jpg": "image/jpeg",
    ".json": "application/json",
    ".m3u8": "application/vnd.apple.mpegurl",
    ".m4a": "audio/mp4",
    ".m4s": "video/iso.segment",
    ".mp4": "video/mp4",
    ".png": "image/png",
    ".vtt": "text/vtt",
    ".webm": "video/webm",
    ".webp": "image/webp",
}
UNKNOWN_TYPE = "application/octet-stream"
_INERT_TYPE = re.compile(
    r"(?:video|audio)/[A-Za-z0-9.+-]+(?:; ?codecs=[^\r\n]*)?|image/(?:jpeg|png|webp)"
    r"|text/vtt|application/(?:json|vnd\.apple\.mpegurl|octet-stream)"
)


class LocalStore:
    """An ObjectStore in a folder. Safe to use from many processes and threads at once."""

    def __init__(self, root: Path, *, secret: str, url_prefix: str) -> None:
        """`url_prefix` stands before each token, with a "/" at its end. Makes nothing on the disk yet."""
        self._objects = root / "objects"
        self._incoming = root / "incoming"
        self._multipart = root / "multipart"
        self._signer = Signer(secret)
        self._url_prefix = url_prefix

    # --- objects ---------------------------------------------------------------------------------

    def put_file(self, path: Path, key: str, *, content_type: str) -> None:
        """See ObjectStore."""
        target = self._path(key)
        with files.temporary_file(self._incoming) as draft, files.disk_errors():
            with path.open("rb") as reader:
                files.copy_to_new_file(reader, draft)
            files.rename_into_place(draft, target)

    def put_bytes(self, data: bytes, key: str, *, content_type: str) -> None:
        """See ObjectStore."""
        target = self._path(key)
        with files.temporary_file(self._incoming) as draft, files.disk_errors():
            files.write_new_file(draft, data)
            files.rename_into_place(draft, target)

    def get_file(self, key: str, path: Path) -> None:
        """See ObjectStore."""
        with files.temporary_file(path.parent) as draft, files.disk_errors():
            with self._open(key) as reader:
                files.copy_to_new_file(reader, draft)
            draft.replace(path)

    def iter_bytes(self, key: str, *, start: int = 0, size_bytes: int | None = None) -> Iterator[bytes]:
        """See ObjectStore."""
        with files.disk_errors(), self._open(key) as reader:
            reader.seek(start)
            remaining = size_bytes
            while remaining is None or remaining > 0:
                piece = reader.read(files.PIECE_BYTES if remaining is None else min(files.PIECE_BYTES, remaining))
                if not piece:
                    return
                if remaining is not None:
                    remaining -= len(piece)
                yield piece

    def size_bytes(self, key: str) -> int | None:
        """See ObjectStore."""
        try:
            return self.path_of(key).stat().st_size
        except (ObjectMissing, FileNotFoundError):
            return None

    def delete(self, keys: Iterable[str]) -> None:
        """See ObjectStore."""
        for key in keys:
            self._remove(self._path(key))

    def delete_prefix(self, prefix: str) -> int:
        """See ObjectStore."""
        for begun in MultipartFolder.all_below(self._multipart, check_prefix(prefix)):
            begun.remove()
        return sum(self._remove(self._objects / key) for key, _ in self.list(prefix))

    def list(self, prefix: str) -> Iterator[tuple[str, int]]:
        """See ObjectStore."""
        return ((listed.key, listed.size_bytes) for listed in self.survey(prefix))

    def survey(self, prefix: str) -> Iterator[Listed]:
        """See ObjectStore."""
        for folder, _, names in os.walk(self._objects / check_prefix(prefix), onerror=_raise_unless_gone):
            for name in names:
                path = Path(folder, name)
                try:
                    with files.disk_errors():
                        state = path.stat()
                except FileNotFoundError:
                    continue  # deleted while we walk
                key = path.relative_to(self._objects).as_posix()
                yield Listed(key, state.st_size, datetime.fromtimestamp(state.st_mtime, UTC))

    def folders(self, prefix: str) -> Iterator[str]:
        """See ObjectStore."""
        try:
            with files.disk_errors():
                entries = sorted((self._objects / check_prefix(prefix)).iterdir())
        except FileNotFoundError:
            return
        for entry in entries:
            if entry.is_dir():
                yield f"{prefix}{entry.name}/"

    def multiparts(self, prefix: str) -> Iterator[BegunUpload]:
        """See ObjectStore."""
        for begun in MultipartFolder.all_below(self._multipart, check_prefix(prefix)):
            if (begun_at := begun.begun_at) is not None:
                yield BegunUpload(begun.key, begun.folder.name, begun_at)

    def _remove(self, path: Path) -> bool:
        try:
            with files.disk_errors():
                path.unlink()
        except (FileNotFoundError, NotADirectoryError):
            return False
        files.remove_empty_folders(path.parent, up_to=self._objects)
        return True

    def _path(self, key: str) -> Path:
        return self._objects / check_key(key)

    def _open(self, key: str) -> BinaryIO:
        try:
            return self._path(key).open("rb")
        except (FileNotFoundError, IsADirectoryError, NotADirectoryError):
            raise ObjectMissing(f"there is no object {key}") from None

    def path_of(self, key: str) -> Path:
        """Return the file that holds the object, for a web server to send. Raises ObjectMissing."""
        path = self._path(key)
        if not path.is_file():
            raise ObjectMissing(f"there is no object {key}")
        return path

    # --- signed requests -------------------------------------------------------------------------

    def presigned_get(
        self, key: str, *, expires_in_s: int, content_type: str | None = None, download_name: str | None = None
    ) -> str:
        """See ObjectStore."""
        return self._sign(
            Grant("GET", check_key(key), _expiry(expires_in_s), content_type=content_type, download_name=download_name)
        ).url

    def presigned_put(self, key: str, *, size_bytes: int, sha256: str, expires_in_s: int) -> SignedRequest:
        """See ObjectStore."""
        return self._sign(Grant("PUT", check_key(key), _expiry(expires_in_s), size_bytes, sha256))

    def presigned_part(
        self, key: str, upload_id: str, *, number: int, size_bytes: int, sha256: str, expires_in_s: int
    ) -> SignedRequest:
        """See ObjectStore."""
        return self._sign(Grant("PUT", check_key(key), _expiry(expires_in_s), size_bytes, sha256, upload_id, number))

    def _sign(self, grant: Grant) -> SignedRequest:
        return SignedRequest(
            url=self._url_prefix + self._signer.token_for(grant),
            method=grant.method,
            headers={},
            expires_at=datetime.fromtimestamp(grant.expires_at, UTC),
        )

    def read_token(self, token: str, now: datetime) -> Grant:
        """Return what `token` lets its holder do. Raises BadToken or TokenExpired."""
        return self._signer.read(token, now)

    @staticmethod
    def type_of(grant: Grant) -> str:
        """Return the type to answer a GET with: the signed one, else by the key's ending.

        Only types that no browser runs as a page: we answer on the product's own origin, and a
        signed type may come from whoever uploaded.
        """
        wanted = grant.content_type or CONTENT_TYPES.get(PurePosixPath(grant.key).suffix, UNKNOWN_TYPE)
        return wanted if _INERT_TYPE.fullmatch(wanted) else UNKNOWN_TYPE

    def receive(self, grant: Grant, body: files.Body) -> None:
        """Store the body of a PUT as its grant promises, in constant memory; the same again is harmless.

        Reads at most the promised number of bytes: the caller compares the request's own length
        first. Raises PartMismatch, PartConflict, MultipartMissing, and what reading the body raises.
        """
        if grant.method != "PUT" or grant.size_bytes is None or grant.sha256 is None:
            raise PartMismatch("this address promises no bytes")
        with files.temporary_file(self._incoming) as draft:
            if grant.upload_id is None or grant.number is None:
                target = self._path(grant.key)
                files.receive(body, draft, size_bytes=grant.size_bytes, sha256=grant.sha256)
                with files.disk_errors():
                    files.rename_into_place(draft, target)
            else:
                upload = self._open_multipart(grant.key, grant.upload_id)
                files.receive(body, draft, size_bytes=grant.size_bytes, sha256=grant.sha256)
                upload.add_part(grant.number, draft, size_bytes=grant.size_bytes, sha256=grant.sha256)

    # --- multipart -------------------------------------------------------------------------------

    def create_multipart(self, key: str, *, content_type: str, part_size_bytes: int) -> str:
        """See ObjectStore."""
        return MultipartFolder.create(self._multipart, check_key(key), part_size_bytes=part_size_bytes)

    def list_parts(self, key: str, upload_id: str, *, first: int = 1, last: int | None = None) -> dict[int, StoredPart]:
        """See ObjectStore."""
        return self._open_multipart(key, upload_id).parts(first=first, last=last)

    def make_way(self, key: str, upload_id: str, *, number: int, sha256: str) -> None:
        """See ObjectStore."""
        self._open_multipart(key, upload_id).make_way(number, sha256=sha256)

    def complete_multipart(self, key: str, upload_id: str, parts: Mapping[int, StoredPart]) -> None:
        """See ObjectStore."""
        try:
            self._open_multipart(key, upload_id).complete(self._path(key), parts)
        except MultipartMissing:
            if not parts or self.size_bytes(key) != sum(part.size_bytes for part in parts.values()):
                raise

    def abort_multipart(self, key: str, upload_id: str) -> None:
        """See ObjectStore."""
        with suppress(MultipartMissing):
            self._open_multipart(key, upload_id).remove()

    def _open_multipart(self, key: str, upload_id: str) -> MultipartFolder:
        return MultipartFolder.open(self._multipart, upload_id, check_key(key))

    # --- what a kill leaves behind ---------------------------------------------------------------

    def remove_leftovers(self, *, older_than_s: int) -> int:
        """Remove temporary files and half-removed uploads that nobody touched for so long; return how many."""
        newest_allowed = time.time() - older_than_s
        candidates = [*self._incoming.glob("*"), *self._multipart.glob("new-*"), *self._multipart.glob("gone-*")]
        return sum(files.remove_if_older(path, newest_allowed) for path in candidates)


def _raise_unless_gone(error: OSError) -> None:
    """Tell what os.walk would pass over: a folder that cannot be read is not an empty one."""
    if not isinstance(error, FileNotFoundError):
        with files.disk_errors():
            raise error


def _expiry(expires_in_s: int) -> int:
    return int(time.time()) + expires_in_s
