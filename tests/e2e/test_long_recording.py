"""A minute as people record it: screen and camera, the tab hidden meanwhile, paused once; watched in another profile.

Takes minutes: `make test-long`. It prints what it measured.
"""

import time
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page

from tests.e2e.playing import play_to_the_end
from tests.e2e.tabs import Tab, default_context_session
from tests.e2e.test_record_and_share import frames_in
from tests.e2e.test_recorder import TARGET, state
from tests.installation import Installation
from tests.whole_way import download_by_playlist

pytestmark = [pytest.mark.e2e, pytest.mark.long, pytest.mark.timeout(600)]


def test_a_minute_of_screen_and_camera_plays_whole_in_another_profile(
    browser: Browser, context: BrowserContext, page: Page, installation: Installation, token: str, tmp_path: Path
) -> None:
    session = default_context_session(browser, context, installation.url)
    shared = Tab(session, page, "data:text/html," + TARGET.replace("#", "%23").replace("+", "%2B"))
    tab = Tab(session, page, f"{installation.url}/record/")
    tab.activate()
    tab.press("Start recording")
    tab.wait_until(f"Boolean(document.querySelector({state('recording')!r}))")
    tab.pause(20_000)
    shared.activate()
    tab.wait_until("document.visibilityState === 'hidden'")
    tab.pause(20_000)
    tab.activate()
    tab.press("Pause")
    tab.pause(3_000)
    tab.press("Resume")
    tab.pause(20_000)
    tab.press("Stop")
    stopped = time.monotonic()
    link = tab.run("document.getElementById('recorder-link').value")
    authorization = {"Authorization": f"Bearer {token}"}
    video = installation.call("GET", "/api/v1/videos/", **authorization).json["results"][0]
    times: dict[str, float] = {}
    while "ready" not in times:
        told = installation.call("GET", f"/api/v1/videos/{video['id']}/playback/", **authorization).json
        assert told["status"] != "failed", told
        for name, reached in (("playable", told["playable"]), ("ready", told["status"] == "ready")):
            if reached:
                times.setdefault(name, round(time.monotonic() - stopped, 2))
        time.sleep(0.05)
    tab.wait_until(f"Boolean(document.querySelector({state('done')!r}))")
    tab.close()
    shared.close()

    content = download_by_playlist(installation, told["playlist_url"])
    frames = frames_in(content, tmp_path)
    guest = browser.new_context(base_url=installation.url).new_page()
    guest.goto(link)
    played = play_to_the_end(guest, until_ms=told["duration_ms"] - 300)
    guest.context.close()
    print(
        f"\n{told['duration_ms']} ms, {len(content) / 1e6:.1f} MB, {frames} frames; from Stop to playable "
        f"{times['playable']} s, to ready {times['ready']} s; shown {played.total_frames - played.dropped_frames} of "
        f"{played.total_frames} frames, longest step {played.longest_gap_s * 1000:.0f} ms"
    )
    assert played.error is None
    assert 58_000 < told["duration_ms"] < 66_000
    assert played.total_frames >= 0.95 * frames
    assert played.loudest > 0.05
