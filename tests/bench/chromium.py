"""A recording of a real Chromium, made on the recorder's page: a tab that is read and scrolled, and the fake camera."""

import base64
import logging
from pathlib import Path

import av
from playwright.sync_api import Browser, ViewportSize, sync_playwright

from tests.bench.clips import Clip, draw_page
from tests.bench.engine import plays_from_its_parts
from tests.e2e.conftest import EMAIL, FAKE_DEVICES, PASSWORD, SHARES_TARGET_TAB, launch_options
from tests.e2e.every_page import sign_in
from tests.e2e.test_recorder import id_of, press, start, wait_for
from tests.installation import Installation

log = logging.getLogger(__name__)

KIND = "chromium"
TAKES = 3
SCREEN: ViewportSize = {"width": 1920, "height": 1080}
# Reading for four seconds, scrolling for four, as the drawn screen does; and a hum, as a tab has.
READ = """<!doctype html><title>TargetTab</title><style>body {{ margin: 0 }} img {{ width: 100vw }}</style>
<img src="data:image/png;base64,{picture}"><script>
const began = performance.now();
setInterval(() => {{
  const s = (performance.now() - began) / 1000;
  const screenfuls = Math.floor(s / 8) + Math.min(Math.max(((s % 8) - 4) / 4, 0), 1);
  scrollTo(0, (screenfuls * innerHeight) % (document.body.scrollHeight - innerHeight));
}}, 33);
const sound = new AudioContext(), tone = sound.createOscillator();
tone.connect(sound.destination); tone.start();
</script>"""


def record(seconds: int, folder: Path) -> Clip:
    """Return a recording of screen and camera that plays from its parts.

    On a busy machine Chromium may lose sound; such a take has to be packaged first, and another one is made.
    """
    for take in range(1, TAKES + 1):
        clip = _take(seconds, folder, take)
        if plays_from_its_parts(clip.path):
            return clip
        log.warning("take %d does not play from its parts", take)
    raise RuntimeError(f"none of {TAKES} recordings plays from its parts: this machine is too busy")


def _take(seconds: int, folder: Path, number: int) -> Clip:
    """Return a recording, as its parts were stored: an installation of its own takes it."""
    installation = Installation(folder / f"recording-{number}")
    try:
        installation.start()
        installation.manage("adduser", EMAIL, "--name", "Ana", "--password", PASSWORD)
        token = installation.manage("createtoken", EMAIL)[-1]
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(**launch_options(FAKE_DEVICES, SHARES_TARGET_TAB))
            video = _record(browser, installation.url, draw_page(folder), seconds)
            browser.close()
        answer = installation.call("GET", f"/api/v1/videos/{video}/source/", Authorization=f"Bearer {token}")
    finally:
        installation.kill()
    if answer.status != 200:
        raise RuntimeError(f"no recording: {answer}")
    path = folder / f"{KIND}.mp4"
    path.write_bytes(answer.body)
    return Clip(KIND, _seconds_of(path), path)


def _record(browser: Browser, url: str, picture: Path, seconds: int) -> str:
    """Return the id of the video that was recorded."""
    context = browser.new_context(base_url=url, viewport=SCREEN, permissions=["camera", "microphone"])
    page = context.new_page()
    sign_in(page, EMAIL)
    target = context.new_page()
    target.set_content(READ.format(picture=base64.b64encode(picture.read_bytes()).decode()))
    start(page, "Screen and camera")
    page.wait_for_timeout(seconds * 1000)
    press(page, "Stop")
    wait_for(page, "done")
    return id_of(page)


def _seconds_of(path: Path) -> float:
    """Return when the last frame begins; a recording that was never finished has no length in its header."""
    with av.open(str(path)) as container:
        times = [packet.pts * packet.time_base for packet in container.demux(video=0) if packet.pts is not None]
    return float(max(times))
