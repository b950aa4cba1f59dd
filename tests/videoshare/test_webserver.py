"""Where the web listens, and what its access log may say."""

import pytest

from videoshare.webserver import listening_address, without_secrets


def test_without_an_address_the_web_listens_on_this_machine_alone() -> None:
    assert listening_address({}) == "127.0.0.1:8000"
    assert listening_address({"VIDEOSHARE_URL": " ", "PORT": "9000"}) == "127.0.0.1:9000"


def test_with_an_address_others_may_come() -> None:
    assert listening_address({"VIDEOSHARE_URL": "https://video.example.com"}) == "0.0.0.0:8000"


@pytest.mark.parametrize(
    ("path", "logged"),
    [
        ("/s/abcdefghijkl/", "/s/abcd…/"),
        ("/play/abcdefghijkl/pub1/720.m3u8", "/play/abcd…/pub1/720.m3u8"),
        ("/setup/owner:abcdefgh/", "/setup/owne…/"),
        ("/api/v1/share/abcdefghijkl/unlock/", "/api/v1/share/abcd…/unlock/"),
        ("/api/v1/videos/abcdefghijkl/", "/api/v1/videos/abcdefghijkl/"),
        ("/v/abcdefghijkl/", "/v/abcdefghijkl/"),
        ("/static/pages/watch.js", "/static/pages/watch.js"),
    ],
)
def test_the_access_log_keeps_only_the_beginning_of_a_secret_address(path: str, logged: str) -> None:
    assert without_secrets(path) == logged
