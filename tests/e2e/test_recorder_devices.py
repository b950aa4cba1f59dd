"""Cameras, microphones and screens: chosen, refused, missing, silent, unplugged."""

import math
import re
import time
import wave
from array import array
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import BrowserType, Page, expect

from tests.e2e.conftest import FAKE_DEVICES, REMEMBERS_720, SHARES_TARGET_TAB, launch_options
from tests.e2e.pictures import BARS, GREEN, expect_halves
from tests.e2e.plugs import PLUGS
from tests.e2e.test_recorder import PATIENCE_MS, TARGET, begin, examine, id_of, press, wait_for
from tests.installation import Installation
from tests.whole_way import download_by_playlist, wait_until_ready

pytestmark = [pytest.mark.e2e, pytest.mark.usefixtures("at_720_lines")]

BOTH = ["camera", "microphone"]
RATE = 16_000  # samples a second of the sounds that the fake microphone repeats
TWO_OF_EACH = "--use-fake-device-for-media-stream=device-count=2,fps=30"
DENIED = [FAKE_DEVICES, "--deny-permission-prompts"]

IN_USE = "opened.filter((track) => track.readyState === 'live').map((track) => track.getSettings().deviceId)"

# The browser asks the person, who takes their time: until the test calls answer().
ASKS = """
const give = MediaDevices.prototype.getUserMedia;
const answered = new Promise((resolve) => { globalThis.answer = () => resolve(null); });
MediaDevices.prototype.getUserMedia = async function (wanted) {
  await answered;
  return give.call(this, wanted);
};
"""

# The fake microphone beeps for a moment twice a second: asking once a second may miss every beep.
HEARS = "(level) => Number(level.style.getPropertyValue('--level')) >= 0.1"

FORGETS_DEVICES = """
const key = "recorder:settings";
localStorage.setItem(key, localStorage.getItem(key).replace(/"id":"[^"]+/, "$&0"));
"""

# The flag that rejects a capture only works on a page that asks for itself.
SHARES_ITSELF = """
const ask = navigator.mediaDevices.getDisplayMedia.bind(navigator.mediaDevices);
navigator.mediaDevices.getDisplayMedia = (wanted) =>
  ask({...wanted, selfBrowserSurface: "include", preferCurrentTab: true});
"""


@pytest.fixture
def recorder_with(browser_type: BrowserType, signed_in_state: Any, base_url: str) -> Callable[..., Any]:
    """Return how to open the recorder in a browser with flags, permissions and scripts of its own."""

    @contextmanager
    def opened(
        *flags: str, allowed: list[str] = BOTH, script: str = "", remembers: str = REMEMBERS_720
    ) -> Iterator[Page]:
        browser = browser_type.launch(**launch_options(*flags))
        context = browser.new_context(base_url=base_url, storage_state=signed_in_state, permissions=allowed)
        page = context.new_page()
        failures: list[str] = []
        page.on("pageerror", lambda error: failures.append(str(error)))
        page.add_init_script(remembers + script)
        page.goto("/record/")
        try:
            yield page
        finally:
            browser.close()
        assert failures == []

    return opened


def choose(page: Page, mode: str) -> None:
    page.get_by_role("radio", name=mode, exact=True).check()


def visible_buttons(page: Page) -> set[str]:
    buttons = page.locator("[data-recorder] button").all()
    return {button.inner_text().strip() for button in buttons if button.is_visible()}


