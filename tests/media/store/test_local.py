"""What the local store does beyond the contract: files, confirmed parts, kills."""

import errno
import os
import signal
import subprocess
import sys
import threading
import tracemalloc
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from media.store import SignedRequest, StoredPart, files, fingerprint
from media.store.errors import (
    MultipartIncomplete,
    MultipartMissing,
    ObjectMissing,
    PartConflict,
    PartMismatch,
    StoreFull,
    StoreRefused,
    StoreUnavailable,
)
from media.store.local import LocalStore
from tests.media.store.requests_to_store import sha256_of

MIB = 1024 * 1024
KEY = "videos/a/source.mp4"


class Bytes:
    """A request's body that counts what was read of it."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.taken = 0

    def read(self, size: int, /) -> bytes:
        piece = self.data[self.taken : self.taken + size]
        self.taken += len(piece)
        return piece


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "store"


@pytest.fixture
def store(root: Path) -> LocalStore:
    return LocalStore(root, secret="s" * 32, url_prefix="/store/")


def receive(store: LocalStore, request: SignedRequest, data: bytes) -> None:
    grant = store.read_token(request.url.removeprefix("/store/"), datetime.now(UTC))
    store.receive(grant, Bytes(data))


def sign_part(store: LocalStore, upload_id: str, number: int, data: bytes) -> SignedRequest:
    return store.presigned_part(
        KEY, upload_id, number=number, size_bytes=len(data), sha256=sha256_of(data), expires_in_s=60
    )


def send_part(store: LocalStore, upload_id: str, number: int, data: bytes) -> None:
    receive(store, sign_part(store, upload_id, number, data), data)


def begin(store: LocalStore, part_size_bytes: int = 4) -> str:
    return store.create_multipart(KEY, content_type="video/mp4", part_size_bytes=part_size_bytes)


def files_in(root: Path) -> list[str]:
    return sorted(path.relative_to(root).as_posix() for path in root.rglob("*") if path.is_file())


# --- objects -------------------------------------------------------------------------------------


def test_objects_are_files_under_their_keys_and_nothing_else_is_left(store: LocalStore, root: Path) -> None:
    store.put_bytes(b"x", "a/b/c", content_type="video/mp4")
    receive(store, store.presigned_put("a/d", size_bytes=1, sha256=sha256_of(b"y"), expires_in_s=60), b"y")
    assert files_in(root) == ["objects/a/b/c", "objects/a/d"]


def test_folders_go_with_their_last_object(store: LocalStore, root: Path) -> None:
    store.put_bytes(b"x", "a/b/c", content_type="video/mp4")
    store.put_bytes(b"x", "a/d", content_type="video/mp4")
    store.delete(["a/b/c"])
    assert not (root / "objects/a/b").exists()
    store.delete_prefix("a/")
    assert list((root / "objects").iterdir()) == []


def test_a_refused_body_leaves_no_file(store: LocalStore, root: Path) -> None:
    request = store.presigned_put("a/b", size_bytes=4, sha256=sha256_of(b"good"), expires_in_s=60)
    for sent in (b"evil", b"goo", b""):
        with pytest.raises(PartMismatch):
            receive(store, request, sent)
    assert files_in(root) == []


def test_a_body_that_breaks_off_leaves_no_file(store: LocalStore, root: Path) -> None:
    class Broken:
        def read(self, size: int, /) -> bytes:
            raise ConnectionResetError

    request = store.presigned_put("a/b", size_bytes=4, sha256=sha256_of(b"good"), expires_in_s=60)
    grant = store.read_token(request.url.removeprefix("/store/"), datetime.now(UTC))
    with pytest.raises(ConnectionResetError):
        store.receive(grant, Broken())
    assert files_in(root) == []


def test_no_more_is_read_than_was_promised(store: LocalStore) -> None:
    request = store.presigned_put("a/b", size_bytes=4, sha256=sha256_of(b"good"), expires_in_s=60)
    body = Bytes(b"good and the next request on this connection")
    store.receive(store.read_token(request.url.removeprefix("/store/"), datetime.now(UTC)), body)
    assert body.taken == 4


def test_a_token_to_read_does_not_write(store: LocalStore) -> None:
    token = store.presigned_get("a/b", expires_in_s=60).removeprefix("/store/")
    with pytest.raises(PartMismatch):
        store.receive(store.read_token(token, datetime.now(UTC)), Bytes(b""))


def test_memory_does_not_grow_with_the_object(store: LocalStore, tmp_path: Path) -> None:
    class Zeros:
        remaining = 64 * MIB

        def read(self, size: int, /) -> bytes:
            taken = min(size, self.remaining)
            self.remaining -= taken
            return bytes(taken)

    sha256 = sha256_of(bytes(64 * MIB))
    upload_id = begin(store, part_size_bytes=64 * MIB)
    whole = store.presigned_put("a/b", size_bytes=64 * MIB, sha256=sha256, expires_in_s=60)
    part = store.presigned_part(KEY, upload_id, number=1, size_bytes=64 * MIB, sha256=sha256, expires_in_s=60)
    tracemalloc.start()
    for request in (whole, part):
        store.receive(store.read_token(request.url.removeprefix("/store/"), datetime.now(UTC)), Zeros())
    assert fingerprint(store, "a/b").sha256 == sha256
    store.get_file("a/b", tmp_path / "copy")
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 8 * MIB


@pytest.mark.parametrize(
    ("error_number", "expected"),
    [("ENOSPC", StoreFull), ("EDQUOT", StoreFull), ("EACCES", StoreRefused), ("EIO", StoreUnavailable)],
)
def test_what_the_disk_says_becomes_the_stores_word(
    store: LocalStore, root: Path, monkeypatch: pytest.MonkeyPatch, error_number: str, expected: type[Exception]
) -> None:
    def fail(*_: object) -> None:
        raise OSError(getattr(errno, error_number), "no")

    request = store.presigned_put("a/b", size_bytes=4, sha256=sha256_of(b"good"), expires_in_s=60)
    monkeypatch.setattr("media.store.files.os.write", fail)
    with pytest.raises(expected):
        receive(store, request, b"good")
    assert files_in(root) == []


def test_deleting_beside_putting_loses_no_object(store: LocalStore) -> None:
    """A cleaner that removes the empty folder between mkdir and rename must not fail the writer."""
    stop = threading.Event()
    failures: list[BaseException] = []

    def put_and_delete(name: str) -> None:
        try:
            while not stop.is_set():
                store.put_bytes(b"x", f"a/b/{name}", content_type="video/mp4")
                assert store.size_bytes(f"a/b/{name}") == 1
                store.delete([f"a/b/{name}"])
        except BaseException as error:
            failures.append(error)
            raise

    threads = [threading.Thread(target=put_and_delete, args=(name,)) for name in "xyz"]
    for thread in threads:
        thread.start()
    for number in range(300):
        store.put_bytes(b"y", f"a/b/main-{number % 3}", content_type="video/mp4")
        store.delete([f"a/b/main-{number % 3}"])
    stop.set()
    for thread in threads:
        thread.join()
    assert failures == []


@pytest.mark.parametrize(
    ("key", "signed_type", "expected"),
    [
        ("a/b.mp4", None, "video/mp4"),
        ("a/b.m3u8", None, "application/vnd.apple.mpegurl"),
        ("a/b", None, "application/octet-stream"),
        ("a/b.html", None, "application/octet-stream"),
        ("a/b", "video/webm; codecs=vp9", "video/webm; codecs=vp9"),
        ("a/b", "text/html", "application/octet-stream"),
        ("a/b", "image/svg+xml", "application/octet-stream"),
        ("a/b", "application/xhtml+xml", "application/octet-stream"),
        ("a/b", "video/mp4\r\nX: y", "application/octet-stream"),
    ],
)
def test_no_type_is_answered_that_a_browser_would_run(
    store: LocalStore, key: str, signed_type: str | None, expected: str
) -> None:
    token = store.presigned_get(key, expires_in_s=60, content_type=signed_type).removeprefix("/store/")
    assert store.type_of(store.read_token(token, datetime.now(UTC))) == expected


def test_a_web_server_is_given_the_file_of_an_object(store: LocalStore, root: Path) -> None:
    store.put_bytes(b"x", "a/b", content_type="video/mp4")
    assert store.path_of("a/b") == root / "objects/a/b"
    for missing in ("a", "a/c", "a/b/c"):
        with pytest.raises(ObjectMissing):
            store.path_of(missing)


# --- parts ---------------------------------------------------------------------------------------


def test_a_confirmed_part_is_never_written_again(store: LocalStore) -> None:
    upload_id = begin(store)
    first, second = sign_part(store, upload_id, 1, b"good"), sign_part(store, upload_id, 1, b"evil")
    receive(store, first, b"good")
    with pytest.raises(PartConflict):
        receive(store, second, b"evil")
    receive(store, first, b"good")
    assert store.list_parts(KEY, upload_id) == {1: StoredPart(4, sha256_of(b"good"), sha256_of(b"good"))}
    store.complete_multipart(KEY, upload_id, store.list_parts(KEY, upload_id))
    assert b"".join(store.iter_bytes(KEY)) == b"good"


def test_two_different_promises_for_a_part_at_once_leave_one_of_them_whole(store: LocalStore) -> None:
    size = 2 * MIB
    for _ in range(5):
        upload_id = begin(store, part_size_bytes=size)
        outcomes: list[str] = []

        def send(data: bytes, upload_id: str = upload_id, outcomes: list[str] = outcomes) -> None:
            try:
                send_part(store, upload_id, 1, data)
                outcomes.append("stored")
            except PartConflict:
                outcomes.append("conflict")

        threads = [threading.Thread(target=send, args=(letter * size,)) for letter in (b"a", b"b", b"c")]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sorted(outcomes) == ["conflict", "conflict", "stored"]
        parts = store.list_parts(KEY, upload_id)
        store.complete_multipart(KEY, upload_id, parts)
        assert fingerprint(store, KEY).sha256 == parts[1].sha256


@pytest.mark.parametrize(
    ("number", "size", "fits"),
    [(1, 4, True), (1, 5, False), (1, 0, False), (0, 4, False), (10_000, 4, True), (10_001, 4, False)],
)
def test_a_part_that_cannot_lie_in_the_file_is_refused(store: LocalStore, number: int, size: int, fits: bool) -> None:
    upload_id = begin(store)
    if fits:
        send_part(store, upload_id, number, b"x" * size)
    else:
        with pytest.raises(PartMismatch):
            send_part(store, upload_id, number, b"x" * size)
    assert list(store.list_parts(KEY, upload_id)) == ([number] if fits else [])


def test_a_short_part_in_the_middle_cannot_be_completed(store: LocalStore) -> None:
    upload_id = begin(store)
    send_part(store, upload_id, 1, b"abc")
    send_part(store, upload_id, 2, b"defg")
    with pytest.raises(MultipartIncomplete):
        store.complete_multipart(KEY, upload_id, store.list_parts(KEY, upload_id))


def test_completion_leaves_the_object_alone(store: LocalStore, root: Path) -> None:
    upload_id = begin(store)
    send_part(store, upload_id, 1, b"abcd")
    send_part(store, upload_id, 2, b"ef")
    store.complete_multipart(KEY, upload_id, store.list_parts(KEY, upload_id))
    assert files_in(root) == [f"objects/{KEY}"]
    assert list((root / "multipart").iterdir()) == []


def test_an_upload_belongs_to_its_key(store: LocalStore) -> None:
    upload_id = begin(store)
    with pytest.raises(MultipartMissing):
        store.list_parts("videos/b/source.mp4", upload_id)


@pytest.mark.parametrize("upload_id", ["", "..", "../..", "0" * 31, "0" * 33, "G" * 32, "0" * 32 + "\n"])
def test_an_id_that_is_none_leads_nowhere(store: LocalStore, upload_id: str) -> None:
    with pytest.raises(MultipartMissing):
        store.list_parts(KEY, upload_id)


def test_completion_after_a_kill_between_rename_and_cleaning_only_cleans(store: LocalStore, root: Path) -> None:
    upload_id = begin(store)
    send_part(store, upload_id, 1, b"abcd")
    parts = store.list_parts(KEY, upload_id)
    (root / "objects" / KEY).parent.mkdir(parents=True)
    (root / "multipart" / upload_id / "data").rename(root / "objects" / KEY)
    store.complete_multipart(KEY, upload_id, parts)
    assert files_in(root) == [f"objects/{KEY}"]


def test_what_a_kill_left_behind_is_removed_after_a_while_and_nothing_else(store: LocalStore, root: Path) -> None:
    upload_id = begin(store)
    send_part(store, upload_id, 1, b"abcd")
    store.put_bytes(b"x", "a/b", content_type="video/mp4")
    kept = files_in(root)
    old = root / "incoming" / ("0" * 32)
    young = root / "incoming" / ("1" * 32)
    half_removed = root / "multipart" / "gone-1"
    (half_removed / "parts").mkdir(parents=True)
    for path in (old, young, half_removed / "data"):
        path.write_bytes(b"x")
    for path in (old, half_removed):
        os.utime(path, (0, 0))
    assert store.remove_leftovers(older_than_s=3600) == 2
    assert files_in(root) == sorted([*kept, f"incoming/{'1' * 32}"])


# --- kills ---------------------------------------------------------------------------------------

WRITER = """
import sys, hashlib
from datetime import UTC, datetime, timedelta
from pathlib import Path
from media.store.local import LocalStore
from io import BytesIO

