"""Where the web listens."""

from videoshare.webserver import listening_address


def test_without_an_address_the_web_listens_on_this_machine_alone() -> None:
    assert listening_address({}) == "127.0.0.1:8000"
    assert listening_address({"VIDEOSHARE_URL": " ", "PORT": "9000"}) == "127.0.0.1:9000"


def test_with_an_address_others_may_come() -> None:
    assert listening_address({"VIDEOSHARE_URL": "https://video.example.com"}) == "0.0.0.0:8000"