@pytest.mark.parametrize(
    ("flags", "allowed", "mode", "sentence", "way_on"),
    [
        (DENIED, [], "Camera", "may not use camera and microphone", "Record the screen without sound"),
        (DENIED, ["microphone"], "Camera", "may not use the camera", "Record without camera"),
        (DENIED, ["camera"], "Camera", "may not use the microphone", "Record without microphone"),
        ([], BOTH, "Camera", "Neither a camera nor a microphone was found", "Record the screen without sound"),
        (
            [FAKE_DEVICES, "--auto-reject-this-tab-capture"],
            BOTH,
            "Screen",
            "Nothing was shared",
            "Record with the camera alone",
        ),
    ],
    ids=["both refused", "camera refused", "microphone refused", "both missing", "nothing shared"],
)
def test_what_the_browser_refuses_is_said_and_the_way_on_leads_to_a_recording(
    recorder_with: Callable[..., Any], flags: list[str], allowed: list[str], mode: str, sentence: str, way_on: str
) -> None:
    script = SHARES_ITSELF if "--auto-reject-this-tab-capture" in flags else ""
    with recorder_with(*flags, SHARES_TARGET_TAB, allowed=allowed, script=script) as page:
        page.context.new_page().set_content(TARGET)
        page.bring_to_front()
        choose(page, mode)
        press(page, "Start recording")
        expect(page.get_by_text(sentence)).to_be_visible(timeout=PATIENCE_MS)
        assert visible_buttons(page) == {"Start recording", "Show preview", way_on}
        press(page, "Start recording")
        expect(page.get_by_text(sentence)).to_be_visible(timeout=PATIENCE_MS)
        press(page, way_on)
        wait_for(page, "recording")


def test_a_browser_that_shares_no_screen_offers_its_camera(page: Page) -> None:
    page.add_init_script("delete MediaDevices.prototype.getDisplayMedia")
    page.goto("/record/")
    expect(page.get_by_text("cannot share its screen")).to_be_visible()
    expect(page.get_by_role("link", name="Upload a file instead")).to_be_visible()
    expect(page.get_by_role("radio", name="Screen")).to_have_count(0)
    begin(page)


def test_a_phone_without_camera_can_upload_a_file_instead(recorder_with: Callable[..., Any]) -> None:
    with recorder_with(script="delete MediaDevices.prototype.getDisplayMedia") as page:
        press(page, "Start recording")
        expect(page.get_by_text("Neither a camera nor a microphone was found")).to_be_visible(timeout=PATIENCE_MS)
        assert visible_buttons(page) == {"Start recording", "Show preview"}
        page.locator(".recorder-ways-on").get_by_role("link", name="Upload a file instead").click()
        page.wait_for_url("**/upload/")


def test_a_plain_http_address_says_that_recording_needs_https_and_how(page: Page, base_url: str) -> None:
    page.add_init_script("Object.defineProperty(globalThis, 'isSecureContext', {get: () => false})")
    page.goto("/record/")
    expect(page.get_by_role("heading", name="Recording needs https")).to_be_visible()
    expect(page.get_by_text("VIDEOSHARE_URL=https://")).to_be_visible()
    expect(page.get_by_role("button", name="Start recording")).to_be_hidden()
    page.get_by_role("link", name="Go to the library").click()
    page.wait_for_url(base_url + "/")


def test_what_was_chosen_is_remembered_and_a_device_that_is_gone_gives_way(recorder_with: Callable[..., Any]) -> None:
    with recorder_with(TWO_OF_EACH, script=PLUGS, remembers="") as page:
        choose(page, "Camera")
        press(page, "Show preview")
        cameras = page.get_by_label("Which camera")
        expect(cameras.locator("option")).to_have_count(3, timeout=PATIENCE_MS)
        other = cameras.locator("option").last.inner_text()
        cameras.select_option(label=other)
        microphones = page.get_by_label("Which microphone")
        spoken_into = microphones.locator("option").last.inner_text()
        microphones.select_option(label=spoken_into)
        page.get_by_text("More settings").click()
        page.get_by_label("Quality").select_option(label="720p, less work for this computer")
        wait_for(page, "choosing")
        page.reload()
        expect(page.get_by_role("radio", name="Camera", exact=True)).to_be_checked()
        expect(page.get_by_label("Quality")).to_have_value("720")
        expect(cameras.locator("option:checked")).to_have_text(other)
        expect(microphones.locator("option:checked")).to_have_text(spoken_into)
        press(page, "Show preview")
        page.locator("[data-devices=open]").wait_for(timeout=PATIENCE_MS)
        assert in_use(page) == {cameras.input_value(), microphones.input_value()}
        expect(page.get_by_text("is not connected")).to_have_count(0)

        # The browser forgets its names for devices as if that camera were in another room.
        page.evaluate(FORGETS_DEVICES)
        page.reload()
        begin(page)
        expect(page.get_by_role("status").filter(has_text="is not connected")).to_contain_text(other)
        expect(cameras.locator("option:checked")).to_have_text(f"{other} (not connected)")


