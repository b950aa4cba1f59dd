"""Long recordings as people make them: a minute with everything, and half an hour of a face.

Takes minutes, and half an hour: `make test-long`. They print what they measured.
"""

import os
import statistics
import time
from pathlib import Path

import av
import pytest
from playwright.sync_api import Browser, BrowserContext, Page

from tests.e2e.playing import longest_gap_s, play_to_the_end
from tests.e2e.profiles import Profile
from tests.e2e.tabs import Tab, default_context_session
from tests.e2e.test_recorder import TARGET, start, state, wait_for
from tests.installation import Installation
from tests.processes import pids_below, pss_bytes
from tests.whole_way import download_by_playlist, packets_in, wait_until_ready

pytestmark = [pytest.mark.e2e, pytest.mark.long, pytest.mark.timeout(600)]
HALF_AN_HOUR_S = 1_800
MIB = 1024 * 1024


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
    frames = packets_in(content, tmp_path)
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


@pytest.mark.timeout(3 * HALF_AN_HOUR_S)
def test_half_an_hour_takes_no_more_memory_than_its_beginning_and_arrives_whole(
    profile: Profile, installation: Installation, token: str, tmp_path: Path
) -> None:
    assert installation.process is not None
    web = pids_below(installation.process.pid, "gunicorn")
    assert web
    with profile.opened() as context:
        page = context.pages[0]
        browser = pids_below(os.getpid(), "chromium")
        assert browser
        start(page, "Camera")
        began = time.monotonic()
        seen: list[tuple[float, float]] = []
        while time.monotonic() - began < HALF_AN_HOUR_S:
            page.wait_for_timeout(30_000)
            seen.append((pss_bytes(browser) / MIB, pss_bytes(web) / MIB))
        minutes, seconds = page.get_by_role("timer").inner_text().split(":")
        clock_s = int(minutes) * 60 + int(seconds)
        page.get_by_role("button", name="Stop", exact=True).click()
        wait_for(page, "done")
    # The first minutes fill caches; then nothing may grow with the length.
    halves = [seen[6 : len(seen) // 2], seen[len(seen) // 2 :]]
    means = [[statistics.mean(one[column] for one in half) for half in halves] for column in (0, 1)]
    print(
        f"\n{clock_s} s by the clock; MiB of the browser {means[0][0]:.0f} in the first half, {means[0][1]:.0f} in the "
        f"second, of the web processes {means[1][0]:.0f} and {means[1][1]:.0f}\n"
        f"of the browser each 30 s: {' '.join(f'{browser_mib:.0f}' for browser_mib, _ in seen)}"
    )
    found = installation.call("GET", "/api/v1/videos/", Authorization=f"Bearer {token}").json["results"][0]
    told = wait_until_ready(installation, found["id"], HALF_AN_HOUR_S, Authorization=f"Bearer {token}")
    path = tmp_path / "published.mp4"
    path.write_bytes(download_by_playlist(installation, told["playlist_url"]))
    with av.open(str(path)) as container:
        shown = [float(packet.pts * packet.time_base) for packet in container.demux(video=0) if packet.pts is not None]
    published_s = told["duration_ms"] / 1000
    print(f"{published_s:.1f} s published, {len(shown)} frames, longest gap {longest_gap_s(shown) * 1000:.0f} ms")
    assert abs(published_s - clock_s) < 0.02 * clock_s
    for first, second in means:
        assert second < 1.15 * first
