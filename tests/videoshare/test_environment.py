"""A setting with a bad value stops the start, by its name; a good one becomes what the product works with."""

import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from environs import Env

from videoshare import environment
from videoshare.environment import BadSetting


@pytest.fixture
def env(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Env]:
    """Return what makes an environment in which only these variables are set."""

    def make(**variables: str) -> Env:
        for name in environment.VARIABLES:
            monkeypatch.delenv(name, raising=False)
        for name, value in variables.items():
            monkeypatch.setenv(name, value)
        return Env()

    return make


def test_without_an_address_the_server_is_for_this_machine(env: Callable[..., Env]) -> None:
    address = environment.read_address(env(PORT="8123"))
    assert (address.url, address.is_public, address.is_https) == ("http://localhost:8123", False, False)


def test_an_address_decides_host_and_security_of_cookies(env: Callable[..., Env]) -> None:
    address = environment.read_address(env(VIDEOSHARE_URL="https://video.example.com:8443/"))
    assert (address.url, address.is_public, address.is_https) == ("https://video.example.com:8443", True, True)
    assert address.allowed_hosts == ["127.0.0.1", "[::1]", "localhost", "video.example.com"]


@pytest.mark.parametrize(
    "url",
    ["video.example.com", "ftp://video.example.com", "https://", "https://video.example.com/app", "https://a@b.c"],
)
def test_an_address_that_is_none_is_refused(env: Callable[..., Env], url: str) -> None:
    with pytest.raises(BadSetting, match="VIDEOSHARE_URL"):
        environment.read_address(env(VIDEOSHARE_URL=url))


@pytest.mark.parametrize("given", ["0", "65536", "-1", "80.5", "eighty", "٨", "1" * 12])
def test_a_number_outside_its_range_is_refused(env: Callable[..., Env], given: str) -> None:
    with pytest.raises(BadSetting, match=r"PORT: .* is not a whole number from 1 to 65535"):
        environment.read_whole_number(env(PORT=given), "PORT", default=8000, smallest=1, largest=65535)


@pytest.mark.parametrize(("given", "read"), [("1", 1), ("65535", 65535), (" 8080 ", 8080), ("", 8000)])
def test_a_number_at_its_limits_is_taken(env: Callable[..., Env], given: str, read: int) -> None:
    assert environment.read_whole_number(env(PORT=given), "PORT", default=8000, smallest=1, largest=65535) == read


def test_a_variable_of_ours_that_nobody_reads_is_a_typing_mistake() -> None:
    with pytest.raises(BadSetting, match="VIDEOSHARE_URLL"):
        environment.refuse_unknown(["HOME", "VIDEOSHARE_URL", "VIDEOSHARE_URLL"])
    environment.refuse_unknown(["HOME", "PATH", *environment.VARIABLES])


def test_neither_yes_nor_no_is_refused(env: Callable[..., Env]) -> None:
    with pytest.raises(BadSetting, match="VIDEOSHARE_DEBUG"):
        environment.read_yes_or_no(env(VIDEOSHARE_DEBUG="maybe"), "VIDEOSHARE_DEBUG", default=False)


def test_a_choice_must_be_one_of_the_list(env: Callable[..., Env]) -> None:
    levels = frozenset({"INFO", "DEBUG"})
    with pytest.raises(BadSetting, match=r"VIDEOSHARE_LOG_LEVEL: 'loud' is none of DEBUG, INFO"):
        environment.read_choice(
            env(VIDEOSHARE_LOG_LEVEL="loud"), "VIDEOSHARE_LOG_LEVEL", default="INFO", choices=levels
        )


def test_a_url_of_another_kind_is_refused_without_showing_its_password(env: Callable[..., Env]) -> None:
    with pytest.raises(BadSetting, match="DATABASE_URL") as raised:
        environment.read_url(
            env(DATABASE_URL="mysql://me:hunter2@db/x"), "DATABASE_URL", schemes=frozenset({"postgres"})
        )
    assert "hunter2" not in str(raised.value)


def test_a_store_of_another_kind_is_refused_by_name(env: Callable[..., Env]) -> None:
    with pytest.raises(BadSetting, match="STORE_URL"):
        environment.read_store_urls(env(STORE_URL="gs://bucket"))


def test_a_postgres_url_gives_each_part_unquoted() -> None:
    read = environment.read_postgres("postgres://me:p%40ss@db.example.com:5433/videos")
    parts = {name: read[name] for name in ("NAME", "USER", "PASSWORD", "HOST", "PORT")}
    assert parts == {
        "NAME": "videos",
        "USER": "me",
        "PASSWORD": "p@ss",
        "HOST": "db.example.com",
        "PORT": "5433",
    }


def test_a_postgres_url_without_a_database_is_refused() -> None:
    with pytest.raises(BadSetting, match="DATABASE_URL"):
        environment.read_postgres("postgres://me@db.example.com")


@pytest.mark.parametrize(
    ("url", "port", "starttls", "tls"),
    [
        ("smtp://mail.example.com", 25, False, False),
        ("smtp+tls://mail.example.com", 587, True, False),
        ("submission://mail.example.com", 587, True, False),
        ("smtps://mail.example.com", 465, False, True),
        ("smtps://mail.example.com:2465", 2465, False, True),
    ],
)
def test_a_mail_url_says_how_the_line_is_encrypted(url: str, port: int, starttls: bool, tls: bool) -> None:
    read = environment.read_email(url)
    assert (read["EMAIL_PORT"], read["EMAIL_USE_TLS"], read["EMAIL_USE_SSL"]) == (port, starttls, tls)


def test_processes_that_start_at_once_agree_on_one_secret_key(env: Callable[..., Env], tmp_path: Path) -> None:
    variables = env()
    keys: list[str] = []
    start = threading.Barrier(8)

    def read() -> None:
        start.wait()
        keys.append(environment.read_secret_key(variables, data_folder=tmp_path))

    threads = [threading.Thread(target=read) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(keys) == 8
    assert len(set(keys)) == 1
    assert [path.name for path in tmp_path.iterdir()] == ["secret_key"]
    assert (tmp_path / "secret_key").stat().st_mode & 0o077 == 0


def test_a_secret_key_that_can_be_guessed_is_refused(env: Callable[..., Env], tmp_path: Path) -> None:
    with pytest.raises(BadSetting, match="SECRET_KEY"):
        environment.read_secret_key(env(SECRET_KEY="changeme"), data_folder=tmp_path)


def test_a_data_folder_that_cannot_be_made_is_named(env: Callable[..., Env], tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(BadSetting, match="VIDEOSHARE_DATA"):
        environment.read_data_folder(env(VIDEOSHARE_DATA=str(tmp_path / "file" / "var")), default=tmp_path)
