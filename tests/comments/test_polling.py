"""What a poll brings, what it costs, and what it does not tell."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from apps.comments import api, services
from apps.comments.cursors import NotACursor, cursor_for, read_cursor, rights_digest
from apps.sharing import services as sharing
from tests.comments.saying import listed, say

pytestmark = pytest.mark.django_db


def test_a_poll_brings_what_changed_since_and_deletions_too(client_for, ana, ben, video) -> None:
    client = client_for(ana)
    first, second = (say(client, video, body).json()["id"] for body in ("One", "Two"))
    cursor = listed(client_for(ben), video)["after"]
    assert listed(client_for(ben), video, cursor)["results"] == []
    client.delete(f"/api/v1/comments/{first}/")
    client.patch(f"/api/v1/comments/{second}/", {"body": "Two!"}, content_type="application/json")
    changed = listed(client_for(ben), video, cursor)["results"]
    assert [(c["id"], c["body"], c["deleted_at"] is None) for c in changed] == [
        (first, "", False),
        (second, "Two!", True),
    ]


def test_a_poll_without_news_costs_a_304(client_for, ana, video) -> None:
    client = client_for(ana)
    path = f"/api/v1/videos/{video.public_id}/comments/"
    etag = client.get(path)["ETag"]
    unchanged = client.get(path, HTTP_IF_NONE_MATCH=etag)
    assert (unchanged.status_code, unchanged["Cache-Control"]) == (304, "private, no-cache")
    for named in (f'"another", {etag}', etag.removeprefix("W/"), "*"):
        assert client.get(path, HTTP_IF_NONE_MATCH=named).status_code == 304
    assert client.get(path, HTTP_IF_NONE_MATCH='W/"another"').status_code == 200
    say(client, video)
    assert client.get(path, HTTP_IF_NONE_MATCH=etag).status_code == 200


def test_two_viewers_never_share_an_etag(client_for, guest_client, ana, video) -> None:
    path = f"/api/v1/videos/{video.public_id}/comments/"
    assert client_for(ana).get(path)["ETag"] != guest_client().get(path)["ETag"]


def test_long_conversations_come_in_pages(client_for, ana, video) -> None:
    for number in range(201):
        services.add_comment(video=video, member=ana, guest=None, body=f"{number}")
    client = client_for(ana)
    first = listed(client, video)
    rest = client.get(first["next"]).json()
    assert (len(first["results"]), len(rest["results"]), rest["next"]) == (200, 1, None)
    path = f"/api/v1/videos/{video.public_id}/comments/"
    assert len(client.get(path, {"page_size": 1000}).json()["results"]) == 201
    assert [client.get(path, {"page_size": size}).status_code for size in ("0", "1001", "x")] == [400, 400, 400]


def test_pages_of_long_texts_hold_fewer_and_at_least_one(client_for, ana, video, monkeypatch) -> None:
    monkeypatch.setattr(api, "LONGEST_PAGE", 25)
    texts = ["x" * 10, "y" * 10, "z" * 10, "w" * 40]
    for text in texts:
        services.add_comment(video=video, member=ana, guest=None, body=text)
    client, page, read = client_for(ana), f"/api/v1/videos/{video.public_id}/comments/", []
    while page:
        answer = client.get(page).json()
        read.append([comment["body"] for comment in answer["results"]])
        page = answer["next"]
    assert read == [texts[:2], texts[2:3], texts[3:]]


def etag_of(client, video) -> str:
    return client.get(f"/api/v1/videos/{video.public_id}/comments/")["ETag"]


def test_a_guest_cannot_tell_that_something_hidden_was_said(client_for, guest_client, ana, video) -> None:
    guest, author = guest_client(), client_for(ana)
    say(author, video, "Open")
    etag, before = etag_of(guest, video), listed(guest, video)
    hidden = say(author, video, "Between us", team_only=True).json()["id"]
    say(author, video, "Also between us", parent=hidden)
    say(author, video, "And this", team_only=True)
    assert etag_of(guest, video) == etag
    assert listed(guest, video) == before
    assert listed(guest, video, before["after"])["results"] == []
    # Nor by how far the numbers of what they may see lie apart: a cursor is as long as ever and says none.
    say(author, video, "Open again")
    after = listed(guest, video)["after"]
    assert len(after) == len(before["after"])
    assert not after.isdigit()


def test_a_guest_is_not_told_of_a_deleted_thread_that_only_the_team_answered(
    client_for, guest_client, ana, video
) -> None:
    author = client_for(ana)
    first = say(author, video, "Open").json()["id"]
    say(author, video, "Between us", parent=first, team_only=True)
    author.delete(f"/api/v1/comments/{first}/")
    assert listed(guest_client(), video)["results"] == []
    assert len(listed(author, video)["results"]) == 2


def test_when_a_link_shows_less_its_readers_begin_anew(client_for, guest_client, ana, link, video) -> None:
    guest = guest_client()
    say(client_for(ana), video, "Hers")
    say(guest, video, "Mine")
    before = listed(guest, video)
    assert (before["reset"], len(before["results"])) == (False, 2)
    sharing.edit_share_link(link=link, conversation="own")
    now = listed(guest, video, before["after"])
    assert (now["reset"], [comment["body"] for comment in now["results"]]) == (True, ["Mine"])
    assert listed(guest, video, now["after"])["reset"] is False


def test_a_page_from_before_an_upgrade_polls_on_and_is_given_all_anew(client_for, ana, video) -> None:
    said = say(client_for(ana), video, "Why?").json()
    page = listed(client_for(ana), video, "1")
    assert (page["reset"], [row["id"] for row in page["results"]]) == (True, [said["id"]])
    assert listed(client_for(ana), video, page["after"])["results"] == []


@pytest.mark.parametrize("cursor", ["-1", "1.5", "9" * 20, "x" * 37, "é", "A" * 38, "=", "%00"])
def test_a_cursor_that_we_have_not_made_is_refused(cursor, client_for, ana, video) -> None:
    path = f"/api/v1/videos/{video.public_id}/comments/"
    assert client_for(ana).get(path, {"after": cursor}).status_code == 400


def test_a_cursor_is_read_back_for_its_own_video_alone() -> None:
    rights = rights_digest("a", 1)
    cursor = cursor_for(video_id=7, change=41, rights=rights)
    assert read_cursor(cursor, video_id=7) == (41, rights)
    with pytest.raises(NotACursor):
        read_cursor(cursor, video_id=8)
    with pytest.raises(NotACursor):
        read_cursor(("B" if cursor[0] != "B" else "C") + cursor[1:], video_id=7)


def test_a_page_costs_as_many_queries_with_fifty_comments_as_with_two(client_for, ana, ben, video) -> None:
    def fill(count: int) -> None:
        for _ in range(count):
            first = services.add_comment(video=video, member=ana, guest=None, body="@Ben", mentions=[ben])
            services.add_comment(video=video, member=ben, guest=None, body="Because", parent=first)
            services.react(comment=first, member=ben, guest=None, emoji="👍")

    client = client_for(ana)
    counts = []
    for more in (1, 24):
        fill(more)
        with CaptureQueriesContext(
            connection,
        ) as queries:
            listed(client, video)
        counts.append(len(queries))
    assert counts[0] == counts[1] <= 16, counts


def test_who_speaks_is_told_apart_and_not_named(client_for, guest_client, ana, ben, link, video) -> None:
    speakers = [listed(client, video)["speaker"] for client in (client_for(ana), client_for(ben), guest_client())]
    assert len(set(speakers)) == 3
    assert all(str(ana.public_id) not in speaker for speaker in speakers)
