"""What is said about a video: who reads it, who writes it, and what a poll brings."""

import uuid
from typing import Any

import pytest
from django.db import transaction
from django.test import Client
from django.utils import timezone

from apps.comments import services
from apps.comments.models import Comment
from apps.sharing import services as sharing
from apps.sharing.viewers import GUEST_COOKIE, SHARE_COOKIE
from tests.comments.saying import bodies, listed, say

pytestmark = pytest.mark.django_db


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


def test_an_answer_in_a_thread_for_the_team_is_for_the_team_and_stays_hidden_were_it_not(
    guest_client, client_for, ana, ben, video
) -> None:
    team = say(client_for(ben), video, "Between us", team_only=True).json()
    answer = say(client_for(ana), video, "Also between us", parent=team["id"]).json()
    assert answer["team_only"] is True
    Comment.objects.filter(public_id=answer["id"]).update(team_only=False)
    assert bodies(guest_client(), video) == []


def test_what_is_hidden_in_a_thread_is_not_counted_either(guest_client, client_for, ana, video) -> None:
    guest, author = guest_client(), client_for(ana)
    mine = say(guest, video, "Mine").json()["id"]
    say(author, video, "Answer", parent=mine)
    say(author, video, "Between us", parent=mine, team_only=True)
    assert [comment["replies_count"] for comment in listed(guest, video)["results"]] == [1, 0]
    assert [comment["replies_count"] for comment in listed(author, video)["results"]] == [2, 0, 0]


def test_a_name_given_to_another_team_is_asked_for_again(link, video, other_workspace) -> None:
    token = sharing.guest_token_for(link=link, client_id=None)
    sharing.create_guest(workspace=other_workspace, name="Gus", token=token)
    browser = Client()
    browser.cookies[GUEST_COOKIE], browser.cookies[SHARE_COOKIE] = token, link.token
    refused = say(browser, video)
    assert (refused.status_code, refused.json()["code"]) == (401, "name_needed")


def test_a_guest_settles_the_thread_they_began_and_no_other(guest_client, client_for, ana, video) -> None:
    guest = guest_client()
    mine, hers = (say(client, video).json()["id"] for client in (guest, client_for(ana)))
    assert guest.post(f"/api/v1/comments/{hers}/resolve/").status_code == 404
    assert guest.post(f"/api/v1/comments/{mine}/resolve/").json()["resolved_at"] is not None


def test_an_edit_that_comes_after_the_deletion_brings_nothing_back(client_for, ana, video) -> None:
    comment = Comment.objects.get(public_id=say(client_for(ana), video, "Mine").json()["id"])
    services.delete_comment(comment=comment)
    assert services.edit_comment(comment=comment, body="Again", seen=comment.created_at) is False
    assert Comment.objects.get(pk=comment.pk).body == ""


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


def test_who_comes_by_a_link_with_an_account_of_another_team_is_a_guest_who_sees_their_own_and_its_answers(
    client_for, ana, stranger, video
) -> None:
    link = sharing.create_share_link(video=video, created_by=ana, conversation="own")
    sam = client_for(stranger)
    sam.cookies[SHARE_COOKIE] = link.token
    mine = say(sam, video, "Mine").json()
    assert mine["author"] == {"name": "Sam", "is_guest": True}
    say(client_for(ana), video, "Hers")
    answer = say(client_for(ana), video, "Answer", parent=mine["id"]).json()
    assert answer["author"] == {"name": "Ana", "is_guest": False}
    say(client_for(ana), video, "Between us", parent=mine["id"], team_only=True)
    assert bodies(sam, video) == ["Mine", "Answer"]


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


def test_an_edit_that_is_sent_again_because_its_answer_was_lost_is_no_conflict(client_for, ana, video) -> None:
    client = client_for(ana)
    path = f"/api/v1/comments/{say(client, video).json()['id']}/"
    for _ in range(2):
        again = client.patch(path, {"body": "Better", "edited_at": None}, content_type="application/json")
        assert (again.status_code, again.json()["body"]) == (200, "Better")


def test_what_is_written_while_an_edit_waits_for_its_turn_is_seen(client_for, ana, video, monkeypatch) -> None:
    client = client_for(ana)
    comment = Comment.objects.get(public_id=say(client, video).json()["id"])

    def after_somebody_else(video_id: int) -> int:
        Comment.objects.filter(pk=comment.pk).update(body="Theirs", edited_at=timezone.now())
        return 99

    monkeypatch.setattr(services, "next_change", after_somebody_else)
    with transaction.atomic():
        assert not services.edit_comment(comment=comment, body="Mine", seen=comment.created_at)
        assert comment.body == "Theirs"


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


def test_what_one_wrote_waits_behind_a_link_that_asks_for_a_password_meanwhile(
    guest_client, client_for, ana, link, video
) -> None:
    guest = guest_client()
    mine = say(guest, video, "Mine").json()["id"]
    hidden = say(client_for(ana), video, "Ours", team_only=True).json()["id"]
    reaction = react(guest, mine).json()["id"]
    sharing.edit_share_link(link=link, password="open sesame")
    at, json = f"/api/v1/comments/{mine}/", "application/json"
    for refused in (
        guest.patch(at, {"body": "Changed"}, content_type=json),
        guest.delete(at),
        guest.post(f"{at}resolve/"),
        react(guest, mine),
        guest.delete(f"{at}reactions/{reaction}/"),
    ):
        assert (refused.status_code, refused.json()["code"]) == (403, "password_needed")
    assert guest.delete(f"/api/v1/comments/{hidden}/").status_code == 404
    assert Comment.objects.get(public_id=mine).body == "Mine"
