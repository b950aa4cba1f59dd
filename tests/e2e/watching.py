"""What the suites of the watch page share: a video that is ready, where it stands, and the box for new comments."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from playwright.sync_api import Locator, Page

PATIENCE_MS = 30_000  # polling and publishing on two busy cores
FRAME_S = 1 / 30


@dataclass(frozen=True)
class Shared:
    """A video of Ana's: its id, the address of its share link, and what talks to its comments as Ana."""

    id: str
    url: str
    say: Callable[..., dict[str, Any]]


def seconds(page: Page) -> float:
    return float(page.evaluate("document.querySelector('video').currentTime"))


def wait_for_seconds(page: Page, wanted: float) -> None:
    """Return once the video stands at `wanted`, to the frame; fail where it never does."""
    for _ in range(PATIENCE_MS // 50):
        if page.locator("video").count() and abs(seconds(page) - wanted) <= FRAME_S:
            return
        page.wait_for_timeout(50)
    raise AssertionError(f"stands at {seconds(page)}, not at {wanted}")


def wait_for_picture(page: Page) -> None:
    """Return once the media is there: before, a seek is only remembered."""
    for _ in range(PATIENCE_MS // 50):
        if page.evaluate("(document.querySelector('video')?.readyState ?? 0) >= 2"):
            return
        page.wait_for_timeout(50)
    raise AssertionError("no picture arrived")


def box_of(page: Page) -> Locator:
    """Return the box for new comments."""
    return page.locator("[data-new]").get_by_role("textbox", name="Your comment")
