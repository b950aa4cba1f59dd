"""Both stores, each behind addresses that can be fetched."""

import secrets
from collections.abc import Iterator
from pathlib import Path

import boto3
import pytest
from moto.server import ThreadedMotoServer

from media.store import ObjectStore, open_store
from media.store.local import LocalStore
from tests.media.store.local_server import serving_local_store
from tests.media.store.s3_proxy import s3_proxy

SECRET_KEY = "test/secret+key"


@pytest.fixture(scope="session")
def moto_port() -> Iterator[int]:
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    yield server.get_host_and_port()[1]
    server.stop()


@pytest.fixture(scope="session")
def checking_proxy(moto_port: int) -> Iterator[str]:
    """The address of a store that checks signed requests as AWS does."""
    with s3_proxy(moto_port, secret_key=SECRET_KEY, checks=True) as address:
        yield address


@pytest.fixture(scope="session")
def careless_proxy(moto_port: int) -> Iterator[str]:
    """The address of a store that takes whatever it is sent."""
    with s3_proxy(moto_port, secret_key=SECRET_KEY, checks=False) as address:
        yield address


def s3_store_behind(public_url: str, moto_port: int) -> ObjectStore:
    bucket = f"bucket-{secrets.token_hex(6)}"
    endpoint = f"http://127.0.0.1:{moto_port}"
    admin = boto3.client(
        "s3", endpoint_url=endpoint, region_name="us-east-1", aws_access_key_id="KEY", aws_secret_access_key="x"
    )
    admin.create_bucket(Bucket=bucket)
    return open_store(
        f"s3://KEY:test%2Fsecret%2Bkey@127.0.0.1:{moto_port}/{bucket}?tls=0",
        public_url,
        folder=Path("unused"),
        secret="unused",
        local_url="unused",
    )


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
