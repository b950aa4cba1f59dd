"""Too many comments and reactions at once: refused with a sentence and a time, and only for who sent them."""

import pytest

from apps.core import throttles
from apps.core.throttles import Limit
from tests.comments.saying import bodies, say

pytestmark = pytest.mark.django_db


def test_the_third_comment_of_two_is_refused_with_a_sentence(client_for, ana, ben, video, monkeypatch) -> None:
    monkeypatch.setitem(throttles.LIMITS, "comments", Limit(2, 60, "That was fast."))
    client = client_for(ana)
    statuses = [say(client, video, body).status_code for body in ("One", "Two", "Three")]
    assert statuses == [201, 201, 429]
    refused = say(client, video, "Three")
    assert refused.json()["code"] == "too_many"
    assert refused.json()["detail"].startswith("That was fast. Please try again in")
    assert 0 < int(refused["Retry-After"]) <= 60
    assert bodies(client, video) == ["One", "Two"]
    assert say(client_for(ben), video).status_code == 201


def test_a_guest_with_many_names_is_one_address(guest_client, client_for, ana, video, monkeypatch) -> None:
    monkeypatch.setitem(throttles.LIMITS, "comments_from_address", Limit(2, 60))
    assert [say(guest_client(name), video).status_code for name in ("Gus", "Guy", "Gil")] == [201, 201, 429]
    assert say(client_for(ana), video).status_code == 201


def test_edits_count_as_comments_and_reading_counts_for_nothing(client_for, ana, video, monkeypatch) -> None:
    monkeypatch.setitem(throttles.LIMITS, "comments", Limit(2, 60))
    client = client_for(ana)
    path = f"/api/v1/comments/{say(client, video).json()['id']}/"
    statuses = [client.patch(path, {"body": "x"}, content_type="application/json").status_code for _ in range(2)]
    assert statuses == [200, 429]
    assert bodies(client, video) == ["x"]


def test_reactions_have_a_limit_of_their_own(client_for, ana, video, monkeypatch) -> None:
    monkeypatch.setitem(throttles.LIMITS, "reactions", Limit(1, 60))
    client = client_for(ana)
    path = f"/api/v1/comments/{say(client, video).json()['id']}/reactions/"
    statuses = [
        client.put(path, {"emoji": emoji}, content_type="application/json").status_code for emoji in ("👍", "🎉")
    ]
    assert statuses == [200, 429]
    assert say(client, video).status_code == 201
