"""Real servers, each with a room of its own for these tests: a database, a Redis number, a RabbitMQ vhost, a bucket.

A missing server is an error, not a skip: `make test-services` says that all of it works on servers.
"""

import os
import secrets
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
import redis

from tests.installation import fetch, free_port

POSTGRES = os.environ.get("POSTGRES", "postgres://postgres@127.0.0.1:5432/")
REDIS = os.environ.get("REDIS", "redis://127.0.0.1:6379")
RABBITMQ = os.environ.get("RABBITMQ", "amqp://guest:guest@127.0.0.1:5672")
REDIS_NUMBERS = (11, 12)  # broker and cache; 3 to 10 are those of .ci/on-servers.sh


@pytest.fixture
def database_url() -> Iterator[str]:
    """Yield the address of an empty PostgreSQL database."""
    name = f"videoshare_{secrets.token_hex(4)}"
    with psycopg.connect(f"{POSTGRES}postgres", autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}"')
        yield f"{POSTGRES}{name}"
        connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


@pytest.fixture
def redis_urls() -> Iterator[tuple[str, str]]:
    """Yield the addresses of two empty Redis databases, for the broker and for the cache."""
    urls = tuple(f"{REDIS}/{number}" for number in REDIS_NUMBERS)
    for url in urls:
        redis.Redis.from_url(url).flushdb()
    yield urls[0], urls[1]
    for url in urls:
        redis.Redis.from_url(url).flushdb()


@pytest.fixture
def rabbitmq_url() -> Iterator[str]:
    """Yield the address of an empty RabbitMQ vhost."""
    name = f"videoshare_{secrets.token_hex(4)}"
    user = RABBITMQ.partition("://")[2].partition(":")[0]
    rabbitmqctl("add_vhost", name)
    rabbitmqctl("set_permissions", "--vhost", name, user, ".*", ".*", ".*")
    yield f"{RABBITMQ}/{name}"
    rabbitmqctl("delete_vhost", name)


@pytest.fixture
def store_urls(tmp_path: Path) -> Iterator[tuple[str, str]]:
    """Yield STORE_URL and STORE_PUBLIC_URL of an S3 server that is started here; the bucket is not there yet."""
    port = free_port()
    with (tmp_path / "s3.log").open("wb") as log:
        server = subprocess.Popen(
            [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)], stdout=log, stderr=log
        )
    wait_for_http(f"http://127.0.0.1:{port}/moto-api/")
    yield f"s3://key:secret@127.0.0.1:{port}/videoshare?tls=0", f"http://localhost:{port}"
    server.terminate()
    server.wait(timeout=10)


def rabbitmqctl(*words: str) -> None:
    """Run RabbitMQ's own command; its message is the error's."""
    done = subprocess.run(["rabbitmqctl", "--quiet", *words], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def wait_for_http(url: str) -> None:
    """Return once something answers at `url`."""
    deadline = time.monotonic() + 30
    while True:
        try:
            fetch("GET", url)
            return
        except OSError:
            assert time.monotonic() < deadline, url
            time.sleep(0.1)
