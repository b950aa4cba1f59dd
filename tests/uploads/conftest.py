"""Ana's uploads, over each store in turn."""

import os
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from apps.core.store import get_store
from media.store import ObjectStore
from tests.media.store.s3_server import careless_proxy, checking_proxy, moto_port, new_bucket_url
from tests.uploads.driver import Uploader

__all__ = ["careless_proxy", "checking_proxy", "moto_port"]

MIB = 1024 * 1024
# The suites on PostgreSQL ask what the database does: they need each test once, over the store of such an installation.
STORES = ("s3",) if os.environ.get("DATABASE_URL") else ("local", "s3")


@pytest.fixture
def local_store(settings: Any, tmp_path) -> Iterator[ObjectStore]:
    settings.STORE_URL = settings.STORE_PUBLIC_URL = ""
    settings.STORE_FOLDER = tmp_path / "store"
    get_store.cache_clear()
    yield get_store()
    get_store.cache_clear()


@pytest.fixture
def s3_store(settings: Any, moto_port: int, checking_proxy: str) -> Iterator[ObjectStore]:
    yield from _s3_store(settings, moto_port, checking_proxy)


@pytest.fixture
def careless_store(settings: Any, moto_port: int, careless_proxy: str) -> Iterator[ObjectStore]:
    """An S3 store that takes whatever it is sent."""
    yield from _s3_store(settings, moto_port, careless_proxy)


def _s3_store(settings: Any, moto_port: int, public_url: str) -> Iterator[ObjectStore]:
    settings.STORE_URL = new_bucket_url(moto_port)
    settings.STORE_PUBLIC_URL = public_url
    get_store.cache_clear()
    yield get_store()
    get_store.cache_clear()


@pytest.fixture(params=STORES)
def store(request: pytest.FixtureRequest) -> ObjectStore:
    """Each store in turn: the protocol is the same over both."""
    return request.getfixturevalue({"local": "local_store", "s3": "s3_store"}[request.param])


@pytest.fixture
def start(ana, client_for) -> Callable[..., Uploader]:
    """Return what makes a video of Ana's and its upload: a file of `size_bytes`, else a recording."""

    def make(size_bytes: int | None = None) -> Uploader:
        source: dict[str, Any] = {"kind": "recording", "content_type": "video/mp4"}
        if size_bytes is not None:
            source = {"kind": "file", "content_type": "video/mp4", "size_bytes": size_bytes, "file_name": "talk.mp4"}
        client = client_for(ana)
        response = client.post("/api/v1/videos/", {"source": source}, content_type="application/json")
        assert response.status_code == 201, response.content
        return Uploader(client, response.json()["upload"])

    return make
