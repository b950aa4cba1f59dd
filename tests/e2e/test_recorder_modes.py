"""What comes into the recording in each mode: picture, bubble and sound, also in a browser that can do less."""

import math
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.e2e.pictures import BARS, BLUE, PREVIEW, RED, TWO_COLOURS, expect_colours
from tests.e2e.test_recorder import PATIENCE_MS, TAKES, TARGET, begin, examine, id_of, press, start, wait_for
from tests.installation import Installation
from tests.whole_way import download_by_playlist, wait_until_ready

pytestmark = [pytest.mark.e2e, pytest.mark.usefixtures("at_720_lines")]

# Where the left and the right half of a large bubble are in a picture in 16:9, corner by corner.
PLACES = {
    "Top left": [(0.07, 0.21), (0.165, 0.21)],
    "Top right": [(0.835, 0.21), (0.93, 0.21)],
    "Bottom left": [(0.07, 0.79), (0.165, 0.79)],
    "Bottom right": [(0.835, 0.79), (0.93, 0.79)],
}

# The browser asks the person, who takes their time: until the test calls answer().
SHARES_LATE = """
const share = MediaDevices.prototype.getDisplayMedia;
const answered = new Promise((resolve) => { globalThis.answer = () => resolve(null); });
MediaDevices.prototype.getDisplayMedia = async function (wanted) {
  const stream = await share.call(this, wanted);
  await answered;
  return stream;
};
"""

SHARES_WITHOUT_SOUND = """
const share = MediaDevices.prototype.getDisplayMedia;
MediaDevices.prototype.getDisplayMedia = async function (wanted) {
  return share.call(this, {...wanted, audio: false});
};
"""

# What Firefox offers: no frames of a camera to read, and WebM with VP8 alone.
CAN_DO_LESS = """
delete globalThis.MediaStreamTrackProcessor;
delete globalThis.MediaStreamTrackGenerator;
const supports = MediaRecorder.isTypeSupported;
MediaRecorder.isTypeSupported = (type) => !/mp4|vp9/.test(type) && supports.call(MediaRecorder, type);
"""


@pytest.fixture
def black(context: BrowserContext) -> Iterator[Page]:
    """Yield a tab to share that is black all over."""
    shared = context.new_page()
    shared.set_content("<!doctype html><title>TargetTab</title><body style='background: #000'>")
    yield shared
    shared.close()


@pytest.fixture
def humming(context: BrowserContext) -> Iterator[Page]:
    """Yield a tab to share that moves and hums."""
    shared = context.new_page()
    shared.set_content(TARGET)
    yield shared
    shared.close()


def recorded(page: Page, installation: Installation, token: str) -> bytes:
    """Stop and return what was published."""
    press(page, "Stop")
    wait_for(page, "done")
    told = wait_until_ready(installation, id_of(page), Authorization=f"Bearer {token}")
    return download_by_playlist(installation, told["playlist_url"])


def test_the_bubble_stands_where_it_was_put_and_is_hidden_or_blurred_also_while_recording(
    page: Page, black: Page
) -> None:
    page.add_init_script(TWO_COLOURS)
    page.goto("/record/")
    page.get_by_role("radio", name="Large").check()
    press(page, "Show preview")
    expect_colours(page, PLACES["Bottom left"], RED, BLUE)
    begin(page)
    for corner, places in PLACES.items():
        page.get_by_role("radio", name=corner).check()
        expect_colours(page, places, RED, BLUE)
        others = [place for other, there in PLACES.items() if other != corner for place in there]
        expect_colours(page, others, *[BARS] * len(others))
    page.get_by_role("radio", name="Hidden").check()
    expect_colours(page, places, BARS, BARS)
    page.get_by_role("radio", name="Blurred").check()
    expect_colours(page, places, RED, BLUE)
    page.get_by_role("radio", name="Small").check()
    # A small bubble ends before the middle of a large one.
    expect_colours(page, [(0.8, 0.79), (0.95, 0.93)], BARS, BLUE)


def test_what_is_moved_while_the_browser_asks_for_the_screen_stands_there_afterwards(page: Page, black: Page) -> None:
    page.add_init_script(TWO_COLOURS + SHARES_LATE)
    page.goto("/record/")
    press(page, "Show preview")
    wait_for(page, "asking")
    page.get_by_role("radio", name="Large").check()
    page.get_by_role("radio", name="Top right").check()
    page.evaluate("answer()")
    expect_colours(page, PLACES["Top right"], RED, BLUE)


def test_the_sound_of_a_shared_tab_is_recorded_and_the_page_says_so(
    page: Page, humming: Page, installation: Installation, token: str, tmp_path: Path
) -> None:
    page.goto("/record/")
    page.get_by_role("radio", name="Screen", exact=True).check()
    page.get_by_role("checkbox", name="Microphone").uncheck()
    begin(page)
    expect(page.get_by_text("The sound of what you share is recorded.")).to_be_visible()
    page.wait_for_timeout(3_000)
    assert examine(recorded(page, installation, token), tmp_path).loudest > 0.1


def test_a_screen_that_comes_without_sound_is_told_and_recorded_in_silence(
    page: Page, humming: Page, installation: Installation, token: str, tmp_path: Path
) -> None:
    page.add_init_script(SHARES_WITHOUT_SOUND)
    page.goto("/record/")
    page.get_by_role("radio", name="Screen", exact=True).check()
    page.get_by_role("checkbox", name="Microphone").uncheck()
    begin(page)
    expect(page.get_by_text("the microphone is off: nothing will be heard")).to_be_visible()
    page.wait_for_timeout(3_000)
    assert examine(recorded(page, installation, token), tmp_path).loudest < 0.001


def test_the_chosen_quality_is_the_height_of_the_picture(page: Page) -> None:
    page.goto("/record/")
    page.get_by_role("radio", name="Camera", exact=True).check()
    page.get_by_text("More settings").click()
    press(page, "Show preview")
    quality = page.get_by_label("Quality")
    for label, lines in (("1080p, sharper", 1080), ("720p, less work for this computer", 720)):
        quality.select_option(label=label)
        expect(page.locator(PREVIEW)).to_have_js_property("videoHeight", lines, timeout=PATIENCE_MS)


def test_a_browser_without_frames_to_read_and_without_h264_records_all_the_same(
    page: Page, humming: Page, installation: Installation, token: str, tmp_path: Path
) -> None:
    page.add_init_script(CAN_DO_LESS)
    for _ in range(TAKES):  # VP8 is encoded by the processor, and a machine out of breath leaves out pictures
        start(page, "Screen and camera")
        page.get_by_text("More settings").click()
        expect(page.get_by_label("Quality")).to_be_hidden()  # VP8 at 1080p is more than most machines can do
        page.wait_for_timeout(4_000)
        found = examine(recorded(page, installation, token), tmp_path)
        if max(found.gaps, default=math.inf) < 1 and len(found.frames) > 2 * found.frames[-1]:
            break
    assert found.codecs == {"h264", "aac"}
    assert found.frames[-1] > 3
    assert len(found.frames) > 2 * found.frames[-1]  # how many it manages is measured in docs/browsers.md
    assert max(found.gaps, default=math.inf) < 1
    assert found.loudest > 0.1
