"""Finding videos by words: what is found, how it may be written, and what must never be."""

import re

import pytest

from apps.comments.models import Comment
from apps.comments.services import add_comment, delete_comment
from apps.pages.listing import words_of
from apps.pages.snippets import snippet_of
from apps.sharing.services import create_guest, create_share_link
from apps.sharing.viewers import SHARE_COOKIE
from apps.videos.models import Video
from tests.watchable import watchable_video

pytestmark = pytest.mark.django_db


def found(client, question: str) -> list[str]:
    """Return the titles found, which page and API must agree on."""
    on_page = re.findall(r'data-card [^>]*data-title="([^"]*)"', client.get("/", {"q": question}).content.decode())
    by_program = [video["title"] for video in client.get("/api/v1/videos/", {"q": question}).json()["results"]]
    assert on_page == by_program
    return on_page


def say(video: Video, who, body: str, **fields) -> Comment:
    return add_comment(video=video, member=who, guest=None, body=body, **fields)


def test_by_title_description_person_and_the_words_of_comments(client_for, ana, ben, workspace) -> None:
    watchable_video(ana, workspace, "Budget of spring")
    watchable_video(ana, workspace, "Elsewhere", description="About the spring cleaning")
    asked = watchable_video(ben, workspace, "Asked about")
    say(asked, ana, "Is this before spring?")
    client = client_for(ana)
    assert found(client, "spring") == ["Asked about", "Elsewhere", "Budget of spring"]
    assert found(client, "ben") == ["Asked about"]
    assert found(client, "winter") == []


def test_each_word_must_be_somewhere_and_not_all_in_one_place(client_for, ana, ben, workspace) -> None:
    plan = watchable_video(ben, workspace, "Plan of spring")
    say(plan, ana, "Is the bridge open?")
    watchable_video(ana, workspace, "Plan of autumn")
    assert found(client_for(ana), "bridge ben PLAN") == ["Plan of spring"]
    assert found(client_for(ana), "bridge autumn") == []


@pytest.mark.parametrize(
    ("written", "asked"),
    [
        ("Übergabe", "übergabe"),
        ("übergabe", "ÜBERGABE"),
        ("Ärger", "ärg"),
        ("ΟΔΟΣ ΑΘΗΝΑΣ", "οδος"),
        ("Пример", "пРИМЕР"),
        ("Straße", "STRASSE"),
        ("İstanbul", "istanbul"),
        ("istanbul", "İSTANBUL"),
        ("U\N{COMBINING DIAERESIS}bung", "übung"),  # typed as two signs, kept as one
        ("日本語の動画", "動画"),
    ],
)
def test_large_and_small_are_alike_in_every_alphabet(client_for, ana, workspace, written, asked) -> None:
    client = client_for(ana)
    made = watchable_video(ana, workspace, "x")
    client.patch(f"/api/v1/videos/{made.public_id}/", {"title": written}, content_type="application/json")
    title = Video.objects.get(pk=made.pk).title
    assert found(client, asked) == [title]
    other = watchable_video(ana, workspace, "In a comment")
    client.post(f"/api/v1/videos/{other.public_id}/comments/", {"body": written}, content_type="application/json")
    assert "In a comment" in found(client, asked)


@pytest.mark.parametrize("asked", ["%", "_", "100%", "\\", "a_b"])
def test_signs_that_databases_read_otherwise_mean_themselves(client_for, ana, workspace, asked) -> None:
    watchable_video(ana, workspace, "axb, 100 of it")
    assert found(client_for(ana), asked) == []
    watchable_video(ana, workspace, f"With {asked} in it")
    assert found(client_for(ana), asked) == [f"With {asked} in it"]


@pytest.mark.parametrize("asked", ["   ", "\x00", "\n\t"])
def test_a_question_of_nothing_is_none(client_for, ana, workspace, asked) -> None:
    watchable_video(ana, workspace)
    response = client_for(ana).get("/", {"q": asked})
    assert "Results for" not in response.content.decode()
    assert 'data-title="Plan"' in response.content.decode()


def test_a_very_long_question_is_cut_on_the_page_and_refused_to_programs(client_for, ana) -> None:
    assert client_for(ana).get("/", {"q": "word " * 2000}).status_code == 200
    assert client_for(ana).get("/api/v1/videos/", {"q": "word " * 2000}).status_code == 400
    assert len(words_of(" ".join(str(number) for number in range(100)))) == 8


# What must not be found


