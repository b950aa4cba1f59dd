"""A plain http address other than localhost, which browsers trust with little: no clipboard, no locks, no devices.

The address is a real one: the browser is told where its name leads.
"""

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import BrowserType, Page, expect

from tests.e2e.conftest import EMAIL, PASSWORD, launch_options
from tests.e2e.watching import PATIENCE_MS, box_of, seconds, wait_for_picture
from tests.installation import Installation
from tests.whole_way import make_video, upload, wait_until_ready

pytestmark = pytest.mark.e2e

HOST = "vm.example"


@pytest.fixture
def made(tmp_path) -> Iterator[tuple[Installation, dict[str, Any]]]:
    """Yield an installation at a plain http address, and a video of Ana's that is ready there."""
    running = Installation(tmp_path / "plain").with_database()
    try:
        running.start()
        running.manage("adduser", EMAIL, "--name", "Ana", "--password", PASSWORD)
        token = running.manage("createtoken", EMAIL)[-1]
        video = upload(running, token, make_video(tmp_path / "made.mp4"), "Numbers of November")
        wait_until_ready(running, video["id"], Authorization=f"Bearer {token}")
        running.stop()
        running.variables["VIDEOSHARE_URL"] = f"http://{HOST}:{running.port}"
        yield running.start(), video
    finally:
        running.kill()


@pytest.fixture
def page(browser_type: BrowserType, made: tuple[Installation, dict[str, Any]]) -> Iterator[Page]:
    """Yield a page at that address on which no script may fail unseen."""
    browser = browser_type.launch(**launch_options(f"--host-resolver-rules=MAP {HOST} 127.0.0.1"))
    opened = browser.new_context(base_url=made[0].variables["VIDEOSHARE_URL"]).new_page()
    failures: list[str] = []
    opened.on("pageerror", lambda error: failures.append(str(error)))
    yield opened
    browser.close()
    assert failures == []


def pasted(page: Page) -> str:
    """Return what was copied, by pasting it where one searches."""
    box = page.get_by_role("searchbox", name="Search").first
    box.fill("")
    box.press("Control+V")
    return box.input_value()


def test_watching_commenting_and_copying_work_there_and_recording_says_what_it_needs(
    page: Page, made: tuple[Installation, dict[str, Any]]
) -> None:
    installation, video = made
    token = video["share_url"].rstrip("/").rpartition("/")[2]
    page.goto(f"/s/{token}/")
    assert page.evaluate("isSecureContext") is False
    wait_for_picture(page)
    page.evaluate("document.querySelector('video').play()")
    for _ in range(PATIENCE_MS // 100):
        if seconds(page) > 1:
            break
        page.wait_for_timeout(100)
    assert seconds(page) > 1
    box_of(page).fill("Why this number?")
    page.get_by_label("Your name").fill("Gale")
    page.get_by_role("button", name="Comment at", exact=False).click()
    expect(page.locator(".comment", has_text="Why this number?")).to_be_visible(timeout=PATIENCE_MS)
    page.reload()
    expect(page.locator(".comment", has_text="Why this number?")).to_be_visible(timeout=PATIENCE_MS)

    page.goto("/accounts/login/")
    page.locator("input[name=login]").fill(EMAIL)
    page.locator("input[name=password]").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url(f"http://{HOST}:{installation.port}/")
    page.get_by_role("button", name="Copy link").first.click()
    expect(page.get_by_role("button", name="Copied")).to_be_visible()
    assert pasted(page) == f"http://{HOST}:{installation.port}/s/{token}/"

    page.goto("/settings/workspace/people/")
    page.get_by_role("button", name="Make invite link").click()
    page.get_by_role("button", name="Copy").click()
    expect(page.get_by_role("button", name="Copied")).to_be_visible()
    assert pasted(page) == page.get_by_role("textbox", name="Invite link").input_value()

    page.goto("/record/")
    expect(page.get_by_role("heading", name="Recording needs https")).to_be_visible()
    expect(page.get_by_text("VIDEOSHARE_URL=https://")).to_be_visible()
    expect(page.get_by_role("button", name="Start recording")).to_be_hidden()
    page.goto("/upload/")
    expect(page.get_by_role("heading", name="Uploading needs https")).to_be_visible()
    expect(page.get_by_role("button", name="Choose videos")).to_be_hidden()
