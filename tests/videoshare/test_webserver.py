"""What the access log may say."""

import pytest

from videoshare.webserver import without_secrets


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
