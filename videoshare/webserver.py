"""How gunicorn serves the web: `gunicorn --config python:videoshare.webserver videoshare.wsgi`.

Threads, because a request streams a part of up to 16 MiB or a range of a video; two processes, because one
Python process uses one core. gunicorn streams request bodies in constant memory, and sends files by sendfile.
"""

import os
from collections.abc import Mapping
from typing import Any

from gunicorn.glogging import Logger  # type: ignore[import-untyped]  # ships no types

from videoshare.redaction import without_secrets


def listening_address(environment: Mapping[str, str]) -> str:
    """Return host and port to listen on: this machine alone until VIDEOSHARE_URL says that others may come."""
    host = "0.0.0.0" if environment.get("VIDEOSHARE_URL", "").strip() else "127.0.0.1"
    return f"{host}:{environment.get('PORT') or 8000}"


bind = [listening_address(os.environ)]
worker_class = "gthread"
workers = 2
threads = 8
preload_app = True  # loaded once and shared; half the time to the first answer
sendfile = True
keepalive = 15  # s; a player asks for a segment each few seconds
graceful_timeout = 15  # s; below the 20 s after which the supervisor and Docker kill
control_socket_disable = True  # else a socket in the home folder, which two installations would share
loglevel = "warning"
accesslog = "-"
access_log_format = "%(m)s %(U)s %(s)s %(B)sB %(M)sms"
proc_name = "videoshare-web"


class AccessLogger(Logger):
    """gunicorn's logger, without health checks and without the secrets that stand in addresses."""

    def access(self, resp: Any, req: Any, environ: dict[str, Any], request_time: Any) -> None:
        if environ["PATH_INFO"] not in {"/healthz/", "/readyz/"}:
            super().access(resp, req, environ, request_time)

    def atoms(self, resp: Any, req: Any, environ: dict[str, Any], request_time: Any) -> dict[str, Any]:
        found: dict[str, Any] = super().atoms(resp, req, environ, request_time)
        return {**found, "U": without_secrets(found["U"] or "")}


logger_class = AccessLogger
