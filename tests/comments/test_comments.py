"""What is said about a video: who reads it, who writes it, and what a poll brings."""

import uuid
from typing import Any

import pytest
from django.test import Client

from apps.comments.models import Comment
from apps.sharing import services as sharing

pytestmark = pytest.mark.django_db


def say(client: Client, video: Any, body: str = "Why this number?", **fields: Any) -> Any:
    return client.post(
        f"/api/v1/videos/{video.public_id}/comments/", {"body": body, **fields}, content_type="application/json"
    )


def listed(client: Client, video: Any, after: str = "") -> Any:
    return client.get(f"/api/v1/videos/{video.public_id}/comments/", {"after": after} if after else {}).json()


def bodies(client: Client, video: Any) -> list[str]:
    return [comment["body"] for comment in listed(client, video)["results"]]


def test_a_guest_asks_at_a_second_and_the_author_answers_in_the_thread(guest_client, client_for, ana, video) -> None:
    asked = say(guest_client(), video, timestamp_ms=42_000)
    assert asked.status_code == 201
    assert asked.json()["author"] == {"name": "Gus", "is_guest": True}
    answer = say(client_for(ana), video, "From the sheet.", parent=asked.json()["id"])
    assert answer.json()["thread"] == asked.json()["id"]
    thread = next(c for c in listed(client_for(ana), video)["results"] if c["id"] == asked.json()["id"])
    assert (thread["timestamp_ms"], thread["replies_count"]) == (42_000, 1)


def test_an_answer_to_an_answer_joins_the_thread(client_for, ana, video) -> None:
    client = client_for(ana)
    first = say(client, video).json()["id"]
    second = say(client, video, parent=first).json()["id"]
    assert say(client, video, parent=second).json()["parent"] == first


def test_a_guest_without_a_name_is_asked_for_one(link, video) -> None:
    client = Client()
    response = client.post(
        f"/api/v1/videos/{video.public_id}/comments/",
        {"body": "Hello"},
        content_type="application/json",
        HTTP_SHARE_TOKEN=link.token,
    )
    assert (response.status_code, response.json()["code"]) == (401, "name_needed")


def test_a_link_without_comments_takes_none(guest_client, video, ana) -> None:
    quiet = sharing.create_share_link(video=video, created_by=ana, can_comment=False)
    assert say(guest_client(by=quiet), video).status_code == 403


def test_a_guest_never_reads_what_is_for_the_team(guest_client, client_for, ana, ben, video) -> None:
    team = say(client_for(ben), video, "Between us", team_only=True).json()
    say(client_for(ana), video, "Also between us", parent=team["id"])
    assert bodies(guest_client(), video) == []
    assert bodies(client_for(ana), video) == ["Between us", "Also between us"]
    assert say(guest_client(), video, parent=team["id"]).status_code == 400


def test_a_guest_cannot_write_for_the_team_alone(guest_client, video) -> None:
    assert say(guest_client(), video, team_only=True).status_code == 400


@pytest.mark.parametrize(("shows", "expected"), [("all", ["Mine", "Hers"]), ("own", ["Mine"]), ("none", [])])
def test_a_link_shows_as_much_of_the_conversation_as_it_says(
    shows, expected, guest_client, client_for, ana, video
) -> None:
    link = sharing.create_share_link(video=video, created_by=ana, conversation=shows)
    guest = guest_client(by=link)
    say(guest, video, "Mine")
    say(client_for(ana), video, "Hers")
    assert bodies(guest, video) == expected


def test_who_sees_only_their_own_sees_the_answers_to_it(guest_client, client_for, ana, video) -> None:
    link = sharing.create_share_link(video=video, created_by=ana, conversation="own")
    guest = guest_client(by=link)
    mine = say(guest, video, "Mine").json()["id"]
    say(client_for(ana), video, "Answer", parent=mine)
    assert bodies(guest, video) == ["Mine", "Answer"]


def test_the_same_post_again_makes_one_comment(client_for, ana, video) -> None:
    client, client_id = client_for(ana), str(uuid.uuid4())
    first, again = (say(client, video, client_id=client_id) for _ in range(2))
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json()["id"] == again.json()["id"]
    other = say(client, video, "Something else", client_id=client_id)
    assert (other.status_code, other.json()["code"]) == (409, "client_id_reused")


def test_one_edits_and_deletes_one_s_own_alone(guest_client, client_for, ana, video) -> None:
    guest, other_guest = guest_client(), guest_client("Guy")
    path = f"/api/v1/comments/{say(guest, video).json()['id']}/"
    for client in (other_guest, client_for(ana)):
        assert client.patch(path, {"body": "x"}, content_type="application/json").status_code == 404
        assert client.delete(path).status_code == 404
    edited = guest.patch(path, {"body": "Why that number?"}, content_type="application/json")
    assert (edited.status_code, edited.json()["body"]) == (200, "Why that number?")
    assert guest.delete(path).status_code == 204
    assert bodies(guest, video) == []


def test_where_comments_were_closed_a_guest_only_takes_their_own_back(guest_client, link, video) -> None:
    gus = guest_client()
    written = say(gus, video, "early").json()
    link.can_comment = False
    link.save()
    address = f"/api/v1/comments/{written['id']}/"
    assert gus.patch(address, {"body": "late"}, content_type="application/json").status_code == 403
    assert gus.delete(address).status_code == 204


