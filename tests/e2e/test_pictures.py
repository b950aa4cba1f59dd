"""Pictures of a video in a real Chromium: over the timeline, on its card, and the poster that its author chooses."""

import time
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Browser, Locator, Page, expect

from tests.e2e.watching import PATIENCE_MS, Shared, wait_for_picture
from tests.installation import Installation

pytestmark = pytest.mark.e2e


def wait_until_illustrated(installation: Installation, video_id: str, token: str) -> None:
    """Return once the storyboard is there, which comes after the video is ready; the preview comes a moment later."""
    deadline = time.monotonic() + PATIENCE_MS / 1000
    while time.monotonic() < deadline:
        told = installation.call("GET", f"/api/v1/videos/{video_id}/playback/", Authorization=f"Bearer {token}").json
        if told["storyboard_url"]:
            return
        time.sleep(0.2)
    raise AssertionError("no storyboard was made")


def card_with_preview(page: Page, shared: Shared) -> Locator:
    """Return the card of the video in the library, once it has a preview."""
    card = page.locator(f"[data-video-id='{shared.id}']")
    for _ in range(PATIENCE_MS // 500):
        page.goto("/")
        if card.get_attribute("data-preview"):
            return card
        page.wait_for_timeout(500)
    raise AssertionError("no preview was made")


def test_pointing_at_the_timeline_shows_what_is_seen_there(
    guest: Page, shared: Shared, installation: Installation, token: str
) -> None:
    wait_until_illustrated(installation, shared.id, token)
    guest.goto(shared.url)
    wait_for_picture(guest)
    box = guest.locator("media-time-range").bounding_box()
    assert box is not None
    sprite = guest.locator("media-preview-thumbnail img")
    moved = []
    for share in (0.2, 0.8):  # keyframes are at 0 s and at 2 s of 4 s
        guest.mouse.move(box["x"] + share * box["width"], box["y"] + box["height"] / 2)
        expect(sprite).to_be_visible()
        expect(sprite).to_have_js_property("naturalWidth", 320)  # two tiles beside each other
        guest.wait_for_timeout(100)
        moved.append(sprite.evaluate("image => new DOMMatrix(getComputedStyle(image).transform).e"))
    assert moved[0] == 0
    assert moved[1] < -100, "the second tile is moved into view"


def test_a_card_moves_for_who_points_at_it_or_comes_by_keyboard_and_loads_nothing_before(
    page: Page, shared: Shared, installation: Installation, token: str
) -> None:
    wait_until_illustrated(installation, shared.id, token)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url) if "preview.webp" in request.url else None)
    card = card_with_preview(page, shared)
    moving = card.locator("img.card-preview")
    assert asked == []
    card.locator(".card-picture").hover()
    expect(moving).to_have_js_property("naturalWidth", 320)
    page.mouse.move(0, 0)
    expect(moving).to_have_count(0)
    card.get_by_role("link", name="Numbers of November").focus()
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Tab")
    expect(moving).to_have_count(1)
    page.keyboard.press("Escape")
    expect(moving).to_have_count(0)


def test_nothing_moves_for_who_prefers_reduced_motion(
    page: Page, shared: Shared, installation: Installation, token: str
) -> None:
    wait_until_illustrated(installation, shared.id, token)
    page.emulate_media(reduced_motion="reduce")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url) if "preview.webp" in request.url else None)
    card = card_with_preview(page, shared)
    card.locator(".card-picture").hover()
    page.wait_for_timeout(600)
    assert asked == []
    expect(card.locator("img.card-preview")).to_have_count(0)


def test_the_author_chooses_a_frame_or_a_picture_and_everybody_sees_it(
    page: Page, browser: Browser, shared: Shared, installation: Installation, tmp_path: Path
) -> None:
    Image.new("RGB", (1600, 900), "#c8643c").save(tmp_path / "cover.png")
    page.goto(f"/v/{shared.id}/?t=3")
    wait_for_picture(page)
    page.get_by_role("tab", name="About").click()
    poster = page.get_by_role("region", name="Poster")
    picture = poster.get_by_role("img", name="The poster as it is now")
    ours = picture.get_attribute("src")
    back = poster.get_by_role("button", name="Choose one for me")
    expect(back).to_be_hidden()

    poster.get_by_role("button", name="Use this frame").click()
    expect(poster.get_by_role("status")).to_have_text("Saved.", timeout=PATIENCE_MS)
    frame = picture.get_attribute("src")
    assert frame != ours
    expect(back).to_be_visible()

    poster.get_by_label("Upload a picture").set_input_files(tmp_path / "cover.png")
    expect(picture).not_to_have_attribute("src", frame or "")
    expect(picture).to_have_js_property("naturalWidth", 1280)
    uploaded = picture.get_attribute("src")
    assert page.evaluate("document.querySelector('video').poster") == uploaded
    context = browser.new_context(base_url=installation.url)
    guest = context.new_page()
    guest.goto(shared.url)
    expect(guest.locator("[data-stage-poster]")).to_have_js_property("naturalWidth", 1280)
    context.close()

    (tmp_path / "notes.txt").write_text("no picture")
    poster.get_by_label("Upload a picture").set_input_files(tmp_path / "notes.txt")
    expect(poster.get_by_role("alert")).to_contain_text("not a picture")
    assert picture.get_attribute("src") == uploaded

    page.reload()
    page.get_by_role("tab", name="About").click()
    back.click()
    expect(back).to_be_hidden(timeout=PATIENCE_MS)
    expect(picture).to_have_js_property("naturalWidth", 640)
    expect(poster.get_by_role("button", name="Use this frame")).to_be_focused()
