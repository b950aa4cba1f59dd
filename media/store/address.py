"""From two settings to a store.

STORE_URL is empty for the local store, or names an S3 store as we reach it:
`s3://KEY:SECRET@host:port/bucket?region=eu-west-1&tls=0`. Region is us-east-1 unless given, TLS is on.
STORE_PUBLIC_URL is the same store as browsers reach it, like `https://files.example.com`; signatures
are made for that host.
"""

import re
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import SplitResult, parse_qs, unquote, urlsplit

from media.store.protocol import ObjectStore

_EXAMPLE = "s3://KEY:SECRET@host:port/bucket?region=us-east-1&tls=1"


@dataclass(frozen=True)
class S3Address:
    """Where an S3 store is, for us and for browsers, and how we sign in. URLs have no trailing slash."""

    endpoint_url: str
    public_url: str
    bucket: str
    region: str
    access_key: str
    secret_key: str = field(repr=False)


def check_store_urls(store_url: str, public_url: str) -> None:
    """Raise ValueError, with a sentence for the operator, when the two settings name no store."""
    parse_store_urls(store_url, public_url)


def parse_store_urls(store_url: str, public_url: str) -> S3Address | None:
    """Return the S3 store that the settings name, or None for the local store.

    Raises ValueError with a sentence that names the setting and never holds the secret.
    """
    if not store_url:
        if public_url:
            raise ValueError("STORE_PUBLIC_URL is set without STORE_URL; the local store needs neither")
        return None
    parts = urlsplit(store_url)
    if parts.scheme != "s3":
        raise ValueError(f"STORE_URL must look like {_EXAMPLE}")
    if not parts.username or not parts.password:
        raise ValueError(f"STORE_URL needs KEY:SECRET before the host ('/' as %2F, '+' as %2B): {_EXAMPLE}")
    if not parts.hostname:
        raise ValueError(f"STORE_URL names no host: {_EXAMPLE}")
    bucket = parts.path.strip("/")
    # The rules of S3 for bucket names.
    if not re.fullmatch(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]", bucket):
        raise ValueError(f"STORE_URL: {bucket!r} is not the name of a bucket: {_EXAMPLE}")
    region, tls = _read_options(parts)
    return S3Address(
        endpoint_url=f"{'https' if tls else 'http'}://{_host_and_port('STORE_URL', parts)}",
        public_url=_parse_public_url(public_url),
        bucket=bucket,
        region=region,
        access_key=unquote(parts.username),
        secret_key=unquote(parts.password),
    )


def _read_options(parts: SplitResult) -> tuple[str, bool]:
    options = parse_qs(parts.query, keep_blank_values=True)
    unknown = sorted(set(options) - {"region", "tls"})
    if unknown:
        raise ValueError(f"STORE_URL: {unknown[0]!r} is not an option; there are region and tls")
    region = options.get("region", ["us-east-1"])[-1]
    if not re.fullmatch(r"[a-z0-9-]{1,40}", region):
        raise ValueError(f"STORE_URL: {region!r} is not a region")
    tls = options.get("tls", ["1"])[-1]
    if tls not in {"0", "1"}:
        raise ValueError(f"STORE_URL: tls is 0 or 1, not {tls!r}")
    return region, tls == "1"


def _parse_public_url(public_url: str) -> str:
    if not public_url:
        raise ValueError(
            "STORE_PUBLIC_URL is missing: the store's address for browsers, like https://files.example.com"
        )
    parts = urlsplit(public_url)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise ValueError("STORE_PUBLIC_URL must look like https://files.example.com")
    if parts.path.strip("/") or parts.query or parts.fragment or parts.username or parts.password:
        raise ValueError("STORE_PUBLIC_URL must be scheme and host alone: the bucket follows in the path")
    return f"{parts.scheme}://{_host_and_port('STORE_PUBLIC_URL', parts)}"


def _host_and_port(setting: str, parts: SplitResult) -> str:
    try:
        port = parts.port
    except ValueError:
        raise ValueError(f"{setting}: the port is not a number from 1 to 65535") from None
    host = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname
    return f"{host}:{port}" if port else f"{host}"


def open_store(store_url: str, public_url: str, *, folder: Path, secret: str, local_url: str) -> ObjectStore:
    """Return the store that the settings name; raises ValueError as `parse_store_urls` does.

    `folder`, `secret` and `local_url` are for the local store: its root, what signs its URLs, and
    the path or address before each token, with a "/" at the end. Connects to nothing.
    """
    address = parse_store_urls(store_url, public_url)
    if address is None:
        from media.store.local import LocalStore  # noqa: PLC0415 - see below

        return LocalStore(folder, secret=secret, url_prefix=local_url)
    # Settings are checked by every command, and boto3 takes a good part of a second to import.
    from media.store.s3 import S3Store  # noqa: PLC0415

    return S3Store(address)
