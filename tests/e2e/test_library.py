"""The library in a real Chromium, by keyboard and by role and name."""

from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.installation import Installation
from tests.whole_way import make_video, upload, wait_until_ready

pytestmark = pytest.mark.e2e

PATIENCE_MS = 60_000


def card(page: Page, title: str) -> Locator:
    """Return the card of the video with this title."""
    return page.get_by_role("listitem").filter(has=page.get_by_role("link", name=title, exact=True))


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
    page.get_by_role("link", name="Record your first video").click()
    expect(page).to_have_url(f"{base_url}/record/")
    context.close()
