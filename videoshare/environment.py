"""The settings an operator may give, read from the environment and checked at once.

Every reader refuses a bad value with a `BadSetting` that names the variable, so that a typing
mistake stops the start instead of surfacing in the middle of somebody's recording.
"""

import re
import secrets
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured
from environs import Env, EnvError

from media.store import check_store_urls


class BadSetting(ImproperlyConfigured):
    """A variable of the environment has a value that we cannot work with."""

    def __init__(self, name: str, reason: str) -> None:
        super().__init__(f"{name}: {reason}")


# Every variable that Videoshare reads. A variable that starts with VIDEOSHARE_ and is not here is a
# typing mistake, and stops the start; tests hold README and docker-compose.yml against this list.
VARIABLES = frozenset(
    {
        "CACHE_URL",
        "CELERY_BROKER_URL",
        "DATABASE_URL",
        "EMAIL_URL",
        "PORT",
        "SECRET_KEY",
        "STORE_PUBLIC_URL",
        "STORE_URL",
        "VIDEOSHARE_DATA",
        "VIDEOSHARE_DEBUG",
        "VIDEOSHARE_FFMPEG",
        "VIDEOSHARE_FROM_EMAIL",
        "VIDEOSHARE_LOG_LEVEL",
        "VIDEOSHARE_MAX_HOURS",
        "VIDEOSHARE_MAX_SOURCE_GB",
        "VIDEOSHARE_SILENT_MINUTES",
        "VIDEOSHARE_TRANSCODE_SLOTS",
        "VIDEOSHARE_UPLOAD_DAYS",
        "VIDEOSHARE_URL",
    }
)


@dataclass(frozen=True)
class Address:
    """Where people reach this server: everything that depends on the address follows from here.

    `url` has no trailing slash. `is_public` is False while no VIDEOSHARE_URL is set: then the server
    listens on 127.0.0.1 alone.
    """

    url: str
    host: str
    is_https: bool
    is_public: bool

    @property
    def allowed_hosts(self) -> list[str]:
        """Return the host names that a request may carry; local names always pass, for health checks."""
        return sorted({self.host, "localhost", "127.0.0.1", "[::1]"})


def read_address(env: Env) -> Address:
    """Return the address of VIDEOSHARE_URL, else http://localhost:PORT. Raises BadSetting."""
    port = read_whole_number(env, "PORT", default=8000, smallest=1, largest=65535)
    given = env.str("VIDEOSHARE_URL", "").strip().rstrip("/")
    if not given:
        return Address(url=f"http://localhost:{port}", host="localhost", is_https=False, is_public=False)
    parts = urlsplit(given)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise BadSetting("VIDEOSHARE_URL", f"{given!r} is not an address like https://video.example.com")
    if parts.path or parts.query or parts.fragment or parts.username:
        raise BadSetting("VIDEOSHARE_URL", f"{given!r} must be scheme and host alone, like https://video.example.com")
    return Address(url=given, host=parts.hostname, is_https=parts.scheme == "https", is_public=True)


def read_whole_number(env: Env, name: str, *, default: int, smallest: int, largest: int) -> int:
    """Return the whole number in `name`, or `default`. Raises BadSetting outside smallest to largest."""
    given = env.str(name, str(default)).strip() or str(default)
    if not re.fullmatch(r"[0-9]{1,9}", given) or not smallest <= int(given) <= largest:
        raise BadSetting(name, f"{given!r} is not a whole number from {smallest} to {largest}")
    return int(given)


def read_yes_or_no(env: Env, name: str, *, default: bool) -> bool:
    """Return the truth of `name`. Raises BadSetting for what is neither yes nor no."""
    try:
        return env.bool(name, default)
    except EnvError as error:
        raise BadSetting(name, "is neither true nor false") from error


def read_choice(env: Env, name: str, *, default: str, choices: frozenset[str]) -> str:
    """Return the one of `choices` that `name` holds. Raises BadSetting."""
    given = env.str(name, default) or default
    if given not in choices:
        raise BadSetting(name, f"{given!r} is none of {', '.join(sorted(choices))}")
    return given