def test_a_private_video_is_found_by_its_author_alone(client_for, ana, ben, workspace) -> None:
    secret = watchable_video(ana, workspace, "Secret plan", visibility=Video.Visibility.ONLY_ME)
    say(secret, ana, "Not to be found")
    assert found(client_for(ana), "secret") == ["Secret plan"]
    for question in ("secret", "found"):
        assert found(client_for(ben), question) == []


def test_nothing_in_the_trash_is_found(client_for, ana, workspace) -> None:
    video = watchable_video(ana, workspace)
    say(video, ana, "Why?")
    client = client_for(ana)
    client.delete(f"/api/v1/videos/{video.public_id}/")
    for question in ("plan", "why"):
        assert found(client, question) == []


def test_another_team_s_words_are_not_found(client_for, ana, stranger, workspace) -> None:
    video = watchable_video(ana, workspace)
    say(video, ana, "Why?")
    for question in ("plan", "why", "ana"):
        assert found(client_for(stranger), question) == []


def test_who_has_a_link_finds_nothing_by_it(client_for, ana, stranger, workspace) -> None:
    video = watchable_video(ana, workspace)
    say(video, ana, "Said to the team", team_only=True)
    client = client_for(stranger)
    client.cookies[SHARE_COOKIE] = create_share_link(video=video, created_by=ana).token
    assert client.get(f"/v/{video.public_id}/").status_code == 200
    for question in ("plan", "team"):
        assert found(client, question) == []


def test_what_was_taken_back_is_not_found(client_for, ana, workspace) -> None:
    video = watchable_video(ana, workspace)
    comment = say(video, ana, "Blunder")
    Comment.objects.filter(pk=comment.pk).update(body="Blunder")
    assert found(client_for(ana), "blunder") == ["Plan"]
    delete_comment(comment=comment)
    Comment.objects.filter(pk=comment.pk).update(body="Blunder")  # even if the text had stayed
    assert found(client_for(ana), "blunder") == []


def test_a_guest_s_words_are_found_by_the_team(client_for, ben, ana, workspace) -> None:
    video = watchable_video(ana, workspace)
    guest = create_guest(workspace=workspace, name="Gus", token="gus")
    add_comment(video=video, member=None, guest=guest, body="Where is the lighthouse?")
    assert found(client_for(ben), "lighthouse") == ["Plan"]


# What is shown of it


def test_a_comment_that_was_found_stands_on_its_card_with_the_word_marked(client_for, ana, ben, workspace) -> None:
    video = watchable_video(ana, workspace)
    comment = say(video, ben, "Where is the <b>Lighthouse</b> of which you speak?")
    page = client_for(ana).get("/?q=lighthouse").content.decode()
    assert f"?comment={comment.public_id}" in page
    assert "&lt;b&gt;<mark>Lighthouse</mark>&lt;/b&gt;" in page


def test_of_many_comments_with_the_word_the_first_alone_is_fetched(client_for, ana, workspace, monkeypatch) -> None:
    firsts = []
    for title in ("One", "Two"):
        video = watchable_video(ana, workspace, title)
        firsts.append(say(video, ana, "The first lighthouse").public_id)
        for _ in range(5):
            say(video, ana, "Another lighthouse")
    fetched: list[str] = []
    from_db = Comment.from_db

    def counted(*row):
        made = from_db(*row)
        fetched.append(made.public_id)
        return made

    monkeypatch.setattr(Comment, "from_db", counted)
    page = client_for(ana).get("/?q=lighthouse").content.decode()
    assert sorted(fetched) == sorted(firsts)
    assert all(f"?comment={first}" in page for first in firsts)


@pytest.mark.parametrize(
    ("text", "word", "shown"),
    [
        ("Why this number?", "number", ("Why this ", "number", "?")),
        ("Die Straße ist zu", "strasse", ("Die ", "Straße", " ist zu")),
        ("Aus İstanbul", "istanbul", ("Aus ", "İstanbul", "")),
        ("one\n\ntwo\tthree", "two", ("one ", "two", " three")),
        ("nothing of it", "else", ("nothing of it", "", "")),
        ("ab" * 400, "zz", ("ab" * 70 + "…", "", "")),
    ],
)
def test_a_snippet_shows_the_word_as_it_is_written_there(text, word, shown) -> None:
    snippet = snippet_of(text, [word])
    assert (snippet.before, snippet.word, snippet.after) == shown


def test_a_snippet_of_a_long_text_is_short_and_keeps_the_word_in_sight() -> None:
    snippet = snippet_of("before " * 200 + "Word " + "after " * 200, ["word"])
    assert snippet.word == "Word"
    assert snippet.before.startswith("…before")
    assert len(snippet.before) <= 41
    assert snippet.after.endswith("after…")
    assert len(snippet.after) <= 141
