"""The whole way once on servers: PostgreSQL, Redis or RabbitMQ, and S3, with the product's own processes."""

from collections.abc import Iterator
from pathlib import Path

import boto3
import psycopg
import pytest

from tests.installation import Installation
from tests.whole_way import walk

pytestmark = pytest.mark.services


@pytest.fixture(params=["redis", "rabbitmq"])
def installation(
    request: pytest.FixtureRequest,
    database_url: str,
    redis_urls: tuple[str, str],
    store_urls: tuple[str, str],
    tmp_path: Path,
) -> Iterator[Installation]:
    broker_url = redis_urls[0] if request.param == "redis" else request.getfixturevalue("rabbitmq_url")
    variables = {
        "DATABASE_URL": database_url,
        "CELERY_BROKER_URL": broker_url,
        "CACHE_URL": redis_urls[1],
        "STORE_URL": store_urls[0],
        "STORE_PUBLIC_URL": store_urls[1],
    }
    running = Installation(tmp_path / "installation", variables)
    yield running
    running.kill()


def test_a_video_travels_from_upload_to_answer_on_servers_alone(
    installation: Installation, database_url: str, store_urls: tuple[str, str], tmp_path: Path
) -> None:
    installation.start()
    video_id = walk(installation, tmp_path)
    with psycopg.connect(database_url) as connection:
        statuses = connection.execute("SELECT status FROM videos_video").fetchall()
    client = boto3.client(
        "s3",
        endpoint_url=store_urls[1],
        region_name="us-east-1",
        aws_access_key_id="key",
        aws_secret_access_key="secret",
    )
    keys = [item["Key"] for item in client.list_objects_v2(Bucket="videoshare")["Contents"]]
    data = installation.folder / "data"
    assert statuses == [("ready",)]
    assert any(key.startswith(f"videos/{video_id}/") for key in keys)
    assert not [path.name for path in data.iterdir() if path.name in {"db.sqlite3", "broker", "store"}]
    assert installation.stop() == 0
