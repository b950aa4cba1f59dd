"""A small HTTP proxy in front of a test S3 server, which takes every body and every signature as it is.

With `checks=True` it refuses what AWS refuses of a signed URL: a wrong signature, one whose time is
over, a body of another length than signed, a body whose SHA-256 is not the signed one. With
`checks=False` it is the store that checks nothing. Written from "Authenticating Requests: Using
Query Parameters (AWS Signature Version 4)", not from the SDK, so that it can contradict it. Answers
CORS preflights like a bucket with the rules that `media.store.s3` asks for.
"""

import base64
import calendar
import hashlib
import hmac
import http.client
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl, quote, urlsplit

_HOP_HEADERS = {"connection", "transfer-encoding", "host", "content-length", "keep-alive"}


class Refused(Exception):
    """What AWS would answer instead of doing it."""

    def __init__(self, status: int, code: str) -> None:
        super().__init__(code)
        self.status = status
        self.code = code


@contextmanager
def s3_proxy(upstream_port: int, *, secret_key: str, checks: bool) -> Iterator[str]:
    """Run the proxy before 127.0.0.1:`upstream_port` and yield its address, without a slash."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def answer(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            try:
                if checks and "X-Amz-Signature=" in self.path:
                    check(self.command, self.path, dict(self.headers.items()), body, secret_key)
            except Refused as refused:
                self.reply(refused.status, {}, f"<Error><Code>{refused.code}</Code></Error>".encode())
                return
            connection = http.client.HTTPConnection("127.0.0.1", upstream_port, timeout=30)
            headers = {name: value for name, value in self.headers.items() if name.lower() not in _HOP_HEADERS}
            connection.request(self.command, self.path, body=body, headers=headers)
            response = connection.getresponse()
            content = response.read()
            length = response.headers.get("Content-Length") if self.command == "HEAD" else None
            passed = {name: value for name, value in response.headers.items() if name.lower() not in _HOP_HEADERS}
            self.reply(response.status, passed, content, length=length)
            connection.close()

        def reply(self, status: int, headers: dict[str, str], content: bytes, *, length: str | None = None) -> None:
            self.send_response_only(status)
            for name, value in headers.items():
                if not name.lower().startswith("access-control-"):
                    self.send_header(name, value)
            self.send_header("Access-Control-Allow-Origin", self.headers.get("Origin") or "*")
            self.send_header("Access-Control-Expose-Headers", "content-length, content-range, etag")
            self.send_header("Content-Length", length or str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def answer_preflight(self) -> None:
            self.send_response_only(200)
            self.send_header("Access-Control-Allow-Origin", self.headers.get("Origin") or "*")
            self.send_header("Access-Control-Allow-Methods", "GET, HEAD, PUT")
            self.send_header("Access-Control-Allow-Headers", "content-type, range, x-amz-checksum-sha256")
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            pass

        do_GET = do_HEAD = do_PUT = do_POST = do_DELETE = answer  # noqa: N815 - named by the standard library
        do_OPTIONS = answer_preflight  # noqa: N815

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def check(method: str, path: str, headers: dict[str, str], body: bytes, secret_key: str) -> None:
    """Raise Refused when AWS would refuse this request with a signed URL."""
    parts = urlsplit(path)
    query = dict(parse_qsl(parts.query, keep_blank_values=True))
    lower = {name.lower(): " ".join(value.split()) for name, value in headers.items()}
    if not hmac.compare_digest(query.pop("X-Amz-Signature"), signature(method, parts.path, query, lower, secret_key)):
        raise Refused(403, "SignatureDoesNotMatch")
    signed_at = calendar.timegm(time.strptime(query["X-Amz-Date"], "%Y%m%dT%H%M%SZ"))
    if time.time() >= signed_at + int(query["X-Amz-Expires"]):
        raise Refused(403, "AccessDenied")
    if method == "PUT":
        signed = query["X-Amz-SignedHeaders"].split(";")
        # Every x-amz-* header of the request must be among the signed ones.
        if any(name.startswith("x-amz-") and name not in signed for name in lower):
            raise Refused(403, "AccessDenied")
        promised = lower.get("x-amz-checksum-sha256")
        if promised is not None and promised != base64.b64encode(hashlib.sha256(body).digest()).decode():
            raise Refused(400, "BadDigest")


def signature(method: str, path: str, query: dict[str, str], headers: dict[str, str], secret_key: str) -> str:
    """Return the signature that belongs to the request. `headers` by lower-case name."""
    signed_headers = query["X-Amz-SignedHeaders"]
    canonical_query = "&".join(
        f"{quote(name, safe='-_.~')}={quote(value, safe='-_.~')}" for name, value in sorted(query.items())
    )
    canonical_headers = "".join(f"{name}:{headers.get(name, '')}\n" for name in signed_headers.split(";"))
    canonical = "\n".join([method, path, canonical_query, canonical_headers, signed_headers, "UNSIGNED-PAYLOAD"])
    _, date, region, service, terminator = query["X-Amz-Credential"].split("/")
    key = f"AWS4{secret_key}".encode()
    for step in (date, region, service, terminator):
        key = hmac.digest(key, step.encode(), "sha256")
    scope = f"{date}/{region}/{service}/{terminator}"
    to_sign = "\n".join(
        ["AWS4-HMAC-SHA256", query["X-Amz-Date"], scope, hashlib.sha256(canonical.encode()).hexdigest()]
    )
    return hmac.digest(key, to_sign.encode(), "sha256").hex()
