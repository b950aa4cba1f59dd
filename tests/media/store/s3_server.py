"""An S3 server for tests, behind a proxy that checks what AWS checks and behind one that checks nothing."""

import secrets
from collections.abc import Iterator
from http.client import HTTPConnection
from urllib.parse import quote

import pytest
from moto.server import ThreadedMotoServer

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


def new_bucket_url(moto_port: int) -> str:
    """Return the STORE_URL of a bucket that was just made."""
    bucket = f"bucket-{secrets.token_hex(6)}"
    connection = HTTPConnection("127.0.0.1", moto_port, timeout=30)
    connection.request("PUT", f"/{bucket}")
    assert connection.getresponse().status == 200
    connection.close()
    return f"s3://KEY:{quote(SECRET_KEY, safe='')}@127.0.0.1:{moto_port}/{bucket}?tls=0"
