"""A link's password: five wrong tries in a quarter of an hour, counted by link and address, page and API together."""

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.utils import timezone

from apps.core import throttles
from apps.core.throttles import Limit
from apps.sharing import services as sharing
from apps.sharing.models import ShareLink
from apps.videos.models import Video
from apps.videos.services import create_video

pytestmark = pytest.mark.django_db

RIGHT = "open sesame"


@pytest.fixture
def link(ana, workspace) -> ShareLink:
    """Return a link with a password to a video of Ana's."""
    video = create_video(author=ana, workspace=workspace, title="Secret plan", source={"kind": "recording"})
    Video.objects.filter(pk=video.pk).update(stopped_at=timezone.now(), status=Video.Status.PROCESSING)
    return sharing.create_share_link(video=video, created_by=ana, password=RIGHT)


def by_api(link: ShareLink, password: str, address: str = "198.51.100.7") -> Any:
    path = f"/api/v1/share/{link.token}/unlock/"
    return Client(REMOTE_ADDR=address).post(path, {"password": password}, content_type="application/json")


def by_page(link: ShareLink, password: str, address: str = "198.51.100.7") -> Any:
    return Client(REMOTE_ADDR=address).post(f"/s/{link.token}/", {"password": password})


def test_the_sixth_try_is_refused_even_with_the_right_password(link) -> None:
    assert [by_api(link, "wrong").status_code for _ in range(5)] == [403] * 5
    refused = by_api(link, RIGHT)
    assert (refused.status_code, refused.json()["code"]) == (429, "too_many")
    assert 0 < int(refused["Retry-After"]) <= 900
    assert refused.json()["detail"] == "Those were too many wrong passwords. Please try again in 15 minutes."


def test_page_and_api_count_together_and_the_page_says_when_to_come_back(link) -> None:
    for _ in range(2):
        assert by_api(link, "wrong").status_code == 403
    for _ in range(2):
        assert b"That is not the password of this link.</li>" in by_page(link, "wrong").content
    last = by_page(link, "wrong")
    assert last.status_code == 403
    assert b"That is not the password of this link. Please try again in 15 minutes." in last.content
    refused = by_page(link, RIGHT)
    assert refused.status_code == 429
    assert int(refused["Retry-After"]) > 0
    assert b"too many wrong passwords" in refused.content
    assert b"Secret plan" not in refused.content
    assert by_api(link, RIGHT).status_code == 429


def test_after_a_quarter_of_an_hour_it_can_be_tried_again(link, cache_by_our_clock) -> None:
    for _ in range(5):
        by_api(link, "wrong")
    with time_machine.travel(timezone.now() + timedelta(minutes=15, seconds=2)):
        assert by_page(link, RIGHT).status_code == 302


def test_the_right_password_does_not_count(link) -> None:
    assert {by_api(link, RIGHT).status_code for _ in range(7)} == {200}


def test_who_guesses_shuts_out_nobody_at_another_address_and_of_no_other_link(link, ana) -> None:
    other = sharing.create_share_link(video=link.video, created_by=ana, password=RIGHT)
    for _ in range(6):
        by_api(link, "wrong")
    assert by_api(link, RIGHT, address="203.0.113.5").status_code == 200
    assert by_api(other, RIGHT).status_code == 200


def test_a_link_has_a_limit_of_its_own_against_guesses_from_everywhere(link, monkeypatch) -> None:
    monkeypatch.setitem(throttles.LIMITS, "unlock_link", Limit(3, 3600))
    for number in range(3):
        assert by_api(link, "wrong", address=f"203.0.113.{number}").status_code == 403
    assert by_api(link, RIGHT, address="203.0.113.9").status_code == 429


def test_who_has_opened_it_before_goes_on_while_others_are_refused(link) -> None:
    opened = by_api(link, RIGHT).json()["share_token"]
    for _ in range(6):
        by_api(link, "wrong")
    path = f"/api/v1/videos/{link.video.public_id}/playback/"
    assert Client(REMOTE_ADDR="198.51.100.7").get(path, HTTP_SHARE_TOKEN=opened).status_code == 200


def test_a_password_of_ten_thousand_letters_is_refused_before_it_is_hashed(link, monkeypatch) -> None:
    monkeypatch.setattr(ShareLink, "check_password", lambda *_: pytest.fail("it was hashed"))
    assert by_api(link, "x" * 10_000).status_code == 400
    assert by_page(link, "x" * 10_000).status_code == 403


def test_making_guests_has_an_end(link, monkeypatch) -> None:
    monkeypatch.setitem(throttles.LIMITS, "guests", Limit(2, 60))
    token = by_api(link, RIGHT).json()["share_token"]
    client = Client(REMOTE_ADDR="198.51.100.7")
    made = [
        client.post("/api/v1/guests/", {"share_token": token, "name": "Gus"}, content_type="application/json")
        for _ in range(3)
    ]
    assert [answer.status_code for answer in made] == [201, 201, 429]
    assert int(made[2]["Retry-After"]) > 0
