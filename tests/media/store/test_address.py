"""Two settings name a store, or say what is wrong with them."""

from pathlib import Path

import pytest

from media.store import check_store_urls, open_store, parse_store_urls
from media.store.local import LocalStore
from media.store.s3 import S3Store

PUBLIC = "https://files.example.com"


def test_no_settings_mean_the_local_store(tmp_path: Path) -> None:
    assert parse_store_urls("", "") is None
    store = open_store("", "", folder=tmp_path, secret="s" * 32, local_url="/store/")
    assert isinstance(store, LocalStore)
    assert store.presigned_get("a/b", expires_in_s=1).startswith("/store/")
    assert list(tmp_path.iterdir()) == []


def test_every_piece_of_the_address_is_read() -> None:
    address = parse_store_urls("s3://AKIA:se%2Fcr%2Bet@s3.internal:9000/my-bucket?region=eu-west-1&tls=0", PUBLIC + "/")
    assert address is not None
    assert address.endpoint_url == "http://s3.internal:9000"
    assert address.public_url == PUBLIC
    assert (address.bucket, address.region) == ("my-bucket", "eu-west-1")
    assert (address.access_key, address.secret_key) == ("AKIA", "se/cr+et")


def test_tls_is_on_and_the_region_is_us_east_1_unless_said_otherwise() -> None:
    address = parse_store_urls("s3://k:s@s3.amazonaws.com/my-bucket", PUBLIC)
    assert address is not None
    assert (address.endpoint_url, address.region) == ("https://s3.amazonaws.com", "us-east-1")


def test_signed_urls_are_for_the_public_address(tmp_path: Path) -> None:
    store = open_store("s3://k:s@10.0.0.5:9000/my-bucket?tls=0", PUBLIC, folder=tmp_path, secret="", local_url="")
    assert isinstance(store, S3Store)
    assert store.presigned_get("a/b", expires_in_s=60).startswith(f"{PUBLIC}/my-bucket/a/b?")


@pytest.mark.parametrize(
    ("store_url", "public_url", "sentence"),
    [
        ("", PUBLIC, "STORE_PUBLIC_URL is set without STORE_URL"),
        ("https://k:topsecret@host/bucket", PUBLIC, "STORE_URL must look like"),
        ("s3://host/bucket", PUBLIC, "needs KEY:SECRET"),
        ("s3://k@host/bucket", PUBLIC, "needs KEY:SECRET"),
        ("s3://k:topsecret@/bucket", PUBLIC, "names no host"),
        ("s3://k:topsecret@host", PUBLIC, "is not the name of a bucket"),
        ("s3://k:topsecret@host/UPPER", PUBLIC, "is not the name of a bucket"),
        ("s3://k:topsecret@host/bucket/folder", PUBLIC, "is not the name of a bucket"),
        ("s3://k:topsecret@host:port/bucket", PUBLIC, "the port is not a number"),
        ("s3://k:topsecret@host:70000/bucket", PUBLIC, "the port is not a number"),
        ("s3://k:topsecret@host/bucket?tls=yes", PUBLIC, "tls is 0 or 1"),
        ("s3://k:topsecret@host/bucket?zone=1", PUBLIC, "'zone' is not an option"),
        ("s3://k:topsecret@host/bucket?region=EU West", PUBLIC, "is not a region"),
        ("s3://k:topsecret@host/bucket", "", "STORE_PUBLIC_URL is missing"),
        ("s3://k:topsecret@host/bucket", "files.example.com", "STORE_PUBLIC_URL must look like"),
        ("s3://k:topsecret@host/bucket", PUBLIC + "/bucket", "STORE_PUBLIC_URL must be scheme and host alone"),
        ("s3://k:topsecret@host/bucket", PUBLIC + ":x", "STORE_PUBLIC_URL: the port"),
    ],
)
def test_a_bad_setting_is_named_and_the_secret_is_not(store_url: str, public_url: str, sentence: str) -> None:
    with pytest.raises(ValueError, match="STORE") as refused:
        check_store_urls(store_url, public_url)
    assert sentence in str(refused.value)
    assert "topsecret" not in str(refused.value)


def test_the_secret_is_not_in_the_repr_of_an_address() -> None:
    assert "topsecret" not in repr(parse_store_urls("s3://k:topsecret@host/bucket", PUBLIC))
