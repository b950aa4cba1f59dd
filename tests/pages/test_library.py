"""The library page: what stands on its cards, and for whom."""

import html
import re
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from apps.accounts.services import create_token
from apps.comments.services import add_comment, delete_comment
from apps.insights.news import new_for
from apps.pages.library_views import PAGE_SIZE
from apps.sharing.services import create_share_link
from apps.videos.models import Video
from apps.videos.services import create_video, edit_video
from tests.watchable import watchable_video

pytestmark = pytest.mark.django_db


@pytest.fixture
def bens_video(ben, workspace) -> Video:
    made = create_video(author=ben, workspace=workspace, title="Ben's plan", source={"kind": "recording"})
    Video.objects.filter(pk=made.pk).update(status=Video.Status.PROCESSING, stopped_at=timezone.now())
    return made


def test_an_owner_can_delete_a_colleague_s_video_and_rename_none(client_for, ana, bens_video) -> None:
    page = client_for(ana).get("/").content.decode()
    assert "Ben&#x27;s plan" in page
    assert page.count("data-delete>") == 1
    assert "data-rename>" not in page


def test_a_member_does_neither_to_a_colleague_s_video(client_for, ana, ben, workspace) -> None:
    made = create_video(author=ana, workspace=workspace, title="Ana's plan", source={"kind": "recording"})
    Video.objects.filter(pk=made.pk).update(status=Video.Status.PROCESSING, stopped_at=timezone.now())
    page = client_for(ben).get("/").content.decode()
    assert "Ana&#x27;s plan" in page
    assert "data-delete>" not in page
    assert "data-rename>" not in page


def test_one_s_own_video_has_both(client_for, ben, bens_video) -> None:
    page = client_for(ben).get("/").content.decode()
    assert page.count("data-delete>") == 1
    assert page.count("data-rename>") == 1


def test_a_stranger_reads_nothing_of_it(client_for, stranger, bens_video) -> None:
    assert "plan" not in client_for(stranger).get("/").content.decode()


def cards_of(response: Any) -> list[str]:
    """Return the titles on the cards of a page, in their order."""
    return re.findall(r'data-card [^>]*data-title="([^"]*)"', response.content.decode())


def next_of(response: Any) -> str | None:
    """Return the query of Show more, None where nothing more is there."""
    found = re.search(r'href="(\?[^"#]*)#videos" data-more', response.content.decode())
    return html.unescape(found.group(1)) if found else None


def test_show_more_leads_through_all_of_it_once(client_for, ana, workspace) -> None:
    for number in range(PAGE_SIZE + 2):
        watchable_video(ana, workspace, f"Video {number}")
    first = client_for(ana).get("/")
    assert len(cards_of(first)) == PAGE_SIZE
    second = client_for(ana).get("/" + (next_of(first) or ""))
    assert cards_of(second) == ["Video 1", "Video 0"]
    assert next_of(second) is None
    assert "To the first page" in second.content.decode()


def test_the_cards_alone_come_for_show_more_in_place(client_for, ana, workspace) -> None:
    for number in range(PAGE_SIZE + 1):
        watchable_video(ana, workspace, f"Video {number}")
    first = client_for(ana).get("/")
    part = client_for(ana).get(f"/{next_of(first)}&part=cards")
    assert cards_of(part) == ["Video 0"]
    assert "<html" not in part.content.decode()
    again = client_for(ana).get("/?part=cards").content.decode()
    assert "part=cards" not in again.partition("data-next=")[2]


@pytest.mark.parametrize("cursor", ["nonsense", "cD1ub3RoaW5n", "cD0lMDA="])
def test_a_cursor_that_is_not_ours_leads_to_the_first_page(client_for, ana, workspace, cursor) -> None:
    watchable_video(ana, workspace)
    response = client_for(ana).get(f"/?cursor={cursor}")
    assert (response.status_code, response["Location"]) == (302, "/")


def test_mine_and_the_workspace_s_are_told_apart(client_for, ana, ben, workspace) -> None:
    watchable_video(ana, workspace, "Of Ana")
    watchable_video(ben, workspace, "Of Ben")
    client = client_for(ana)
    assert cards_of(client.get("/")) == ["Of Ben", "Of Ana"]
    assert cards_of(client.get("/?show=mine")) == ["Of Ana"]
    assert cards_of(client.get("/?show=workspace")) == ["Of Ben"]
    assert cards_of(client.get("/?show=nonsense")) == ["Of Ben", "Of Ana"]


def test_each_order_is_kept_across_pages(client_for, ana, workspace) -> None:
    program = Client(headers={"Authorization": f"Bearer {create_token(person=ana)}"})
    for title, seconds in [("beta", 20), ("Alpha", None), ("ärger", 500), ("", 20), ("", 20)]:
        watchable_video(ana, workspace, title, duration_ms=None if seconds is None else seconds * 1000)
    orders = {
        "newest": ["", "", "ärger", "Alpha", "beta"],
        "oldest": ["beta", "Alpha", "ärger", "", ""],
        "title": ["", "", "Alpha", "beta", "ärger"],
        "longest": ["ärger", "", "", "beta", "Alpha"],
    }
    for sort, titles in orders.items():
        got, address = [], f"/api/v1/videos/?sort={sort}&page_size=1"
        while address:
            page = program.get(address).json()
            got += [video["title"] for video in page["results"]]
            address = page["next"]
        assert got == titles, sort
        assert cards_of(client_for(ana).get(f"/?sort={sort}")) == titles