def read_url(env: Env, name: str, *, schemes: frozenset[str]) -> str:
    """Return the URL in `name`, or "" where there is none. Raises BadSetting for another scheme."""
    given = env.str(name, "").strip()
    if given and urlsplit(given).scheme not in schemes:
        raise BadSetting(name, f"must start with one of {', '.join(f'{scheme}://' for scheme in sorted(schemes))}")
    return given


def read_data_folder(env: Env, *, default: Path) -> Path:
    """Return the absolute folder of VIDEOSHARE_DATA, made where missing. Raises BadSetting."""
    folder = Path(env.str("VIDEOSHARE_DATA", "") or default).expanduser().resolve()
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)  # recordings are nobody else's on this machine
    except OSError as error:
        raise BadSetting("VIDEOSHARE_DATA", f"{folder} cannot be made: {error.strerror}") from error
    return folder


def read_secret_key(env: Env, *, data_folder: Path) -> str:
    """Return SECRET_KEY, else the one kept in the data folder, which is made at the first start.

    The file is made with its final content by a link, so that two processes that start at once
    agree on one key. Raises BadSetting for a key that is too short to be one.
    """
    given = env.str("SECRET_KEY", "")
    if given:
        if len(given) < 32:
            raise BadSetting("SECRET_KEY", "needs at least 32 characters")
        return given
    path = data_folder / "secret_key"
    if not path.exists():
        draft = data_folder / f".secret_key.{secrets.token_hex(8)}"
        draft.touch(mode=0o600)
        draft.write_text(secrets.token_urlsafe(48))
        try:
            path.hardlink_to(draft)
        except FileExistsError:
            pass  # another process of the same start was first, and its key counts
        finally:
            draft.unlink()
    return path.read_text().strip()


def read_store_urls(env: Env) -> tuple[str, str]:
    """Return STORE_URL and STORE_PUBLIC_URL, "" where the local store serves. Raises BadSetting."""
    store_url, public_url = env.str("STORE_URL", "").strip(), env.str("STORE_PUBLIC_URL", "").strip()
    try:
        check_store_urls(store_url, public_url)
    except ValueError as error:
        raise BadSetting("STORE_URL", str(error)) from error
    return store_url, public_url


def refuse_unknown(names: list[str]) -> None:
    """Raise BadSetting for the first VIDEOSHARE_… variable that nobody reads."""
    for name in sorted(names):
        if name.startswith("VIDEOSHARE_") and name not in VARIABLES:
            raise BadSetting(name, "is not a setting of Videoshare; is it a typing mistake?")


def read_postgres(url: str) -> dict[str, object]:
    """Return Django's settings of the PostgreSQL database at `url`, which read_url has let through."""
    parts = urlsplit(url)
    if not parts.path.strip("/"):
        raise BadSetting("DATABASE_URL", "names no database, as postgres://user:password@host/videoshare does")
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(parts.path.strip("/")),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": parts.hostname or "",
        "PORT": str(parts.port or ""),
        "CONN_MAX_AGE": 60,
        "CONN_HEALTH_CHECKS": True,
    }


def read_email(url: str) -> dict[str, object]:
    """Return Django's EMAIL_… settings: smtp:// is plain, smtp+tls:// and submission:// STARTTLS, smtps:// TLS."""
    parts = urlsplit(url)
    if not parts.hostname:
        raise BadSetting("EMAIL_URL", "names no host, as smtp+tls://user:password@mail.example.com does")
    uses_starttls = parts.scheme in {"smtp+tls", "submission"}
    uses_tls = parts.scheme == "smtps"
    default_port = 587 if uses_starttls else 465 if uses_tls else 25
    return {
        "EMAIL_HOST": parts.hostname,
        "EMAIL_PORT": parts.port or default_port,
        "EMAIL_HOST_USER": unquote(parts.username or ""),
        "EMAIL_HOST_PASSWORD": unquote(parts.password or ""),
        "EMAIL_USE_TLS": uses_starttls,
        "EMAIL_USE_SSL": uses_tls,
        "EMAIL_TIMEOUT": 20,
    }
