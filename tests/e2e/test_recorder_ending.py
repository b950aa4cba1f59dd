"""Around the recording: what is seen of the camera, notes, keys, and what comes after Stop."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.e2e.pictures import BARS, BLUE, PREVIEW, RED, TWO_COLOURS, expect_halves
from tests.e2e.plugs import PLUGS
from tests.e2e.test_recorder import COUNTDOWN_STANDS, PATIENCE_MS, TARGET, begin, press, start, state, wait_for
from tests.installation import ROOT, Installation

pytestmark = [pytest.mark.e2e, pytest.mark.usefixtures("at_720_lines")]

AXE = ROOT / "node_modules" / "axe-core" / "axe.min.js"

PLAYS_TO_ITS_END = """(video) => new Promise((resolve) => {
  video.addEventListener("ended", () => resolve(video.currentTime), {once: true});
  video.muted = true;
  video.play();
})"""

FOCUSED = """(({labels, textContent}) => (labels?.[0] ?? {textContent}).textContent.trim())(document.activeElement)"""

# The locks that the page has asked for: headless, no browser lets a screen go dark.
LOCKS = """
globalThis.locks = [];
Object.defineProperty(navigator, "wakeLock", { value: { request: async () => {
  const lock = { released: false, release: async () => { lock.released = true; } };
  locks.push(lock);
  return lock;
} } });
"""


@pytest.fixture
def shared(context: BrowserContext) -> Iterator[Page]:
    """Yield a tab to share."""
    tab = context.new_page()
    tab.set_content(TARGET)
    yield tab
    tab.close()


def test_the_speaker_sees_a_mirror_and_the_recording_is_mirrored_blurred_or_hidden_as_chosen(page: Page) -> None:
    page.add_init_script(TWO_COLOURS)
    page.goto("/record/")
    page.get_by_role("radio", name="Camera", exact=True).check()
    press(page, "Show preview")
    expect_halves(page, RED, BLUE)
    preview = page.locator(PREVIEW)
    expect(preview).to_have_css("transform", "matrix(-1, 0, 0, 1, 0, 0)")
    page.get_by_text("More settings").click()
    page.get_by_label("Mirror my picture").select_option(label="In the recording too")
    expect_halves(page, BLUE, RED)
    expect(preview).to_have_css("transform", "none")
    page.get_by_label("Mirror my picture").select_option(label="Not at all")
    expect_halves(page, RED, BLUE)
    begin(page)
    page.get_by_role("radio", name="Hidden").check()
    expect_halves(page, BARS, BARS)
    page.get_by_role("radio", name="Blurred").check()
    expect_halves(page, RED, BLUE)
    press(page, "Stop")
    wait_for(page, "done")


def test_a_mirrored_view_lies_over_the_bubble_and_goes_when_the_camera_is_blurred(page: Page, shared: Page) -> None:
    start(page, "Screen and camera")
    view = page.locator("[data-part=self-view]")
    expect(view).to_be_visible()
    expect(view).to_have_css("transform", "matrix(-1, 0, 0, 1, 0, 0)")
    stage, own = page.locator("[data-part=picture]").bounding_box(), view.bounding_box()
    assert stage is not None
    assert own is not None
    assert abs(own["width"] / stage["height"] - 0.26) < 0.01
    assert abs((stage["x"] + stage["width"] * 0.017) - own["x"]) < 3
    page.get_by_role("radio", name="Blurred").check()
    expect(view).to_be_hidden()


def test_keys_pause_and_resume_and_cancel_the_countdown_but_not_while_typing(page: Page) -> None:
    page.add_init_script(COUNTDOWN_STANDS)
    page.goto("/record/")
    page.get_by_role("radio", name="Camera", exact=True).check()
    press(page, "Start recording")
    wait_for(page, "countdown")
    page.keyboard.press("Escape")
    wait_for(page, "choosing")
    begin(page)
    page.locator("h1").click()
    page.keyboard.press("Space")
    wait_for(page, "paused")
    expect(page.get_by_role("status").filter(has_text="Paused")).to_be_visible()
    page.keyboard.press("p")
    wait_for(page, "recording")
    page.get_by_text("Notes", exact=True).click()
    page.get_by_role("textbox", name="Notes").press_sequentially("p p")
    wait_for(page, "recording")
    expect(page.get_by_role("textbox", name="Notes")).to_have_value("p p")
    page.get_by_text("More settings").click()
    keys = page.get_by_label("Keyboard shortcuts")
    keys.uncheck()
    page.locator("h1").click()
    for key in ("p", "Space"):
        page.keyboard.press(key)
        wait_for(page, "recording")
    keys.check()
    page.locator("h1").click()
    page.keyboard.press("p")
    wait_for(page, "paused")


def test_notes_stay_in_this_browser_and_scroll_by_themselves(page: Page) -> None:
    sent: list[str] = []
    page.on("request", lambda request: sent.append(request.post_data or "") if request.method != "GET" else None)
    page.goto("/record/")
    page.get_by_text("Notes", exact=True).click()
    notes = page.get_by_role("textbox", name="Notes")
    notes.fill("Say this slowly.\n" * 60)
    page.get_by_label("Letters").fill("2")
    expect(notes).to_have_css("font-size", "32px")
    page.reload()
    page.get_by_text("Notes", exact=True).click()
    expect(notes).to_have_value("Say this slowly.\n" * 60)
    expect(notes).to_have_css("font-size", "32px")
    page.get_by_label("Speed").fill("80")
    press(page, "Scroll by itself")
    expect(notes).not_to_have_js_property("scrollTop", 0)
    press(page, "Scroll by itself")
    stands_at = notes.evaluate("(notes) => notes.scrollTop")
    page.wait_for_timeout(500)
    assert notes.evaluate("(notes) => notes.scrollTop") == stands_at
    assert not any("slowly" in body for body in sent)


def test_start_over_asks_once_something_was_said(page: Page) -> None:
    page.add_init_script(COUNTDOWN_STANDS)
    start(page, "Camera")
    page.wait_for_timeout(3_500)
    press(page, "Start over")
    press(page, "Go on")
    wait_for(page, "recording")
    expect(page.get_by_role("timer")).not_to_have_text(re.compile("0:0[012]"))
    press(page, "Start over")
    press(page, "Yes, start over")
    wait_for(page, "countdown")


def test_after_stop_it_is_looked_at_named_and_sent(
    context: BrowserContext, page: Page, installation: Installation, token: str
) -> None:
    start(page, "Camera")
    page.wait_for_timeout(3_000)
    press(page, "Stop")
    wait_for(page, "done")
    review = page.locator("#content").get_by_label("What was recorded")
    expect(review).to_be_visible()
    minutes, seconds = page.get_by_role("timer").inner_text().split(":")
    recorded_s = int(minutes) * 60 + int(seconds)
    assert recorded_s >= 3
    assert recorded_s - 1 < review.evaluate(PLAYS_TO_ITS_END) < recorded_s + 2
    page.get_by_label("Title").fill("Numbers <b>of</b> November")
    expect(page.get_by_text("Saved", exact=True)).to_be_visible(timeout=PATIENCE_MS)

    # Too long a description is not cut off: it says so, and Done does not go away from it.
    page.get_by_label("Description").focus()
    page.keyboard.insert_text("x" * 10_001)  # as a paste; fill() takes no notice of a maxlength
    expect(page.get_by_text("a description has room for 10000 characters")).to_be_visible(timeout=PATIENCE_MS)
    assert len(page.get_by_label("Description").input_value()) == 10_001

    # The network goes away while the description is typed: the words stay, and Done waits for it.
    context.set_offline(True)
    page.get_by_label("Description").fill("Why week six is so high")
    expect(page.get_by_text("Not saved yet")).to_be_visible(timeout=PATIENCE_MS)
    press(page, "Done")
    expect(page.get_by_label("Description")).to_have_value("Why week six is so high")
    context.set_offline(False)
    page.wait_for_url(re.compile(r"/v/[^/]+/$"), timeout=PATIENCE_MS)
    video_id = page.url.rstrip("/").rpartition("/")[2]
    told = installation.call("GET", f"/api/v1/videos/{video_id}/", Authorization=f"Bearer {token}").json
    assert (told["title"], told["description"]) == ("Numbers <b>of</b> November", "Why week six is so high")
    assert told["sent_at"] is not None


def test_the_camera_can_be_kept_in_view_and_the_recording_driven_from_there(page: Page) -> None:
    page.add_init_script(COUNTDOWN_STANDS + PLUGS)
    page.goto("/record/")
    page.get_by_role("radio", name="Camera", exact=True).check()
    press(page, "Show preview")
    page.locator("[data-devices=open]").wait_for(timeout=PATIENCE_MS)
    with page.context.expect_page() as opened:
        press(page, "Keep my camera in view")
    small = opened.value
    expect(small.get_by_label("Your camera")).to_be_visible()
    small.get_by_role("button", name="Start recording").click()
    expect(small.get_by_text("3", exact=True)).to_be_visible()
    press(page, "Skip the countdown")
    wait_for(page, "recording")
    small.get_by_role("button", name="Pause").click()
    wait_for(page, "paused")
    small.get_by_role("button", name="Resume").click()
    wait_for(page, "recording")
    page.evaluate("unplug('audio')")
    expect(small.get_by_role("status")).to_have_text("Microphone gone")
    page.wait_for_timeout(1_000)
    with small.expect_event("close"):
        small.get_by_role("button", name="Stop").click()
    wait_for(page, "done")


def test_the_screen_is_kept_on_until_everything_is_uploaded(page: Page) -> None:
    page.add_init_script(LOCKS)
    page.goto("/record/")
    page.get_by_role("radio", name="Camera", exact=True).check()
    press(page, "Show preview")
    page.locator("[data-devices=open]").wait_for(timeout=PATIENCE_MS)
    assert page.evaluate("locks.length") == 0
    begin(page)
    assert page.evaluate("locks.map((lock) => lock.released)") == [False]
    press(page, "Stop")
    wait_for(page, "done")
    assert page.evaluate("locks.map((lock) => lock.released)") == [True]


def test_everything_can_be_done_by_keyboard_alone(page: Page, shared: Page) -> None:
    page.goto("/record/")
    tab_to(page, "Show preview")
    page.keyboard.press("Enter")
    page.locator("[data-devices=open]").wait_for(timeout=PATIENCE_MS)
    expect(page.get_by_role("button", name="Start recording")).to_be_focused()
    tab_to(page, "Screen and camera")
    page.keyboard.press("ArrowDown")  # what is shared stays shared, the camera goes
    page.locator("[data-devices=open]").wait_for(timeout=PATIENCE_MS)
    screen, camera = (page.get_by_role("radio", name=name, exact=True) for name in ("Screen", "Camera"))
    expect(screen).to_be_focused()
    page.keyboard.press("ArrowDown")
    expect(camera).to_be_checked()
    page.locator("[data-devices=open]").wait_for(timeout=PATIENCE_MS)
    expect(camera).to_be_focused()
    tab_to(page, "Start recording", key="Shift+Tab")
    page.keyboard.press("Enter")
    page.locator(f"{state('countdown')}, {state('recording')}").wait_for(timeout=PATIENCE_MS)
    wait_for(page, "recording")
    expect(page.get_by_role("button", name="Pause")).to_be_focused()
    page.keyboard.press("Enter")
    wait_for(page, "paused")
    expect(page.get_by_role("button", name="Resume")).to_be_focused()
    page.keyboard.press("Enter")
    wait_for(page, "recording")
    tab_to(page, "Discard")
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Keep it")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Discard")).to_be_focused()
    tab_to(page, "Stop", key="Shift+Tab")
    page.keyboard.press("Enter")
    wait_for(page, "done")
    expect(page.get_by_role("button", name="Copy link")).to_be_focused()
    tab_to(page, "Title", key="Shift+Tab")
    page.keyboard.type("By keys alone")
    expect(page.get_by_text("Saved", exact=True)).to_be_visible(timeout=PATIENCE_MS)
    tab_to(page, "Done")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"/v/[^/]+/$"), timeout=PATIENCE_MS)
    expect(page.get_by_role("heading", name="By keys alone")).to_be_visible()


def tab_to(page: Page, name: str, *, key: str = "Tab") -> None:
    """Press Tab until a control with this name has the focus."""
    for _ in range(60):
        page.keyboard.press(key)
        if page.evaluate(FOCUSED) == name:
            return
    raise AssertionError(f"{name} cannot be reached by {key}")


def test_the_stages_of_a_recording_are_accessible(page: Page) -> None:
    start(page, "Camera")
    page.get_by_text("Notes", exact=True).click()
    page.get_by_text("More settings").click()
    assert violations(page) == []
    page.wait_for_timeout(3_100)
    press(page, "Start over")
    assert violations(page) == []
    press(page, "Go on")
    press(page, "Stop")
    wait_for(page, "done")
    assert violations(page) == []


def violations(page: Page) -> list[Any]:
    """Return what axe finds, by rule and element."""
    page.evaluate(AXE.read_text())
    found: list[Any] = page.evaluate(
        "axe.run(document, {resultTypes: ['violations']}).then((found) => found.violations.map((rule) =>"
        " `${rule.id}: ${rule.nodes.map((node) => node.target.join(' ')).join('; ')}`))"
    )
    return found
