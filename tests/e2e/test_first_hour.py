"""The first hour: an owner from the setup link to an invite, and a colleague from the invite to the video."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.e2e.test_recorder import press, start, wait_for
from tests.installation import Installation

pytestmark = pytest.mark.e2e

PATIENCE_MS = 60_000
PASSWORD = "a quiet morning"


@pytest.fixture
def fresh(tmp_path) -> Iterator[Installation]:
    """Yield an installation in which nobody has an account."""
    running = Installation(tmp_path / "fresh")
    try:
        yield running.start()
    finally:
        running.kill()


@pytest.fixture
def profiles(browser: Browser, fresh: Installation) -> Iterator[list[BrowserContext]]:
    """Yield the browser profiles of the owner, in Lisbon, and of her colleague, in Tokyo."""
    allowed = ["camera", "microphone", "clipboard-read", "clipboard-write"]
    made = [
        browser.new_context(base_url=fresh.url, permissions=allowed, timezone_id=zone)
        for zone in ("Europe/Lisbon", "Asia/Tokyo")
    ]
    yield made
    for context in made:
        context.close()


def say_who_one_is(page: Page, name: str, email: str) -> None:
    page.get_by_label("Your name").fill(name)
    page.get_by_label("Email").fill(email)
    page.get_by_label("Password").fill(PASSWORD)


def test_an_owner_sets_up_records_and_invites_and_a_colleague_lands_on_the_video(
    fresh: Installation, profiles: list[BrowserContext]
) -> None:
    owner, colleague = (context.new_page() for context in profiles)
    owner.goto(fresh.wait_for_line(r"http://\S+/setup/\S+"))
    say_who_one_is(owner, "Ana", "ana@northwind.com")
    press(owner, "Set up Videoshare")
    expect(owner.get_by_label("Name of your workspace")).to_have_value("Northwind")
    press(owner, "Continue")
    expect(owner).to_have_url(fresh.url + "/record/")

    start(owner, "Camera")
    owner.wait_for_timeout(3_000)  # a few seconds of camera: fewer are no video
    press(owner, "Stop")
    wait_for(owner, "done")
    invites = str(owner.get_by_role("link", name="Invite people").get_attribute("href"))
    press(owner, "Done")
    owner.wait_for_url(re.compile(r"/v/[^/]+/$"))
    video = owner.url

    owner.goto(invites)
    expect(owner.get_by_text("lands on the page you came from")).to_be_visible()
    press(owner, "Make invite link")
    owner.get_by_role("button", name="Copy").click()
    expect(owner.get_by_role("button", name="Copied")).to_be_visible()
    invite = owner.evaluate("navigator.clipboard.readText()")
    assert invite == owner.get_by_role("textbox", name="Invite link").input_value()

    colleague.goto(invite)
    expect(colleague.get_by_role("heading", name="Join Northwind")).to_be_visible()
    say_who_one_is(colleague, "Ben", "ben@northwind.com")
    press(colleague, "Make my account and join")
    expect(colleague).to_have_url(video)
    expect(colleague.locator("media-controller")).to_be_visible(timeout=PATIENCE_MS)

    colleague.get_by_role("button", name="You").click()
    colleague.get_by_role("link", name="My settings").click()
    expect(colleague.get_by_label("Time zone")).to_have_value("Asia/Tokyo")
    colleague.get_by_role("link", name="API tokens").click()
    colleague.get_by_label("What is it for?").fill("Nightly report")
    press(colleague, "Make token")
    press(colleague, "Copy")
    expect(colleague.get_by_role("button", name="Copied")).to_be_visible()
    token = colleague.evaluate("navigator.clipboard.readText()")
    assert token == colleague.get_by_role("textbox", name="Token").input_value()
    videos = fresh.call("GET", "/api/v1/videos/", Authorization=f"Bearer {token}").json["results"]
    assert [f"{fresh.url}/v/{row['id']}/" for row in videos] == [video]
    owner.goto("/settings/workspace/people/")
    expect(owner.get_by_role("combobox", name="Role of Ben")).to_have_value("member")
    owner.goto("/settings/")
    expect(owner.get_by_label("Time zone")).to_have_value("Europe/Lisbon")