def test_what_is_chosen_while_the_browser_asks_counts(recorder_with: Callable[..., Any]) -> None:
    with recorder_with(TWO_OF_EACH, script=PLUGS + ASKS) as page:
        choose(page, "Camera")
        page.get_by_text("More settings").click()
        press(page, "Show preview")
        expect(page.get_by_text("The browser asks whether this page may use your camera")).to_be_visible()
        expect(page.get_by_label("Quality")).to_be_disabled()
        pickers = [page.get_by_label(name) for name in ("Which camera", "Which microphone")]
        for picker in pickers:
            picker.select_option(index=2)
        page.evaluate("answer()")
        page.locator("[data-devices=open]").wait_for(timeout=PATIENCE_MS)
        wait_until_in_use(page, {picker.input_value() for picker in pickers})


def test_a_browser_that_refuses_its_storage_records_all_the_same(page: Page) -> None:
    page.add_init_script("Object.defineProperty(globalThis, 'localStorage', {get() { throw new Error('refused'); }})")
    page.goto("/record/")
    choose(page, "Camera")
    begin(page)


def test_a_silent_microphone_is_said_before_and_while_recording_and_taken_back(
    recorder_with: Callable[..., Any], tmp_path: Path
) -> None:
    heard = tmp_path / "heard.wav"
    seven_silent_seconds_then_three_of_beeps(heard)
    silent = "The microphone has been silent for five seconds"
    with recorder_with(FAKE_DEVICES, f"--use-file-for-fake-audio-capture={heard}") as page:
        choose(page, "Camera")
        said = page.get_by_role("status").filter(has_text=silent)
        press(page, "Show preview")
        expect(said).to_be_visible(timeout=PATIENCE_MS)
        expect(said).to_have_count(0, timeout=PATIENCE_MS)
        begin(page)
        expect(said).to_be_visible(timeout=PATIENCE_MS)


def test_who_presents_reads_in_the_tabs_title_that_the_microphone_is_silent_and_while_paused_nobody_is_told(
    recorder_with: Callable[..., Any], tmp_path: Path
) -> None:
    nothing = tmp_path / "nothing.wav"
    write_sound(nothing, array("h", [0] * RATE))
    with recorder_with(FAKE_DEVICES, f"--use-file-for-fake-audio-capture={nothing}") as page:
        choose(page, "Camera")
        begin(page)
        said = page.get_by_role("status").filter(has_text="The microphone has been silent for five seconds")
        expect(said).to_be_visible()
        expect(page).to_have_title("Microphone silent · Recording · Videoshare")
        press(page, "Pause")
        expect(said).to_have_count(0)
        expect(page).to_have_title("Paused · Videoshare")
        press(page, "Resume")
        expect(said).to_be_visible()


