"""The signed addresses of the local store: bytes in by PUT, bytes out by GET and byte ranges.

The token in the address is the whole authority: no cookie is read and none is needed. A body is never held
in memory, which works as long as nobody touches `request.body` or `request.POST`. Bytes go out by the web
server's sendfile, since the file handed over has a number and stands at the range's first byte.
"""

import os
import re
from dataclasses import dataclass
from io import FileIO

from django.http import FileResponse, Http404, HttpRequest, HttpResponse, JsonResponse
from django.http.request import UnreadablePostError
from django.http.response import HttpResponseBase
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from apps.core import ledger
from apps.core.errors import DomainError
from apps.core.exception_handler import handle_exception
from apps.core.store import get_store
from apps.core.store_errors import AddressExpired, BytesMismatch, PartConflict, UploadClosed, told_to_people
from media.store import errors as store_errors
from media.store.local import LocalStore
from media.store.tokens import Grant

READ_BYTES = 64 * 1024  # at once, on servers without sendfile
_RANGE = re.compile(r"bytes=(?:([0-9]{1,18})-([0-9]{1,18})?|-([0-9]{1,18}))")


@csrf_exempt
@require_http_methods(["GET", "HEAD", "PUT"])
def local_store(request: HttpRequest, token: str) -> HttpResponseBase:
    """Do the one thing that the token allows. 404 for a token that is not ours, or is for something else."""
    try:
        store, grant = _read(token)
        if request.method == "PUT" and grant.method == "PUT":
            with told_to_people():
                return _take(store, grant, request)
        if request.method in {"GET", "HEAD"} and grant.method == "GET":
            return _give(store, grant, request)
    except DomainError as error:
        return _refusal(error, request)
    raise Http404


def _read(token: str) -> tuple[LocalStore, Grant]:
    store = get_store()
    if not isinstance(store, LocalStore):
        raise Http404
    try:
        return store, store.read_token(token, timezone.now())
    except store_errors.BadToken as error:
        raise Http404 from error
    except store_errors.TokenExpired as error:
        raise AddressExpired from error


def _take(store: LocalStore, grant: Grant, request: HttpRequest) -> HttpResponse:
    """Store the body as promised. 204, also for the same bytes again; 409 once nobody waits for them.

    An address outlives the upload that it was signed for. Only what the ledger names is taken, or bytes would be
    left behind that nobody knows of; it is asked again afterwards, because a large body takes its time.
    """
    if not ledger.knows(grant.key):
        raise UploadClosed
    if request.META.get("CONTENT_LENGTH") != str(grant.size_bytes):
        raise BytesMismatch
    try:
        store.receive(grant, request)
    except (store_errors.PartMismatch, UnreadablePostError) as error:
        raise BytesMismatch from error
    except store_errors.PartConflict as error:
        raise PartConflict from error
    except store_errors.MultipartMissing as error:
        raise UploadClosed from error
    if not ledger.knows(grant.key):
        store.delete([grant.key])
        raise UploadClosed
    return HttpResponse(status=204)


def _give(store: LocalStore, grant: Grant, request: HttpRequest) -> HttpResponseBase:
    """Send the object, or the one range of it that was asked for. Several ranges at once get the whole object."""
    try:
        path = store.path_of(grant.key)
        file = path.open("rb", buffering=0)
    except (store_errors.ObjectMissing, FileNotFoundError) as error:
        raise Http404 from error
    state = os.fstat(file.fileno())
    etag = f'"{state.st_size:x}-{state.st_mtime_ns:x}"'
    asked = request.headers.get("Range", "")
    if request.headers.get("If-Range", etag) != etag:
        asked = ""  # the object has changed since the first part of it was fetched
    wanted = _range_of(asked, state.st_size)
    if wanted is None:
        file.close()
        return HttpResponse(status=416, headers={"Content-Range": f"bytes */{state.st_size}"})
    headers = {"Content-Length": str(wanted.size_bytes), "Accept-Ranges": "bytes", "ETag": etag}
    if wanted.is_part:
        headers["Content-Range"] = f"bytes {wanted.start}-{wanted.start + wanted.size_bytes - 1}/{state.st_size}"
    if grant.download_name is not None:
        headers["Content-Disposition"] = content_disposition_header(True, grant.download_name) or "attachment"
    status = 206 if wanted.is_part else 200
    if request.method == "HEAD":
        file.close()
        return HttpResponse(status=status, headers=headers, content_type=store.type_of(grant))
    file.seek(wanted.start)
    response = FileResponse(
        _Bounded(file, wanted.size_bytes), status=status, headers=headers, content_type=store.type_of(grant)
    )
    response.block_size = READ_BYTES
    return response


@dataclass(frozen=True)
class _Wanted:
    start: int
    size_bytes: int
    is_part: bool


def _range_of(header: str, size_bytes: int) -> _Wanted | None:
    """Return what of an object a Range header asks for; None when that lies behind its end (RFC 9110, 14)."""
    match = _RANGE.fullmatch(header.strip())
    if match is None:
        return _Wanted(0, size_bytes, is_part=False)
    first, last, suffix = match.groups()
    if suffix is not None:
        start, end = max(0, size_bytes - int(suffix)), size_bytes
    else:
        start, end = int(first), min(int(last) + 1 if last else size_bytes, size_bytes)
        if last and int(last) < start:
            return _Wanted(0, size_bytes, is_part=False)  # not a range: passed over
    return _Wanted(start, end - start, is_part=True) if start < end else None


class _Bounded:
    """A file that ends after some bytes, for servers that read; those with sendfile use `fileno` and Content-Length."""

    def __init__(self, file: FileIO, size_bytes: int) -> None:
        self._file = file
        self._remaining = size_bytes

    def read(self, size: int) -> bytes:
        piece = self._file.read(min(size, self._remaining)) or b""
        self._remaining -= len(piece)
        return piece

    def fileno(self) -> int:
        return self._file.fileno()

    def seek(self, offset: int) -> int:
        """Move the file itself: socket.sendfile does so when it is done."""
        return self._file.seek(offset)

    def seekable(self) -> bool:
        """Return False, or FileResponse would measure the length by reading everything."""
        return False

    def close(self) -> None:
        self._file.close()


def _refusal(error: DomainError, request: HttpRequest) -> HttpResponse:
    answer = handle_exception(error, {"request": request})
    assert answer is not None  # it knows every DomainError
    return JsonResponse(
        answer.data, status=answer.status_code, headers={k: v for k, v in answer.headers.items() if k != "Content-Type"}
    )
