"""The recorder in a real Chromium: real tab capture, fake camera and microphone, a real installation behind it."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import av
import pytest
from playwright.sync_api import Browser, BrowserContext, BrowserType, Page, expect

from tests.e2e.conftest import FAKE_DEVICES, launch_options
from tests.e2e.tabs import Tab, default_context_session
from tests.installation import Installation, fetch
from tests.whole_way import download_by_playlist, wait_until_ready

pytestmark = pytest.mark.e2e

# A page that moves 30 times a second and hums, to be shared.
TARGET = """<!doctype html><title>TargetTab</title><body><h1>0</h1><script>
let shown = 0;
setInterval(() => { document.querySelector("h1").textContent = ++shown; }, 33);
const sound = new AudioContext(), tone = sound.createOscillator();
tone.connect(sound.destination); tone.start();
</script>"""
PATIENCE_MS = 60_000  # two busy cores


@dataclass(frozen=True)
class Recording:
    """What PyAV finds in a file: times in seconds, in order."""

    codecs: set[str]
    frames: list[float]
    keyframes: list[float]
    loudest: float

    @property
    def gaps(self) -> list[float]:
        return [after - before for before, after in zip(self.frames, self.frames[1:], strict=False)]


def examine(content: bytes, folder: Path) -> Recording:
    """Return what is in these bytes, every frame and sample decoded."""
    path = folder / "examined.mp4"
    path.write_bytes(content)
    with av.open(str(path)) as container:
        codecs = {stream.codec_context.name for stream in container.streams}
        decoded = list(container.decode(video=0))
    with av.open(str(path)) as container:
        samples = (memoryview(bytes(frame.planes[0])).cast("f") for frame in container.decode(audio=0))
        loudest = max(max(abs(value) for value in plane) for plane in samples)
    frames = [float(frame.time or 0) for frame in decoded]
    keyframes = [float(frame.time or 0) for frame in decoded if frame.key_frame]
    return Recording(codecs, frames, keyframes, loudest)


def state(name: str) -> str:
    return f'[data-recorder][data-state="{name}"]'


def wait_for(page: Page, name: str) -> None:
    page.locator(state(name)).wait_for(timeout=PATIENCE_MS)


def press(page: Page, name: str) -> None:
    page.get_by_role("button", name=name, exact=True).click()


def start(page: Page, mode: str) -> None:
    """Open the recorder and record."""
    page.goto("/record/")
    page.get_by_role("radio", name=mode, exact=True).check()
    press(page, "Start recording")
    wait_for(page, "recording")


def link_on(page: Page) -> str:
    return page.get_by_label("Link to this video").input_value()


def visible_buttons(page: Page) -> set[str]:
    buttons = page.locator("[data-recorder] button").all()
    return {button.inner_text().strip() for button in buttons if button.is_visible()}


def id_of(page: Page) -> str:
    """Press Done and return the id of the video that the watch page shows."""
    press(page, "Done")
    page.wait_for_url(re.compile(r"/v/[^/]+/$"))
    return page.url.rstrip("/").rpartition("/")[2]


@pytest.fixture
def target(context: BrowserContext) -> Iterator[Page]:
    """Yield a tab to share, in the same browser."""
    shared = context.new_page()
    shared.set_content(TARGET)
    yield shared
    shared.close()


def test_a_recording_goes_on_while_its_tab_is_hidden_leaves_pauses_out_and_plays_whole(
    browser: Browser, context: BrowserContext, page: Page, installation: Installation, token: str, tmp_path: Path
) -> None:
    session = default_context_session(browser, context, installation.url)
    shared = Tab(session, page, "data:text/html," + TARGET.replace("#", "%23").replace("+", "%2B"))
    tab = Tab(session, page, f"{installation.url}/record/")
    tab.activate()
    tab.press("Start recording")
    tab.wait_until(f"Boolean(document.querySelector({state('recording')!r}))")
    link = tab.run("document.getElementById('recorder-link').value")
    tab.pause(2_000)
    shared.activate()
    tab.wait_until("document.visibilityState === 'hidden'")
    hidden_from = tab.run("performance.now()")
    tab.pause(6_000)
    tab.activate()
    tab.press("Pause")
    tab.pause(3_000)
    tab.press("Resume")
    tab.pause(2_000)
    tab.press("Stop")
    tab.wait_until(f"Boolean(document.querySelector({state('done')!r}))")
    assert hidden_from > 0
    assert tab.run("document.getElementById('recorder-link').value") == link
    minutes, seconds = tab.run("document.querySelector('[role=timer]').textContent").split(":")
    recorded_s = int(minutes) * 60 + int(seconds)
    tab.press("Done")
    tab.wait_until("location.pathname.startsWith('/v/')")
    video_id = tab.run("location.pathname").split("/")[2]
    tab.close()
    shared.close()

    told = wait_until_ready(installation, video_id, Authorization=f"Bearer {token}")
    assert 10 <= recorded_s <= told["duration_ms"] / 1000 + 1
    assert abs(told["duration_ms"] / 1000 - recorded_s) < 1.5
    found = examine(download_by_playlist(installation, told["playlist_url"]), tmp_path)
    assert found.codecs == {"h264", "aac"}
    assert found.loudest > 0.1
    # A hidden tab's own timers give one picture a second, its animation frames none.
    hidden = [time for time in found.frames if 3 < time < 7]
    assert len(hidden) > 4 * 8
    assert max(found.gaps) < 1
    assert max(b - a for a, b in zip(found.keyframes, found.keyframes[1:], strict=False)) < 5


def test_every_stored_part_but_the_first_is_one_fragment(page: Page, target: Page, installation: Installation) -> None:
    with page.expect_request(re.compile(r"/uploads/[^/]+/complete/"), timeout=PATIENCE_MS) as completion:
        start(page, "Screen and camera")
        page.wait_for_timeout(5_000)
        press(page, "Stop")
        wait_for(page, "done")
    named = json.loads(completion.value.post_data or "")["parts"]
    assert [part["number"] for part in named] == list(range(1, len(named) + 1))
    stored = stored_parts(installation, id_of(page))
    assert [part["size_bytes"] for part in named] == [len(content) for content in stored]
    boxes = [top_boxes(content) for content in stored]
    assert boxes[0] == ["ftyp", "moov"]
    assert len(boxes) > 2
    assert all(part == ["moof", "mdat"] for part in boxes[1:])


def test_start_over_keeps_the_link_and_forgets_what_was_said(page: Page) -> None:
    start(page, "Camera")
    link = link_on(page)
    page.wait_for_timeout(2_500)
    press(page, "Start over")
    wait_for(page, "recording")
    assert link_on(page) == link
    expect(page.get_by_role("timer")).to_have_text(re.compile("0:0[01]"))
    press(page, "Stop")
    wait_for(page, "done")
    assert link_on(page) == link


def test_the_link_can_be_copied_while_recording(page: Page) -> None:
    start(page, "Camera")
    press(page, "Copy link")
    expect(page.get_by_role("button", name="Copied")).to_be_visible()
    assert page.evaluate("navigator.clipboard.readText()") == link_on(page)


def test_discard_asks_and_then_deletes_the_video(page: Page, installation: Installation) -> None:
    start(page, "Camera")
    link = link_on(page)
    press(page, "Discard")
    press(page, "Keep it")
    wait_for(page, "recording")
    press(page, "Discard")
    press(page, "Yes, discard")
    wait_for(page, "choosing")
    assert fetch("GET", link).status == 404
    assert page.evaluate("document.querySelector('[data-recorder] video').srcObject") is None


def test_the_browsers_own_stop_sharing_ends_a_recording_well(page: Page, target: Page) -> None:
    start(page, "Screen")
    page.wait_for_timeout(2_500)
    target.close()
    wait_for(page, "done")
    expect(page.get_by_role("button", name="Done")).to_be_visible()


def test_a_recording_waits_for_the_network_and_then_goes_up(context: BrowserContext, page: Page) -> None:
    start(page, "Camera")
    context.set_offline(True)
    expect(page.get_by_role("alert")).to_contain_text("cannot be reached", timeout=PATIENCE_MS)
    press(page, "Stop")
    wait_for(page, "finishing")
    context.set_offline(False)
    wait_for(page, "done")
    expect(page.get_by_role("alert")).to_be_hidden()


def test_clicking_everything_twice_makes_one_video(page: Page) -> None:
    made: list[str] = []
    page.on("request", lambda request: made.append(request.url) if request.url.endswith("/api/v1/videos/") else None)
    page.goto("/record/")
    page.get_by_role("radio", name="Camera", exact=True).check()
    page.get_by_role("button", name="Start recording").dblclick()
    wait_for(page, "recording")
    page.wait_for_timeout(1_000)
    page.get_by_role("button", name="Stop").dblclick()
    wait_for(page, "done")
    assert len(made) == 1


def test_the_countdown_can_be_skipped(page: Page) -> None:
    # Without its clock the countdown would last for ever.
    page.add_init_script(
        "const set = setInterval; globalThis.setInterval = (act, ms) => ms === 1000 ? undefined : set(act, ms);"
    )
    page.goto("/record/")
    page.get_by_role("radio", name="Camera", exact=True).check()
    press(page, "Start recording")
    page.get_by_role("button", name="Skip the countdown").dblclick()
    wait_for(page, "recording")


def test_a_browser_that_shares_no_screen_offers_its_camera(page: Page) -> None:
    page.add_init_script("delete MediaDevices.prototype.getDisplayMedia")
    page.goto("/record/")
    expect(page.get_by_text("cannot share its screen")).to_be_visible()
    expect(page.get_by_role("radio", name="Screen")).to_have_count(0)
    press(page, "Start recording")
    wait_for(page, "recording")


def test_a_plain_http_address_says_that_recording_needs_https(page: Page) -> None:
    page.add_init_script("Object.defineProperty(globalThis, 'isSecureContext', {get: () => false})")
    page.goto("/record/")
    expect(page.get_by_role("heading", name="Recording needs https")).to_be_visible()
    expect(page.get_by_role("button", name="Start recording")).to_be_hidden()


@pytest.mark.parametrize(
    ("flags", "allowed", "mode", "sentence"),
    [
        ([FAKE_DEVICES, "--deny-permission-prompts"], [], "Camera", "may not use camera and microphone"),
        ([], ["camera", "microphone"], "Camera", "Neither a camera nor a microphone was found"),
        ([FAKE_DEVICES, "--auto-reject-this-tab-capture"], ["camera", "microphone"], "Screen", "Nothing was shared"),
    ],
    ids=["refused", "missing", "nothing shared"],
)
def test_what_the_browser_refuses_is_said_and_the_buttons_stay_alive(
    browser_type: BrowserType,
    signed_in_state: Any,
    base_url: str,
    flags: list[str],
    allowed: list[str],
    mode: str,
    sentence: str,
) -> None:
    browser = browser_type.launch(**launch_options(*flags))
    context = browser.new_context(base_url=base_url, storage_state=signed_in_state, permissions=allowed)
    page = context.new_page()
    # The flag that rejects a capture only works on a page that asks for itself.
    page.add_init_script(
        "const ask = navigator.mediaDevices.getDisplayMedia.bind(navigator.mediaDevices);"
        "navigator.mediaDevices.getDisplayMedia = (wanted) =>"
        " ask({...wanted, selfBrowserSurface: 'include', preferCurrentTab: true})"
    )
    page.goto("/record/")
    page.get_by_role("radio", name=mode, exact=True).check()
    press(page, "Start recording")
    expect(page.get_by_text(sentence)).to_be_visible(timeout=PATIENCE_MS)
    assert visible_buttons(page) == {"Start recording", "Show preview"}
    press(page, "Start recording")
    expect(page.get_by_text(sentence)).to_be_visible(timeout=PATIENCE_MS)
    browser.close()


def stored_parts(installation: Installation, video_id: str) -> list[bytes]:
    """Return the parts of a recording in order, read from the local store."""
    paths = (installation.folder / "data" / "store").rglob(f"videos/{video_id}/*/parts/*")
    return [path.read_bytes() for path in sorted(paths)]


def top_boxes(content: bytes) -> list[str]:
    """Return the types of the outermost MP4 boxes."""
    types: list[str] = []
    at = 0
    while at < len(content):
        types.append(content[at + 4 : at + 8].decode("latin-1"))
        at += int.from_bytes(content[at : at + 4], "big")
    return types
