"""Writing files so that a crash at any instant leaves the old state or the new one, never half of it.

Everything is written under a temporary name, flushed to the disk, and then renamed.
"""

import errno
import hashlib
import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO, Protocol

from media.store.errors import PartMismatch, StoreFull, StoreRefused, StoreUnavailable

PIECE_BYTES = 1024 * 1024
# A folder that becomes empty may be removed between our mkdir and our rename, some microseconds later.
# Each try makes it anew; of 12,000 writes beside three other writers and cleaners none needed more than five.
_RENAME_TRIES = 100


class Body(Protocol):
    """What a request's body can do."""

    def read(self, size: int, /) -> bytes:
        """Return up to `size` bytes, and b"" at the end."""
        ...


@contextmanager
def disk_errors() -> Iterator[None]:
    """Turn what the operating system says about the disk into the store's own errors.

    FileNotFoundError passes: what is missing has a meaning that only the caller knows.
    """
    try:
        yield
    except FileNotFoundError:
        raise
    except OSError as error:
        if error.errno in {errno.ENOSPC, errno.EDQUOT}:
            raise StoreFull("no space left for objects") from error
        if error.errno in {errno.EACCES, errno.EPERM, errno.EROFS}:
            raise StoreRefused(f"the store's folder cannot be used: {error.strerror}") from error
        raise StoreUnavailable(f"the disk failed: {error.strerror}") from error


@contextmanager
def temporary_file(folder: Path) -> Iterator[Path]:
    """Yield a fresh path in `folder`, which is made; what still lies there at the end is removed."""
    with disk_errors():
        folder.mkdir(parents=True, exist_ok=True)
    path = folder / secrets.token_hex(16)
    try:
        yield path
    finally:
        with suppress(FileNotFoundError):
            path.unlink()


def receive(body: Body, path: Path, *, size_bytes: int, sha256: str) -> None:
    """Write `body` to the new file `path`, piece by piece, and flush it to the disk.

    Raises PartMismatch when there are fewer or more than `size_bytes`, or when their SHA-256 is
    another. What reading the body raises passes through.
    """
    digest = hashlib.sha256()
    remaining = size_bytes
    with disk_errors():
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o640)
    try:
        while remaining:
            piece = body.read(min(PIECE_BYTES, remaining))
            if not piece:
                raise PartMismatch(f"{remaining} of {size_bytes} bytes did not arrive")
            remaining -= len(piece)
            digest.update(piece)
            with disk_errors():
                write_all(descriptor, piece)
        if digest.hexdigest() != sha256:
            raise PartMismatch("the SHA-256 of the bytes is not the promised one")
        with disk_errors():
            os.fsync(descriptor)
    finally:
        os.close(descriptor)


def write_all(descriptor: int, data: bytes) -> None:
    """Write all of `data`; one write may take only a part of it."""
    view = memoryview(data)
    while view:
        view = view[os.write(descriptor, view) :]


def copy_to_new_file(reader: BinaryIO, path: Path) -> None:
    """Copy what `reader` has left to the new file `path` and flush it to the disk."""
    with path.open("xb") as writer:
        shutil.copyfileobj(reader, writer, PIECE_BYTES)
        writer.flush()
        os.fsync(writer.fileno())


def write_new_file(path: Path, data: bytes) -> None:
    """Write `data` to the new file `path` and flush it to the disk."""
    with path.open("xb") as writer:
        writer.write(data)
        writer.flush()
        os.fsync(writer.fileno())


def copy_range(source: Path, target: int, *, offset: int) -> None:
    """Copy the whole file `source` into the open file `target` at `offset`.

    Inside the kernel where the file system can (some then share the blocks), else piece by piece.
    """
    with source.open("rb") as reader:
        remaining = os.fstat(reader.fileno()).st_size
        position = 0
        while position < remaining:
            try:
                copied = os.copy_file_range(
                    reader.fileno(), target, remaining - position, offset_src=position, offset_dst=offset + position
                )
            except OSError as error:
                if error.errno not in {errno.ENOSYS, errno.EXDEV, errno.EINVAL, errno.EOPNOTSUPP}:
                    raise
                copied = 0
            if not copied:  # not possible here, or (on some network file systems) silently nothing
                piece = os.pread(reader.fileno(), PIECE_BYTES, position)
                if not piece:
                    raise OSError(errno.EIO, "the file became shorter while it was copied")
                copied = os.pwrite(target, piece, offset + position)
            position += copied


def rename_into_place(source: Path, target: Path) -> None:
    """Rename `source` to `target`, replacing it, with folders made and everything flushed to the disk.

    Raises FileNotFoundError when `source` does not exist.
    """
    changed = {target.parent}
    for attempt in range(_RENAME_TRIES):
        try:
            changed |= _make_folders(target.parent)
            source.replace(target)
            break
        except FileNotFoundError:
            # Either the source is gone, or a cleaner took the empty folder in between.
            if not source.exists() or attempt == _RENAME_TRIES - 1:
                raise
    for folder in changed:
        flush_folder(folder)


def _make_folders(folder: Path) -> set[Path]:
    """Make `folder` and its parents where missing; return the folders that got a new entry."""
    if folder.is_dir():
        return set()
    changed = _make_folders(folder.parent)
    with suppress(FileExistsError):  # made, or made and removed again, by somebody else
        folder.mkdir()
    return changed | {folder.parent}


def flush_folder(folder: Path) -> None:
    """Flush a folder's entries to the disk, so that a rename in it survives a power cut."""
    with suppress(FileNotFoundError):  # emptied and removed since: nothing left to keep
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def remove_empty_folders(folder: Path, *, up_to: Path) -> None:
    """Remove `folder` and its parents while they are empty, never `up_to` itself."""
    while folder != up_to and up_to in folder.parents:
        try:
            folder.rmdir()
        except FileNotFoundError:
            pass
        except OSError:  # not empty: somebody needs it
            return
        folder = folder.parent


def remove_if_older(path: Path, newest_allowed: float) -> bool:
    """Remove the file or folder at `path` when it was last changed before `newest_allowed` (epoch seconds)."""
    with disk_errors(), suppress(FileNotFoundError):
        if path.stat().st_mtime < newest_allowed:
            if path.is_dir():
                shutil.rmtree(path, ignore_errors=True)
            else:
                path.unlink()
            return True
    return False
