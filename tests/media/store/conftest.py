"""Both stores, each behind addresses that can be fetched."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from media.store import ObjectStore, open_store
from media.store.local import LocalStore
from tests.media.store.local_server import serving_local_store
from tests.media.store.s3_server import careless_proxy, checking_proxy, moto_port, new_bucket_url

__all__ = ["careless_proxy", "checking_proxy", "moto_port"]


def s3_store_behind(public_url: str, moto_port: int) -> ObjectStore:
    return open_store(new_bucket_url(moto_port), public_url, folder=Path("unused"), secret="", local_url="")


@pytest.fixture
def checking_s3(checking_proxy: str, moto_port: int) -> ObjectStore:
    return s3_store_behind(checking_proxy, moto_port)


@pytest.fixture
def careless_s3(careless_proxy: str, moto_port: int) -> ObjectStore:
    return s3_store_behind(careless_proxy, moto_port)


@pytest.fixture
def local_store(tmp_path: Path) -> Iterator[LocalStore]:
    with serving_local_store(tmp_path / "store") as store:
        yield store


@pytest.fixture(params=["local", "s3"])
def store(request: pytest.FixtureRequest) -> ObjectStore:
    """Each store in turn: what holds for one must hold for the other."""
    return request.getfixturevalue({"local": "local_store", "s3": "checking_s3"}[request.param])
