"""The recorder in a real Chromium: real tab capture, fake camera and microphone, a real installation behind it."""

import json
import re
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import av
import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.e2e.conftest import REMEMBERS_720
from tests.e2e.noticing import notice, notice_states
from tests.e2e.tabs import Tab, default_context_session
from tests.installation import Installation, fetch
from tests.whole_way import download_by_playlist, wait_until_ready

pytestmark = [pytest.mark.e2e, pytest.mark.usefixtures("at_720_lines")]

# A page that moves 30 times a second and hums, to be shared.
TARGET = """<!doctype html><title>TargetTab</title><body><h1>0</h1><script>
let shown = 0;
setInterval(() => { document.querySelector("h1").textContent = ++shown; }, 33);
const sound = new AudioContext(), tone = sound.createOscillator();
tone.connect(sound.destination); tone.start();
</script>"""
PATIENCE_MS = 60_000  # two busy cores
TAKES = 3  # a machine out of breath leaves out pictures; a recorder that does so leaves them out in each take
HIDDEN_S, SEEN_AGAIN_S = (3, 7), (8.5, 10)  # of recorded time

# The countdown counts only when a test says so: what is looked at in it does not end meanwhile.
COUNTDOWN_STANDS = """
const set = setInterval;
globalThis.setInterval = (act, ms) => (ms === 1000 ? undefined : set(act, ms));
"""


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

    def a_second(self, from_s: float, to_s: float) -> float:
        """Return how many frames a second there are between the two moments."""
        return sum(from_s < moment < to_s for moment in self.frames) / (to_s - from_s)


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


def begin(page: Page) -> None:
    """Record, without waiting for the countdown."""
    press(page, "Start recording")
    page.locator(f"{state('countdown')}, {state('recording')}").wait_for(timeout=PATIENCE_MS)
    page.evaluate("document.querySelector('[data-do=skip]').click()")  # harmless when it is over by now
    wait_for(page, "recording")


def start(page: Page, mode: str) -> None:
    """Open the recorder and record."""
    page.goto("/record/")
    page.get_by_role("radio", name=mode, exact=True).check()
    begin(page)


def link_on(page: Page) -> str:
    return page.get_by_label("Link to this video").input_value()


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
    for _ in range(TAKES):
        tab = Tab(session, page, f"{installation.url}/healthz/")
        found = recorded_while_hidden(tab, shared, installation, token, tmp_path)
        if max(found.gaps) < 1 and found.a_second(*HIDDEN_S) > found.a_second(*SEEN_AGAIN_S) / 2:
            break
    shared.close()
    # What a page does in animation frames, it does not do while hidden; timers may be slowed down to one a second.
    assert found.a_second(*HIDDEN_S) > max(2, found.a_second(*SEEN_AGAIN_S) / 2)
    assert max(found.gaps) < 1
    assert max(b - a for a, b in zip(found.keyframes, found.keyframes[1:], strict=False)) < 5


def recorded_while_hidden(tab: Tab, shared: Tab, installation: Installation, token: str, folder: Path) -> Recording:
    """Record, the recorder hidden in HIDDEN_S and seen in SEEN_AGAIN_S, a pause between; return what plays."""
    tab.wait_until("location.pathname === '/healthz/'")  # a new tab stands at no address for a moment
    tab.run(REMEMBERS_720)
    tab.run("location.assign('/record/')")
    tab.wait_until("location.pathname === '/record/' && document.readyState === 'complete'")
    tab.activate()
    started_ms = tab.run("performance.now()")
    tab.press("Start recording")
    tab.wait_until(f"Boolean(document.querySelector({state('recording')!r}))")
    link = tab.run("document.getElementById('recorder-link').value")
    tab.pause(2_000)
    shared.activate()
    tab.wait_until("document.visibilityState === 'hidden'")
    tab.pause(6_000)
    assert tab.run("document.visibilityState") == "hidden"
    tab.activate()
    tab.press("Pause")
    paused_ms = tab.run("performance.now()")
    tab.pause(3_000)
    paused_ms = tab.run("performance.now()") - paused_ms
    tab.press("Resume")
    tab.pause(2_000)
    tab.press("Stop")
    ended_ms = tab.run("performance.now()")
    tab.wait_until(f"Boolean(document.querySelector({state('done')!r}))")
    assert tab.run("document.getElementById('recorder-link').value") == link
    minutes, seconds = tab.run("document.querySelector('[role=timer]').textContent").split(":")
    recorded_s = int(minutes) * 60 + int(seconds)
    tab.press("Done")
    tab.wait_until("location.pathname.startsWith('/v/')")
    video_id = tab.run("location.pathname").split("/")[2]
    tab.run("localStorage.removeItem('recorder:settings')")  # tests of other files come to this browser, too
    tab.close()

    told = wait_until_ready(installation, video_id, Authorization=f"Bearer {token}")
    assert 10 <= recorded_s <= told["duration_ms"] / 1000 + 1
    assert recorded_s <= (ended_ms - started_ms - paused_ms) / 1000
    assert abs(told["duration_ms"] / 1000 - recorded_s) < 1.5
    found = examine(download_by_playlist(installation, told["playlist_url"]), folder)
    assert found.codecs == {"h264", "aac"}, (found.codecs, told["renditions"])
    assert found.loudest > 0.1
    return found


def test_every_stored_part_but_the_first_is_one_fragment(page: Page, target: Page, installation: Installation) -> None:
    sent: list[str] = []
    page.on("request", lambda request: sent.append(request.url) if request.method == "PUT" else None)
    with page.expect_request(re.compile(r"/uploads/[^/]+/complete/"), timeout=PATIENCE_MS) as completion:
        start(page, "Screen and camera")
        deadline = time.monotonic() + PATIENCE_MS / 1000
        while len(sent) < 3:
            assert time.monotonic() < deadline, "nothing goes up while it is recorded"
            page.wait_for_timeout(100)
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
    page.wait_for_timeout(3_500)
    states = notice_states(page)
    press(page, "Start over")
    press(page, "Yes, start over")
    wait_for(page, "recording")
    assert states()[1:] == [("countdown", "0:00"), ("recording", "0:00")]
    assert link_on(page) == link
    press(page, "Stop")
    wait_for(page, "done")
    assert link_on(page) == link


def test_the_link_can_be_copied_while_recording(page: Page) -> None:
    start(page, "Camera")
    label = notice(page, "[data-part=copy]")
    press(page, "Copy link")
    expect(page.get_by_role("button", name="Copy link")).to_be_visible()
    expect(page.get_by_role("status").filter(has_text="Copied")).to_be_attached()
    assert label()[0] == "Copied"
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
    trouble = page.get_by_role("status").filter(has_text="cannot be reached")
    expect(trouble).to_be_visible(timeout=PATIENCE_MS)
    press(page, "Stop")
    wait_for(page, "finishing")
    context.set_offline(False)
    wait_for(page, "done")
    expect(trouble).to_have_count(0)


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
    page.add_init_script(COUNTDOWN_STANDS)
    page.goto("/record/")
    page.get_by_role("radio", name="Camera", exact=True).check()
    press(page, "Start recording")
    page.get_by_role("button", name="Skip the countdown").dblclick()
    wait_for(page, "recording")


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