def test_a_recording_goes_on_without_a_lost_camera_and_microphone_and_takes_others(
    recorder_with: Callable[..., Any], installation: Installation, token: str, tmp_path: Path
) -> None:
    with recorder_with(TWO_OF_EACH, SHARES_TARGET_TAB, script=PLUGS) as page:
        shared = page.context.new_page()
        shared.set_content(TARGET)
        page.bring_to_front()
        begin(page)
        page.evaluate("unplug('video')")
        expect(page.get_by_text("The camera is gone. Everything else goes on without it.")).to_be_visible()
        page.evaluate("unplug('audio')")
        expect(page.get_by_text("The microphone is gone. Nothing that you say is recorded.")).to_be_visible()
        level = page.locator("[data-part=level]")
        expect(level).to_be_hidden()
        page.wait_for_timeout(1_500)
        press(page, "Use a microphone again")
        expect(page.get_by_text("The microphone is gone")).to_have_count(0)
        page.wait_for_function(HEARS, arg=level.element_handle(), polling=50, timeout=PATIENCE_MS)
        page.get_by_label("Which camera").select_option(index=2)
        expect(page.get_by_text("The camera is gone")).to_have_count(0)
        wait_for(page, "recording")
        page.wait_for_timeout(2_000)
        press(page, "Stop")
        wait_for(page, "done")
        video_id = id_of(page)
    told = wait_until_ready(installation, video_id, Authorization=f"Bearer {token}")
    found = examine(download_by_playlist(installation, told["playlist_url"]), tmp_path)
    assert told["duration_ms"] > 3_500
    assert max(found.gaps) < 1


def test_a_camera_lost_from_a_recording_of_the_camera_leaves_the_voice_and_losing_that_too_ends_it(
    recorder_with: Callable[..., Any],
) -> None:
    with recorder_with(FAKE_DEVICES, script=PLUGS) as page:
        choose(page, "Camera")
        begin(page)
        page.wait_for_timeout(1_000)
        page.evaluate("unplug('video')")
        expect(page.get_by_text("Your voice goes on without a picture")).to_be_visible()
        expect_halves(page, BARS, BARS)
        press(page, "Use a camera again")
        expect(page.get_by_text("Your voice goes on without a picture")).to_have_count(0)
        expect_halves(page, GREEN, GREEN)
        page.evaluate("unplug('video')")
        page.evaluate("unplug('audio')")
        wait_for(page, "done")


def test_a_camera_that_gives_no_picture_is_said_before_and_while_recording_and_taken_back(
    recorder_with: Callable[..., Any],
) -> None:
    with recorder_with(FAKE_DEVICES, script=PLUGS) as page:
        choose(page, "Camera")
        press(page, "Show preview")
        expect(page.get_by_label("Preview of the recording")).to_be_visible()
        said = page.get_by_role("status").filter(has_text="The camera gives no picture")
        expect(said).to_have_count(0)
        for is_shut in (True, False):  # nothing else moves on the page that would show it by chance
            page.evaluate("shut", is_shut)
            expect(said).to_have_count(int(is_shut))
        begin(page)
        page.evaluate("shut(true)")
        expect(said).to_be_visible()
        expect(page).to_have_title(re.compile("^No picture from the camera · (.* · )?Recording · Videoshare$"))
        page.evaluate("shut(false)")
        expect(said).to_have_count(0)
        expect(page).not_to_have_title(re.compile("No picture"))
        page.evaluate("shut(true)")
        page.get_by_role("radio", name="Hidden").check()  # what is not recorded need not be there
        expect(said).to_have_count(0)
        wait_for(page, "recording")


def in_use(page: Page) -> set[str]:
    """Return the ids of the devices that PLUGS sees open."""
    return set(page.evaluate(IN_USE))


def wait_until_in_use(page: Page, wanted: set[str]) -> None:
    deadline = time.monotonic() + PATIENCE_MS / 1000
    while in_use(page) != wanted:
        assert time.monotonic() < deadline, (in_use(page), wanted)
        page.wait_for_timeout(100)


def seven_silent_seconds_then_three_of_beeps(path: Path) -> None:
    """Write a sound that Chromium's fake microphone repeats."""
    samples = array("h", [0] * (7 * RATE))
    for number in range(3 * RATE):
        sounds = number % (RATE // 2) < RATE // 4
        samples.append(round(12_000 * math.sin(2 * math.pi * 440 * number / RATE)) if sounds else 0)
    write_sound(path, samples)


def write_sound(path: Path, samples: "array[int]") -> None:
    with wave.open(str(path), "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(RATE)
        sound.writeframes(samples.tobytes())