def test_an_order_that_there_is_not_is_told_to_programs_and_passed_over_on_the_page(client_for, ana, workspace) -> None:
    watchable_video(ana, workspace)
    client = client_for(ana)
    assert client.get("/api/v1/videos/?sort=best").status_code == 400
    assert cards_of(client.get("/?sort=best")) == ["Plan"]


def test_programs_ask_for_their_own_or_for_the_others(client_for, ana, ben, workspace) -> None:
    watchable_video(ana, workspace, "Of Ana")
    watchable_video(ben, workspace, "Of Ben")
    client = client_for(ana)
    for mine, titles in [("true", ["Of Ana"]), ("false", ["Of Ben"])]:
        results = client.get(f"/api/v1/videos/?mine={mine}").json()["results"]
        assert [video["title"] for video in results] == titles


@pytest.mark.parametrize("path", ["/", "/?q=plan", "/trash/", "/api/v1/videos/", "/api/v1/trash/"])
def test_the_number_of_queries_does_not_grow_with_the_cards(
    client_for, ana, ben, workspace, path, django_assert_num_queries
) -> None:
    def furnish(number: int) -> None:
        for one in range(number):
            for author in (ana, ben):
                video = watchable_video(author, workspace, f"Plan {one}")
                create_share_link(video=video, created_by=author)
                edit_video(video=video, visibility=Video.Visibility.NAMED_PEOPLE, named_people=[ana, ben])
                add_comment(video=video, member=ben, guest=None, body="A plan?")
                watchable_video(author, workspace, f"Old plan {one}", deleted_at=timezone.now())

    client = client_for(ana)
    furnish(2)
    client.get(path)
    with CaptureQueriesContext(connection) as few:
        client.get(path)
    furnish(13)
    with django_assert_num_queries(len(few)):
        body = client.get(path).content.decode()
    assert body.count("lan 12") >= 2


def test_a_card_counts_what_is_said_and_not_what_was_taken_back(client_for, ana, ben, workspace) -> None:
    video = watchable_video(ana, workspace)
    add_comment(video=video, member=ben, guest=None, body="Why?")
    delete_comment(comment=add_comment(video=video, member=ben, guest=None, body="Never mind."))
    assert re.search(r"\b1 comment\b", client_for(ana).get("/").content.decode())


def test_a_private_card_says_so_to_its_author(client_for, ana, ben, workspace) -> None:
    watchable_video(ana, workspace, "Private plan", visibility=Video.Visibility.ONLY_ME)
    assert "Only me" in client_for(ana).get("/").content.decode()
    assert "Private plan" not in client_for(ben).get("/").content.decode()


def test_hostile_titles_are_text(client_for, ana, workspace) -> None:
    watchable_video(ana, workspace, "<script>alert(1)</script>" + "x" * 170)
    page = client_for(ana).get("/").content.decode()
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert(1)" in page


def test_an_empty_library_leads_to_the_recorder_and_a_search_without_hits_to_all_videos(client_for, ana) -> None:
    client = client_for(ana)
    assert "Record your first video" in client.get("/").content.decode()
    page = client.get("/?q=nothing").content.decode()
    assert "Nothing was found" in page
    assert "Record your first video" not in page


# New for you


def test_what_is_new_stands_above_the_library_until_it_was_opened(client_for, ana, ben, workspace) -> None:
    video = watchable_video(ana, workspace)
    client = client_for(ben)
    assert "New for you" in client.get("/").content.decode()
    client.get(f"/v/{video.public_id}/")
    assert "New for you" not in client.get("/").content.decode()


def test_nothing_of_it_stands_there_when_nothing_is_new_or_something_was_asked_for(
    client_for, ana, ben, workspace
) -> None:
    watchable_video(ana, workspace)
    assert "New for you" not in client_for(ana).get("/").content.decode()
    for query in ("?q=plan", "?show=mine", "?show=workspace"):
        assert "New for you" not in client_for(ben).get("/" + query).content.decode()


def test_a_line_says_how_many_answered_and_leads_to_the_first(client_for, ana, ben, workspace) -> None:
    video = watchable_video(ana, workspace, "Plan <B>")
    first = add_comment(video=video, member=ben, guest=None, body="Why?")
    add_comment(video=video, member=ben, guest=None, body="And?")
    page = client_for(ana).get("/").content.decode()
    assert "2 answers on <bdi>Plan &lt;B&gt;</bdi>" in page
    assert f"/v/{video.public_id}/?comment={first.public_id}" in page


def test_mark_all_as_seen_leaves_what_came_after_the_page_was_made(client_for, ana, ben, workspace) -> None:
    watchable_video(ana, workspace, "Before")
    client = client_for(ben)
    until = re.search(r'name="until" value="([^"]*)"', client.get("/").content.decode())
    assert until is not None
    watchable_video(ana, workspace, "Since")
    response = client.post("/seen/", {"until": html.unescape(until.group(1))})
    assert (response.status_code, response["Location"]) == (302, "/")
    assert [news.video.title for news in new_for(ben)] == ["Since"]
    client.post("/seen/", {"until": "nonsense"})
    assert new_for(ben) == []
