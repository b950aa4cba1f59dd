"""A recording plays from its own parts the moment it is stopped: every frame of it, whatever happened meanwhile."""

import os
import re
import signal
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Route, expect

from tests.e2e.playing import play_to_the_end
from tests.e2e.tabs import Tab, default_context_session
from tests.e2e.test_recorder import PATIENCE_MS, TARGET, link_on, press, start, state, wait_for
from tests.installation import Installation
from tests.processes import pids_below
from tests.whole_way import download_by_playlist, packets_in, wait_until_ready

# On a machine that has nothing else to do: one that is out of breath leaves long holes in the sound, which no mend
# fills, and the recording is packaged first.
pytestmark = [pytest.mark.e2e, pytest.mark.long]

TAKES = 3

# Plays from a second on; returns the time in s of the tenth frame that is shown.
TEN_FRAMES_FROM = """(second) => new Promise((done) => {
  const video = document.querySelector("video");
  let shown = 0;
  const note = (_now, frame) => {
    shown += 1;
    if (shown === 10) done(frame.mediaTime);
    else video.requestVideoFrameCallback(note);
  };
  video.addEventListener("seeked", () => { video.requestVideoFrameCallback(note); void video.play(); }, { once: true });
  video.currentTime = second;
})"""

STANDS_STILL = "<!doctype html><title>TargetTab</title><body><h1>Nothing moves here</h1>"


@dataclass(frozen=True)
class Studio:
    """Where recordings are made: `page` is Ana's."""

    browser: Browser
    context: BrowserContext
    page: Page
    url: str


@dataclass(frozen=True)
class Running:
    """A recording of about eight seconds that was not stopped yet, and the link to it."""

    link: str
    stop: Callable[[], None]


def on_page(page: Page) -> Running:
    def stop() -> None:
        press(page, "Stop")
        wait_for(page, "done")

    return Running(link_on(page), stop)


@contextmanager
def with_a_pause(studio: Studio) -> Iterator[Running]:
    start(studio.page, "Camera")
    studio.page.wait_for_timeout(4_000)
    press(studio.page, "Pause")
    studio.page.wait_for_timeout(1_500)
    press(studio.page, "Resume")
    studio.page.wait_for_timeout(4_000)
    yield on_page(studio.page)


@contextmanager
def in_a_hidden_tab(studio: Studio) -> Iterator[Running]:
    session = default_context_session(studio.browser, studio.context, studio.url)
    above = Tab(session, studio.page, "data:text/html," + TARGET.replace("#", "%23").replace("+", "%2B"))
    tab = Tab(session, studio.page, f"{studio.url}/record/")
    tab.activate()
    tab.press("Start recording")
    tab.wait_until(f"Boolean(document.querySelector({state('recording')!r}))")
    link = tab.run("document.getElementById('recorder-link').value")
    tab.pause(1_000)
    above.activate()
    tab.wait_until("document.visibilityState === 'hidden'")
    tab.pause(6_000)

    def stop() -> None:
        tab.activate()
        tab.press("Stop")
        tab.wait_until(f"Boolean(document.querySelector({state('done')!r}))")

    yield Running(link, stop)
    tab.close()
    above.close()


@contextmanager
def with_a_part_lost_and_sent_again(studio: Studio) -> Iterator[Running]:
    """One part never arrives at first, and of another the answer gets lost: both are sent again."""
    sent = 0

    def lose(route: Route) -> None:
        nonlocal sent
        if route.request.method != "PUT":
            route.fallback()
            return
        sent += 1
        if sent == 2:
            route.abort("connectionreset")
        elif sent == 4:
            route.fetch()
            route.abort("connectionreset")
        else:
            route.fallback()

    studio.page.route("**/*", lose)
    start(studio.page, "Camera")
    studio.page.wait_for_timeout(8_000)
    yield on_page(studio.page)
    studio.page.unroute("**/*", lose)
    assert sent > 6, sent


@contextmanager
def of_a_screen_that_stands_still(studio: Studio) -> Iterator[Running]:
    shared = studio.context.new_page()
    shared.set_content(STANDS_STILL)
    start(studio.page, "Screen")
    studio.page.wait_for_timeout(8_000)
    yield on_page(studio.page)
    shared.close()


@contextmanager
def standing_still(installation: Installation) -> Iterator[None]:
    """Let no worker do anything for a while."""
    assert installation.process is not None
    workers = pids_below(installation.process.pid, "--queues")
    assert workers
    try:
        for pid in workers:
            os.kill(pid, signal.SIGSTOP)
        yield
    finally:
        for pid in workers:
            os.kill(pid, signal.SIGCONT)


@pytest.mark.parametrize(
    "recording",
    [with_a_pause, in_a_hidden_tab, with_a_part_lost_and_sent_again, of_a_screen_that_stands_still],
)
def test_at_stop_a_recording_plays_whole_with_no_worker_and_later_packaged_with_the_same_frames(
    recording: Callable[[Studio], AbstractContextManager[Running]],
    browser: Browser,
    context: BrowserContext,
    page: Page,
    base_url: str,
    installation: Installation,
    token: str,
    tmp_path: Path,
) -> None:
    authorization = {"Authorization": f"Bearer {token}"}
    guest = browser.new_context(base_url=base_url).new_page()
    for take in range(1, TAKES + 1):
        with recording(Studio(browser, context, page, base_url)) as running, standing_still(installation):
            running.stop()
            guest.goto(running.link)
            video_id = guest.locator("[data-watch]").get_attribute("data-video-id") or ""
            told = installation.call("GET", f"/api/v1/videos/{video_id}/playback/", **authorization).json
            assert told["status"] == "processing"
            if not told["playable"] and take < TAKES:
                continue
            assert [rendition["name"] for rendition in told["renditions"]] == ["recorded"]
            frames = packets_in(download_by_playlist(installation, told["playlist_url"]), tmp_path)
            played = play_to_the_end(guest)
            break
    print(f"take {take}: {frames} frames, {played.total_frames} decoded, {len(played.shown)} shown")
    assert played.error is None
    assert played.ended, played
    assert played.total_frames >= 0.95 * frames
    assert played.loudest > 0.05
    assert played.shown[-1] > 6
    # The page goes on with what it has, and learns of what was made; who comes now gets what was packaged.
    told = wait_until_ready(installation, video_id, **authorization)
    assert packets_in(download_by_playlist(installation, told["playlist_url"]), tmp_path) == frames
    assert guest.evaluate(TEN_FRAMES_FROM, 1) > 1
    expect(guest.locator("video")).to_have_attribute(
        "poster", re.compile(r"/poster\.jpg\?picture=\w+$"), timeout=PATIENCE_MS
    )
    guest.reload()
    packaged = play_to_the_end(guest)
    assert packaged.ended, packaged
    assert packaged.total_frames >= 0.95 * frames
    guest.context.close()
