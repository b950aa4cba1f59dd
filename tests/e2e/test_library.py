"""The library in a real Chromium, by keyboard and by role and name."""

import re
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.installation import Installation
from tests.whole_way import make_video, upload, wait_until_ready

pytestmark = pytest.mark.e2e

PATIENCE_MS = 60_000


def card(page: Page, title: str) -> Locator:
    """Return the card of the video with this title."""
    return page.get_by_role("listitem").filter(has=page.get_by_role("link", name=title, exact=True))


def begin_video(installation: Installation, token: str, title: str) -> dict[str, Any]:
    """Return a new video of which nothing was recorded yet: enough for a card."""
    source = {"kind": "recording", "content_type": "video/webm"}
    made: dict[str, Any] = installation.call(
        "POST", "/api/v1/videos/", data={"title": title, "source": source}, Authorization=f"Bearer {token}"
    ).json
    return made


def test_a_card_follows_its_video_until_it_plays(
    page: Page, installation: Installation, token: str, tmp_path: Path
) -> None:
    made = upload(installation, token, make_video(tmp_path / "made.mp4"), "Followed")
    page.goto("/")
    followed = card(page, "Followed")
    expect(followed.locator("[data-poster]")).to_be_visible(timeout=PATIENCE_MS)
    expect(followed.locator("[data-state]")).to_be_hidden()
    expect(followed.get_by_text("1 min")).to_be_visible()
    wait_until_ready(installation, made["id"], Authorization=f"Bearer {token}")


def test_renaming_and_deleting_need_no_mouse_and_lose_no_focus(
    page: Page, installation: Installation, token: str, tmp_path: Path
) -> None:
    upload(installation, token, make_video(tmp_path / "made.mp4"), "Old name")
    page.goto("/")
    more = card(page, "Old name").get_by_label("More")
    more.focus()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    expect(page.get_by_role("button", name="Rename")).to_be_focused()
    page.keyboard.press("Enter")
    page.keyboard.type("New name")
    page.keyboard.press("Enter")
    expect(card(page, "New name").get_by_label("More")).to_be_focused()
    page.reload()
    renamed = card(page, "New name")
    expect(renamed).to_have_count(1)

    renamed.get_by_label("More").focus()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog", name="Delete this video?")
    expect(dialog.get_by_text("New name")).to_be_visible()
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    expect(renamed).to_have_count(1)
    expect(renamed.get_by_label("More")).to_be_focused()
    renamed.get_by_label("More").click()
    renamed.get_by_role("button", name="Delete").click()
    dialog.get_by_role("button", name="Delete").click()
    expect(renamed).to_have_count(0)
    expect(page.get_by_text("Moved to the trash")).to_be_visible()
    assert page.evaluate("document.activeElement !== document.body")
    page.reload()
    expect(card(page, "New name")).to_have_count(0)


def test_copy_link_gives_the_share_link(page: Page, installation: Installation, token: str, tmp_path: Path) -> None:
    made = upload(installation, token, make_video(tmp_path / "made.mp4"), "To be shared")
    page.goto("/")
    copied = card(page, "To be shared")
    copied.get_by_role("button", name="Copy link").click()
    expect(copied.get_by_role("button", name="Copied")).to_be_visible()
    assert page.evaluate("navigator.clipboard.readText()") == made["share_url"]


def test_an_empty_library_leads_to_the_recorder(browser: Browser, base_url: str, installation: Installation) -> None:
    installation.manage("adduser", "newcomer@example.com", "--name", "Nia", "--password", "correct horse battery")
    context = browser.new_context(base_url=base_url)
    page = context.new_page()
    page.goto("/")
    page.get_by_label("Email").fill("newcomer@example.com")
    page.get_by_label("Password").fill("correct horse battery")
    page.get_by_role("button", name="Sign in").click()
    page.get_by_role("link", name="Mine").click()
    page.get_by_role("link", name="Record your first video").click()
    expect(page).to_have_url(f"{base_url}/record/")
    context.close()