def test_of_two_edits_at_once_the_second_gets_the_first_one_s_text(client_for, ana, video) -> None:
    client = client_for(ana)
    comment = say(client, video).json()
    path = f"/api/v1/comments/{comment['id']}/"
    first = client.patch(path, {"body": "First"}, content_type="application/json").json()
    late = client.patch(path, {"body": "Second", "edited_at": None}, content_type="application/json")
    assert (late.status_code, late.json()["code"]) == (409, "edit_conflict")
    assert late.json()["comment"]["body"] == "First"
    seen = client.patch(path, {"body": "Second", "edited_at": first["edited_at"]}, content_type="application/json")
    assert seen.status_code == 200


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
    assert client.get(path, HTTP_IF_NONE_MATCH=etag).status_code == 304
    say(client, video)
    assert client.get(path, HTTP_IF_NONE_MATCH=etag).status_code == 200


def test_two_viewers_never_share_an_etag(client_for, guest_client, ana, video) -> None:
    path = f"/api/v1/videos/{video.public_id}/comments/"
    assert client_for(ana).get(path)["ETag"] != guest_client().get(path)["ETag"]


def test_long_conversations_come_in_pages(client_for, ana, video) -> None:
    from apps.comments import services

    for number in range(201):
        services.add_comment(video=video, member=ana, guest=None, body=f"{number}")
    client = client_for(ana)
    first = listed(client, video)
    rest = client.get(first["next"]).json()
    assert (len(first["results"]), len(rest["results"]), rest["next"]) == (200, 1, None)


@pytest.mark.parametrize("body", ["", "   ", "\u200b\u200b", "\u202e", "x" * 10_001])
def test_a_text_with_nothing_to_read_or_too_much_is_refused(body, client_for, ana, video) -> None:
    response = say(client_for(ana), video, body)
    assert (response.status_code, response.json()["code"]) == (400, "invalid")
    assert not Comment.objects.exists()


def test_a_direction_override_is_taken_out(client_for, ana, video) -> None:
    assert say(client_for(ana), video, "safe\u202etxt.exe").json()["body"] == "safetxt.exe"


@pytest.mark.parametrize("fields", [{"timestamp_ms": -1}, {"end_ms": 5}, {"timestamp_ms": 5, "end_ms": 4}])
def test_a_time_that_cannot_be_is_refused(fields, client_for, ana, video) -> None:
    assert say(client_for(ana), video, **fields).status_code == 400


def test_an_answer_to_a_comment_of_another_video_is_refused(client_for, ana, video, workspace) -> None:
    from apps.videos.services import create_video

    other = create_video(author=ana, workspace=workspace, source={"kind": "recording"})
    elsewhere = say(client_for(ana), other).json()["id"]
    assert say(client_for(ana), video, parent=elsewhere).status_code == 400


def test_a_deleted_comment_with_answers_stays_as_a_tombstone_on_first_sight(client_for, ana, ben, video) -> None:
    client = client_for(ana)
    first = say(client, video).json()["id"]
    say(client_for(ben), video, "Because", parent=first)
    client.delete(f"/api/v1/comments/{first}/")
    assert [c["body"] for c in listed(client, video)["results"]] == ["Because", ""]


def react(client: Client, comment: str, emoji: str = "👍") -> Any:
    return client.put(f"/api/v1/comments/{comment}/reactions/", {"emoji": emoji}, content_type="application/json")


def test_a_reaction_is_left_once_and_taken_back_by_whose_it_is(client_for, guest_client, ana, video) -> None:
    author, guest = client_for(ana), guest_client()
    comment = say(author, video).json()["id"]
    cursor = listed(guest, video)["after"]
    left, again = react(guest, comment), react(guest, comment)
    assert left.json()["id"] == again.json()["id"]
    (changed,) = listed(author, video, cursor)["results"]
    assert changed["reactions"] == [{"id": left.json()["id"], "emoji": "👍", "name": "Gus", "mine": False}]
    path = f"/api/v1/comments/{comment}/reactions/{left.json()['id']}/"
    assert author.delete(path).status_code == 404
    assert guest.delete(path).status_code == 204
    assert listed(author, video)["results"][0]["reactions"] == []


@pytest.mark.parametrize("emoji", ["ok", "", "👍" * 20, "<b>", "5"])
def test_a_reaction_is_an_emoji(emoji, client_for, ana, video) -> None:
    client = client_for(ana)
    assert react(client, say(client, video).json()["id"], emoji).status_code == 400


def test_a_member_mentions_colleagues_and_nobody_else(client_for, guest_client, ana, ben, stranger, video) -> None:
    client = client_for(ana)
    assert say(client, video, mentions=[ben.public_id]).status_code == 201
    assert say(client, video, mentions=[stranger.public_id]).status_code == 400
    assert say(guest_client(), video, mentions=[ben.public_id]).status_code == 400
    assert list(Comment.objects.get().mentions.values_list("person", flat=True)) == [ben.pk]


def test_one_s_own_words_stay_one_s_own_on_a_link_that_shows_nothing(guest_client, ana, video) -> None:
    guest = guest_client(by=sharing.create_share_link(video=video, created_by=ana, conversation="none"))
    path = f"/api/v1/comments/{say(guest, video).json()['id']}/"
    assert guest.patch(path, {"body": "Better"}, content_type="application/json").json()["body"] == "Better"
    assert guest.delete(path).status_code == 204