root, upload_id, key, size = sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4])
store = LocalStore(Path(root), secret="s" * 32, url_prefix="")
print("ready", flush=True)
for number in range(1, 10_000):
    data = number.to_bytes(2, "big") * (size // 2)
    promise = store.presigned_part(
        key, upload_id, number=number, size_bytes=size, sha256=hashlib.sha256(data).hexdigest(), expires_in_s=600
    )
    store.receive(store.read_token(promise.url, datetime.now(UTC)), BytesIO(data))
    print(number, flush=True)
"""


@pytest.fixture
def writer(root: Path, store: LocalStore) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """A process that sends part after part, and its upload's id."""
    upload_id = begin(store, part_size_bytes=MIB)
    process = subprocess.Popen(
        [sys.executable, "-c", WRITER, str(root), upload_id, KEY, str(MIB)], stdout=subprocess.PIPE, text=True
    )
    yield process, upload_id
    process.kill()
    process.wait()
    assert process.stdout is not None
    process.stdout.close()


@pytest.mark.parametrize("parts_before_the_kill", [1, 2, 5, 9])
def test_killed_while_writing_parts_every_listed_part_is_whole(
    store: LocalStore, writer: tuple[subprocess.Popen[str], str], parts_before_the_kill: int
) -> None:
    process, upload_id = writer
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    confirmed = [int(process.stdout.readline()) for _ in range(parts_before_the_kill)]
    process.send_signal(signal.SIGKILL)
    process.wait()

    listed = store.list_parts(KEY, upload_id)
    assert set(confirmed) <= set(listed)
    assert sorted(listed) == list(range(1, len(listed) + 1))
    following = len(listed) + 1
    send_part(store, upload_id, following, b"goes on")  # the dead process holds no lock
    store.complete_multipart(KEY, upload_id, store.list_parts(KEY, upload_id))
    for number, part in listed.items():
        data = b"".join(store.iter_bytes(KEY, start=(number - 1) * MIB, size_bytes=MIB))
        assert sha256_of(data) == part.sha256
    assert b"".join(store.iter_bytes(KEY, start=len(listed) * MIB)) == b"goes on"


def test_completion_waits_for_a_late_part_that_is_being_copied(
    store: LocalStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A copy that went on after the rename would change the object."""
    upload_id = begin(store, part_size_bytes=4)
    send_part(store, upload_id, 1, b"abcd")
    parts = store.list_parts(KEY, upload_id)
    copying, go_on = threading.Event(), threading.Event()
    copy_range = files.copy_range

    def slow_copy(source: Path, target: int, *, offset: int) -> None:
        copying.set()
        go_on.wait(timeout=20)
        copy_range(source, target, offset=offset)

    monkeypatch.setattr(files, "copy_range", slow_copy)
    late = threading.Thread(target=send_part, args=(store, upload_id, 2, b"late"))
    late.start()
    assert copying.wait(timeout=20)
    completion = threading.Thread(target=store.complete_multipart, args=(KEY, upload_id, parts))
    completion.start()
    completion.join(timeout=0.5)  # without the lock it would be through by now
    go_on.set()
    late.join()
    completion.join()
    assert b"".join(store.iter_bytes(KEY)) == b"abcd"


def test_a_begun_upload_tells_when_it_was_begun_and_half_removed_ones_are_none(store: LocalStore, root: Path) -> None:
    before = datetime.now(UTC) - timedelta(seconds=1)
    first = store.create_multipart(KEY, content_type="video/mp4", part_size_bytes=MIB)
    second = store.create_multipart(KEY, content_type="video/mp4", part_size_bytes=MIB)
    (root / "multipart" / second).rename(root / "multipart" / "gone-1234")  # killed while it was removed
    (begun,) = store.multiparts("videos/")
    assert begun.upload_id == first
    assert before < begun.begun_at < datetime.now(UTC) + timedelta(seconds=1)


def test_a_folder_that_cannot_be_read_is_not_taken_for_an_empty_one(
    store: LocalStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    store.put_bytes(b"x", KEY, content_type="video/mp4")

    def broken(*_: object) -> None:
        raise OSError(errno.EIO, "broken")

    monkeypatch.setattr(os, "scandir", broken)
    with pytest.raises(StoreUnavailable):
        list(store.survey("videos/"))
