"""Multipart uploads of the local store: one sparse file, and a marker for each confirmed part.

    <root>/multipart/<upload id>/
        about.json      key and part size, written first
        lock            held shared while a part is being written, alone at completion
        data            the object as it grows; part n lies at (n - 1) * part size
        locks/<n>       held while part n is being written
        parts/<n>       size and SHA-256 of part n, once it is in `data`

A part arrives in a temporary file, is checked there, copied to its offset and flushed; then its
marker appears by a rename. Killed before that, the part counts as missing and is simply sent again.
While the marker is there, nobody writes these bytes again; it goes when something else was promised for a
part that counts for nobody yet. Completion cuts `data` to length, renames
it to the object and removes the folder; killed between the two, a repeat finds the object and only
cleans up. Locks are `flock`, which end with their process, however it dies.
"""

import fcntl
import json
import os
import re
import secrets
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from media.store import files
from media.store.errors import MultipartIncomplete, MultipartMissing, PartConflict, PartMismatch
from media.store.parts import MAX_PARTS
from media.store.protocol import StoredPart

_ID = re.compile(r"[0-9a-f]{32}")


@dataclass(frozen=True)
class MultipartFolder:
    """One multipart upload on the disk."""

    folder: Path
    key: str
    part_size_bytes: int

    @classmethod
    def create(cls, parent: Path, key: str, *, part_size_bytes: int) -> str:
        """Make the folder of a new upload and return the upload's id."""
        upload_id = secrets.token_hex(16)
        draft = parent / f"new-{upload_id}"
        with files.disk_errors():
            (draft / "parts").mkdir(parents=True)
            (draft / "locks").mkdir()
            for name in ("lock", "data"):
                (draft / name).touch(mode=0o640)
            about = {"key": key, "part_size_bytes": part_size_bytes}
            files.write_new_file(draft / "about.json", json.dumps(about).encode())
            files.rename_into_place(draft, parent / upload_id)
        return upload_id

    @classmethod
    def open(cls, parent: Path, upload_id: str, key: str) -> "MultipartFolder":
        """Return the upload. Raises MultipartMissing when there is none with this id and key."""
        if not _ID.fullmatch(upload_id):
            raise MultipartMissing("there is no such upload")
        folder = parent / upload_id
        try:
            with files.disk_errors():
                about = json.loads((folder / "about.json").read_bytes())
        except FileNotFoundError:
            raise MultipartMissing("there is no such upload") from None
        if about["key"] != key:
            raise MultipartMissing("there is no such upload for this key")
        return cls(folder, key, about["part_size_bytes"])

    @classmethod
    def all_below(cls, parent: Path, prefix: str) -> "list[MultipartFolder]":
        """Return the uploads whose keys start with `prefix`."""
        found = []
        for folder in parent.iterdir() if parent.is_dir() else ():
            with suppress(FileNotFoundError), files.disk_errors():  # ended while we look
                about = json.loads((folder / "about.json").read_bytes())
                if about["key"].startswith(prefix):
                    found.append(cls(folder, about["key"], about["part_size_bytes"]))
        return found

    @property
    def begun_at(self) -> datetime | None:
        """Return when it was begun, None for what is no upload any more or not yet one."""
        if not _ID.fullmatch(self.folder.name):
            return None
        try:
            with files.disk_errors():
                return datetime.fromtimestamp((self.folder / "about.json").stat().st_mtime, UTC)
        except FileNotFoundError:
            return None

    def part(self, number: int) -> StoredPart | None:
        """Return the confirmed part, or None."""
        try:
            with files.disk_errors():
                size_text, sha256 = self._marker(number).read_text().split()
        except FileNotFoundError:
            return None
        return StoredPart(size_bytes=int(size_text), etag=sha256, sha256=sha256)

    def parts(self, *, first: int, last: int | None) -> dict[int, StoredPart]:
        """Return the confirmed parts from `first` to `last`, in order of their numbers."""
        try:
            with files.disk_errors():
                present = sorted(int(path.name) for path in (self.folder / "parts").iterdir())
        except FileNotFoundError:
            raise MultipartMissing("there is no such upload") from None
        wanted = [number for number in present if first <= number <= (last or MAX_PARTS)]
        return {number: part for number in wanted if (part := self.part(number)) is not None}

    def add_part(self, number: int, received: Path, *, size_bytes: int, sha256: str) -> None:
        """Copy the checked file `received` to its place and confirm the part.

        The same part again does nothing. Raises PartConflict when it is confirmed with other bytes,
        PartMismatch when it cannot fit, MultipartMissing when the upload ended meanwhile.
        """
        if not 1 <= number <= MAX_PARTS or not 0 < size_bytes <= self.part_size_bytes:
            raise PartMismatch(f"part {number} of {size_bytes} bytes does not fit the upload")
        try:
            with files.disk_errors(), self._lock("lock", fcntl.LOCK_SH), self._lock(f"locks/{number}", fcntl.LOCK_EX):
                confirmed = self.part(number)
                if confirmed is None:
                    self._write(number, received, size_bytes=size_bytes, sha256=sha256)
                elif (confirmed.size_bytes, confirmed.sha256) != (size_bytes, sha256):
                    raise PartConflict(f"part {number} is confirmed with other bytes")
        except FileNotFoundError:
            raise MultipartMissing("the upload has ended") from None

    def make_way(self, number: int, *, sha256: str) -> None:
        """Forget a part that has arrived for the number with other bytes. Raises MultipartMissing."""
        try:
            with files.disk_errors(), self._lock("lock", fcntl.LOCK_SH), self._lock(f"locks/{number}", fcntl.LOCK_EX):
                arrived = self.part(number)
                if arrived is not None and arrived.sha256 != sha256:
                    self._marker(number).unlink()
                    files.flush_folder(self.folder / "parts")
        except FileNotFoundError:
            raise MultipartMissing("the upload has ended") from None

    def _write(self, number: int, received: Path, *, size_bytes: int, sha256: str) -> None:
        data = os.open(self.folder / "data", os.O_WRONLY)
        try:
            files.copy_range(received, data, offset=(number - 1) * self.part_size_bytes)
            os.fsync(data)
        finally:
            os.close(data)
        draft = self.folder / f"marker-{secrets.token_hex(8)}"
        files.write_new_file(draft, f"{size_bytes} {sha256}".encode())
        draft.replace(self._marker(number))
        files.flush_folder(self.folder / "parts")

    def complete(self, target: Path, parts: Mapping[int, StoredPart]) -> None:
        """Make `data` the object at `target` and remove the folder. Raises as `complete_multipart` says."""
        try:
            with files.disk_errors(), self._lock("lock", fcntl.LOCK_EX):
                if (self.folder / "data").exists():  # else killed after the rename: only cleaning is left
                    self._refuse_unlike(parts)
                    total = sum(part.size_bytes for part in parts.values())
                    os.truncate(self.folder / "data", total)
                    files.rename_into_place(self.folder / "data", target)
        except FileNotFoundError:
            raise MultipartMissing("the upload has ended") from None
        self.remove()

    def _refuse_unlike(self, parts: Mapping[int, StoredPart]) -> None:
        if sorted(parts) != list(range(1, len(parts) + 1)) or not parts:
            raise MultipartIncomplete("parts must be numbered from 1 without gaps")
        present = self.parts(first=1, last=len(parts))
        for number, part in parts.items():
            if present.get(number) != part:
                raise MultipartIncomplete(f"part {number} is not there as named")
            if number < len(parts) and part.size_bytes != self.part_size_bytes:
                raise MultipartIncomplete(f"part {number} is not the last and must have {self.part_size_bytes} bytes")

    def remove(self) -> None:
        """Remove the folder. Renamed first, so that no other process meets half of it."""
        gone = self.folder.with_name(f"gone-{secrets.token_hex(16)}")
        try:
            with files.disk_errors():
                self.folder.replace(gone)
        except FileNotFoundError:
            return  # somebody else removed it
        with files.disk_errors():
            shutil.rmtree(gone)

    def _marker(self, number: int) -> Path:
        return self.folder / "parts" / str(number)

    @contextmanager
    def _lock(self, name: str, kind: int) -> Iterator[None]:
        # A lock belongs to this open file: it holds between threads as well as between processes.
        flags = os.O_RDWR if name == "lock" else os.O_RDWR | os.O_CREAT
        descriptor = os.open(self.folder / name, flags, 0o640)
        try:
            fcntl.flock(descriptor, kind)
            if not (self.folder / "about.json").exists():
                raise FileNotFoundError  # ended while we waited
            yield
        finally:
            os.close(descriptor)
