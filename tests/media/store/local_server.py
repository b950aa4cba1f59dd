"""The addresses of a LocalStore, answered by the standard library, as a web process would answer them."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import quote

from media.store.errors import BadToken, MultipartMissing, ObjectMissing, PartConflict, PartMismatch, TokenExpired
from media.store.local import LocalStore

_STATUS = {BadToken: 403, TokenExpired: 403, ObjectMissing: 404, PartMismatch: 400, PartConflict: 409}
_STATUS |= {MultipartMissing: 404}


@contextmanager
def serving_local_store(root: Path) -> Iterator[LocalStore]:
    """Yield a store below `root` whose signed URLs can be fetched."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def answer(self) -> None:
            self.close_connection = True  # a refused body may be unread
            try:
                grant = store.read_token(self.path.rpartition("/")[2], datetime.now(UTC))
                if self.command == "PUT":
                    if int(self.headers.get("Content-Length") or 0) != grant.size_bytes:
                        raise PartMismatch
                    store.receive(grant, self.rfile)
                    self.reply(204, {}, b"")
                    return
                if grant.method != "GET":
                    raise BadToken
                content = store.path_of(grant.key).read_bytes()
            except tuple(_STATUS) as error:
                self.reply(_STATUS[type(error)], {}, b"")
                return
            headers = {"Content-Type": store.type_of(grant)}
            if grant.download_name is not None:
                headers["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(grant.download_name, safe='')}"
            first, _, last = self.headers.get("Range", "").removeprefix("bytes=").partition("-")
            self.reply(206 if first else 200, headers, content[int(first or 0) : int(last or len(content)) + 1])

        def reply(self, status: int, headers: dict[str, str], content: bytes) -> None:
            self.send_response_only(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(content)

        def log_message(self, format: str, *args: object) -> None:
            pass

        do_GET = do_HEAD = do_PUT = answer  # noqa: N815 - named by the standard library

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    store = LocalStore(root, secret="s" * 32, url_prefix=f"http://127.0.0.1:{server.server_address[1]}/store/")
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield store
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
