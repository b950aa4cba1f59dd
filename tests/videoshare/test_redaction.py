"""What the logs may say of addresses that open something."""

import logging
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from django.urls import URLPattern, get_resolver
from structlog.stdlib import ProcessorFormatter

from videoshare.redaction import without_secrets

SECRET = "abcdefghijklmnop"
SECRET_ARGUMENTS = {"grant", "key", "token"}


@pytest.mark.parametrize(
    ("text", "logged"),
    [
        ("/s/abcdefghijkl/", "/s/abcd…/"),
        ("/play/abcdefghijkl/pub1/720.m3u8", "/play/abcd…/pub1/720.m3u8"),
        ("/setup/owner:abcdefgh/", "/setup/owne…/"),
        ("POST /api/v1/share/abcdefghijkl/unlock/", "POST /api/v1/share/abcd…/unlock/"),
        ("Gone: http://localhost:8000/g/abcdefghijkl/?x=1", "Gone: http://localhost:8000/g/abcd…/?x=1"),
        ("/api/v1/videos/abcdefghijkl/", "/api/v1/videos/abcdefghijkl/"),
        ("/v/abcdefghijkl/", "/v/abcdefghijkl/"),
        ("/static/pages/watch.js", "/static/pages/watch.js"),
        (
            "no room in /srv/videoshare/store/videos/abcdefghijkl",
            "no room in /srv/videoshare/store/videos/abcdefghijkl",
        ),
    ],
)
def test_of_a_secret_address_only_the_beginning_is_logged(text: str, logged: str) -> None:
    assert without_secrets(text) == logged


def test_no_route_with_a_secret_in_it_is_forgotten() -> None:
    forgotten = []
    for pattern in get_resolver().url_patterns:
        for route in getattr(pattern, "url_patterns", [pattern]):
            if not isinstance(route, URLPattern) or not SECRET_ARGUMENTS & set(route.pattern.converters):
                continue
            path = str(route.pattern)
            for name in route.pattern.converters:
                path = path.replace(f"<str:{name}>", SECRET if name in SECRET_ARGUMENTS else "other")
            if SECRET in without_secrets(f"/{path}"):
                forgotten.append(path)
    assert forgotten == []


@pytest.mark.django_db
def test_a_refused_request_leaves_no_token_in_any_log_line() -> None:
    lines: list[str] = []
    formatters: Any = settings.LOGGING["formatters"]
    how = {name: value for name, value in formatters["lines"].items() if name != "()"}
    kept = logging.Handler()
    kept.setFormatter(ProcessorFormatter(**how))
    kept.emit = lambda record: lines.append(kept.format(record))  # type: ignore[method-assign]
    logging.getLogger().addHandler(kept)
    try:
        Client().post(f"/api/v1/share/{SECRET}/unlock/", {"password": "x"}, content_type="application/json")
        Client().get(f"/s/{SECRET}/")
    finally:
        logging.getLogger().removeHandler(kept)
    assert any("/s/abcd…" in line for line in lines), lines
    assert [line for line in lines if SECRET in line] == []