def test_several_are_deleted_and_restored_by_keyboard_alone(page: Page, installation: Installation, token: str) -> None:
    for number in range(1, 4):
        begin_video(installation, token, f"Selected {number}")
    page.goto("/")
    page.get_by_role("button", name="Select", exact=True).focus()
    page.keyboard.press("Enter")
    newest = page.get_by_role("checkbox", name="Selected 3")
    expect(newest).to_be_focused()
    bar = page.get_by_role("region", name="Selected videos")
    expect(bar.get_by_role("button", name="Delete")).to_be_disabled()
    page.keyboard.press("Space")
    page.get_by_role("checkbox", name="Selected 2").focus()
    page.keyboard.press("Space")
    expect(bar.get_by_text("2 selected")).to_be_visible()
    bar.get_by_role("button", name="Delete").focus()
    page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog", name="Delete 2 videos?")
    expect(dialog.get_by_text("Selected 3")).to_be_visible()
    page.keyboard.press("Escape")
    expect(bar.get_by_text("2 selected")).to_be_visible()
    page.keyboard.press("Enter")
    dialog.get_by_role("button", name="Delete").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_text("2 videos moved to the trash")).to_be_visible()
    expect(card(page, "Selected 3")).to_have_count(0)
    expect(card(page, "Selected 1").get_by_role("link", name="Selected 1")).to_be_focused()
    expect(bar).to_be_hidden()

    page.goto("/trash/")
    rows = page.get_by_role("listitem")
    restored = rows.filter(has_text="Selected 2")
    expect(restored.get_by_text("gone for good in 30 days")).to_be_visible()
    restored.get_by_role("button", name="Restore").focus()
    page.keyboard.press("Enter")
    expect(restored).to_have_count(0)
    gone = rows.filter(has_text="Selected 3")
    gone.get_by_role("button", name="Delete for good").focus()
    page.keyboard.press("Enter")
    page.get_by_role("dialog").get_by_role("button", name="Delete for good").focus()
    page.keyboard.press("Enter")
    expect(gone).to_have_count(0)
    page.goto("/")
    expect(card(page, "Selected 2")).to_have_count(1)
    expect(card(page, "Selected 3")).to_have_count(0)


def test_what_could_not_be_deleted_is_told_and_stays_selected(
    page: Page, installation: Installation, token: str
) -> None:
    kept = begin_video(installation, token, "Kept by the network")
    begin_video(installation, token, "Gone with a click")
    page.goto("/")
    page.get_by_role("button", name="Select", exact=True).click()
    page.get_by_role("checkbox", name="Kept by the network").check()
    page.get_by_role("checkbox", name="Gone with a click").check()
    page.route(re.compile(f"/api/v1/videos/{kept['id']}/$"), lambda route: route.abort())
    page.get_by_role("region", name="Selected videos").get_by_role("button", name="Delete").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("button", name="Delete").click()
    expect(dialog.get_by_role("alert")).to_contain_text("There is no connection right now")
    expect(dialog.get_by_role("heading", name="Delete this video?")).to_be_visible()
    expect(card(page, "Gone with a click")).to_have_count(0)
    page.unroute(re.compile(f"/api/v1/videos/{kept['id']}/$"))
    dialog.get_by_role("button", name="Delete").click()
    expect(card(page, "Kept by the network")).to_have_count(0)


def test_the_box_in_the_header_finds_and_show_more_adds_below(
    page: Page, installation: Installation, token: str
) -> None:
    for number in range(50):
        begin_video(installation, token, f"Übung {number}")
    page.goto("/")
    page.get_by_role("searchbox", name="Search").fill("übung")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Results for “übung”")).to_be_visible()
    cards = page.locator("[data-card]")
    expect(cards).to_have_count(48)
    page.get_by_role("link", name="Show more").focus()
    page.keyboard.press("Enter")
    expect(cards).to_have_count(50)
    expect(page.get_by_role("link", name="Übung 1", exact=True)).to_be_focused()
    expect(page.get_by_role("link", name="Show more")).to_have_count(0)
    page.get_by_role("searchbox", name="Search").fill("nothing of that kind")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Nothing was found")).to_be_visible()


def test_what_is_new_is_gone_when_it_was_opened(
    page: Page, installation: Installation, token: str, tmp_path: Path
) -> None:
    installation.manage("adduser", "bea@example.com", "--name", "Ben", "--password", "correct horse battery")
    bens_token = installation.manage("createtoken", "bea@example.com")[-1]
    made = upload(installation, bens_token, make_video(tmp_path / "made.mp4"), "News of Ben")
    wait_until_ready(installation, made["id"], Authorization=f"Bearer {bens_token}")
    page.goto("/")
    expect(card(page, "News of Ben")).to_be_visible()
    news = page.get_by_role("region", name="New for you").get_by_role("link", name="News of Ben")
    expect(news).to_have_count(0)  # not sent yet
    installation.call("POST", f"/api/v1/videos/{made['id']}/send/", Authorization=f"Bearer {bens_token}")
    page.reload()
    news.click()
    expect(page.get_by_role("heading", name="News of Ben")).to_be_visible()
    page.goto("/")
    expect(card(page, "News of Ben")).to_be_visible()
    expect(news).to_have_count(0)
