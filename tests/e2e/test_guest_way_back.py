"""A guest on a phone comments, keeps their personal link, and finds the answer with it in another browser."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.installation import Installation
from tests.whole_way import make_video, upload, wait_until_ready

pytestmark = pytest.mark.e2e

PHONE = {"viewport": {"width": 390, "height": 760}, "has_touch": True, "is_mobile": True}
CLIPBOARD = ["clipboard-read", "clipboard-write"]


@pytest.fixture(scope="module")
def video(installation: Installation, token: str, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Return a video of Ana's that is ready, so that nothing on the page moves any more."""
    made = make_video(tmp_path_factory.mktemp("video") / "made.mp4")
    uploaded = upload(installation, token, made, "Numbers of November")
    wait_until_ready(installation, uploaded["id"], Authorization=f"Bearer {token}")
    return uploaded


@pytest.fixture
def visitor(browser: Browser, base_url: str) -> Iterator[Callable[..., Page]]:
    """Yield what opens a browser profile of somebody without an account, on which no script may fail unseen."""
    contexts: list[Any] = []
    failures: list[str] = []

    def make(**options: Any) -> Page:
        context = browser.new_context(base_url=base_url, permissions=CLIPBOARD, **options)
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: failures.append(str(error)))
        return page

    yield make
    for context in contexts:
        context.close()
    assert failures == []


def comment(page: Page, body: str, name: str | None = None) -> None:
    """Write a comment as a person does, saying a name where one is asked for."""
    page.locator("[data-new]").get_by_role("textbox", name="Your comment").fill(body)
    if name is not None:
        page.get_by_role("textbox", name="Your name").fill(name)
    page.locator("[data-new]").get_by_role("button", name="Comment").click()
    expect(page.locator(".comment", has_text=body)).to_be_visible()


def answer(installation: Installation, token: str, video: dict[str, Any], body: str) -> None:
    """Answer the newest comment as Ana."""
    path, headers = f"/api/v1/videos/{video['id']}/comments/", {"Authorization": f"Bearer {token}"}
    newest = installation.call("GET", path, **headers).json["results"][-1]["id"]
    assert installation.call("POST", path, data={"body": body, "parent": newest}, **headers).status == 201


def test_the_personal_link_brings_a_guest_back_to_the_answer_in_another_browser(
    visitor: Callable[..., Page], installation: Installation, token: str, video: dict[str, Any]
) -> None:
    phone = visitor(**PHONE)
    phone.goto(video["share_url"])
    card = phone.get_by_role("region", name="Keep this to see the answer, on any device")
    expect(card).to_be_hidden()
    comment(phone, "Why this number?", name="Gus")
    expect(card).to_be_in_viewport(ratio=0.9)
    assert phone.evaluate("document.documentElement.scrollWidth <= innerWidth")
    card.get_by_role("button", name="Copy my link").tap()
    expect(card.get_by_role("button", name="Copied")).to_be_visible()
    link = phone.evaluate("navigator.clipboard.readText()")
    assert "/g/" in link

    answer(installation, token, video, "The fair in Lisbon.")

    laptop = visitor()
    laptop.goto(link)
    expect(laptop).to_have_url(video["share_url"])
    expect(laptop.locator(".comment", has_text="The fair in Lisbon.")).to_be_visible()
    comment(laptop, "Thank you!")
    expect(laptop.locator(".comment", has_text="Thank you!").locator("[data-author]")).to_have_text("Gus")
    expect(laptop.get_by_role("textbox", name="Your name")).to_be_hidden()
    expect(laptop.locator(".comment", has_text="Why this number?").get_by_role("button", name="Edit")).to_be_visible()

    # Taken back on the phone, it opens nothing, and the laptop is nobody again.
    phone.reload()
    card.get_by_role("button", name="Make it stop working").tap()
    expect(card.get_by_role("button", name="Make a new one")).to_be_visible()
    refused = visitor().goto(link)
    assert refused is not None
    assert refused.status == 404
    laptop.reload()
    expect(laptop.locator(".comment", has_text="Thank you!")).to_be_visible()
    expect(laptop.locator(".comment", has_text="Thank you!").get_by_role("button", name="Edit")).to_be_hidden()
    expect(laptop.get_by_role("region", name="Keep this to see the answer, on any device")).to_be_hidden()
