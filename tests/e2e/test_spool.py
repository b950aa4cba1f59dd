"""What was recorded outlives what goes wrong: a killed browser, a server that is away, another tab, another person."""

import re
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import av
import pytest
from playwright.sync_api import Page, expect

from tests.e2e.conftest import EMAIL, PASSWORD
from tests.e2e.profiles import Profile, sign_in
from tests.e2e.test_recorder import PATIENCE_MS, begin, press, wait_for
from tests.installation import Installation
from tests.whole_way import PUBLISH_SECONDS, download_by_playlist, wait_until_ready

pytestmark = pytest.mark.e2e

# What a crash may cost: the seconds that the recorder had not handed over yet, and the moments around them.
MOST_LOST_S = 2.5

# As if the browser had been silent for longer than the server waits, and the clock's next tick came now.
FORGET_SIGNS_OF_LIFE = """
from apps.uploads.models import Upload
from apps.uploads.tasks import end_abandoned
Upload.objects.filter(status="open").update(alive_at="2020-01-01T00:00:00Z")
end_abandoned.delay()
"""

# Says each piece that the recorder hands over to the page: so it is known outside of a browser that dies.
TELL_HANDED_OVER = """
window.MediaRecorder = class extends MediaRecorder {
  constructor(...options) {
    super(...options);
    this.addEventListener("dataavailable", ({ data }) => console.log("handed over", data.size));
  }
};
"""
DROPPED_BYTES = 1024  # boxes between the fragments that say nothing are not sent


@dataclass
class HandedOver:
    """The sizes of what a page's recorder has handed over so far, in bytes."""

    pieces: list[int] = field(default_factory=list)

    def listen(self, page: Page) -> None:
        """Note them from the next page on that is opened there."""
        page.add_init_script(TELL_HANDED_OVER)
        page.on("console", lambda said: self._note(said.text))

    def _note(self, text: str) -> None:
        if text.startswith("handed over ") and (size_bytes := int(text.rpartition(" ")[2])):
            self.pieces.append(size_bytes)


def saved_bytes(installation: Installation, video_id: str, token: str) -> int:
    """Return the size of the source that the server holds."""
    path = f"/api/v1/videos/{video_id}/source/"
    return len(installation.call("GET", path, Authorization=f"Bearer {token}").body)


def record_camera(page: Page) -> None:
    page.goto("/record/")
    page.get_by_role("radio", name="Camera", exact=True).check()
    begin(page)


def recorded_s(page: Page) -> float:
    """Return what the recorder's clock shows, to the second."""
    minutes, seconds = page.get_by_role("timer").inner_text().split(":")
    return int(minutes) * 60 + int(seconds)


def wait_until_recorded(page: Page, seconds: int) -> None:
    page.wait_for_function(
        "(s) => { const [m, t] = document.querySelector('[data-part=elapsed]').textContent.split(':').map(Number);"
        " return m * 60 + t >= s; }",
        arg=seconds,
        timeout=PATIENCE_MS,
    )


def unfinished(page: Page) -> Any:
    return page.get_by_role("region", name="Unfinished recordings")


def wait_until_whole(installation: Installation, video_id: str, token: str) -> None:
    """Return once what is shown of the video does not end early any more."""
    path, deadline = f"/api/v1/videos/{video_id}/playback/", time.monotonic() + PUBLISH_SECONDS
    while installation.call("GET", path, Authorization=f"Bearer {token}").json["ends_early"]:
        assert time.monotonic() < deadline, "the rest was not published"
        time.sleep(0.2)


def length_s(installation: Installation, page: Page, token: str, folder: Path) -> float:
    """Return how long the video of the watch page that is open has become, by the frames that it really holds."""
    video_id = page.url.rstrip("/").rpartition("/")[2]
    told = wait_until_ready(installation, video_id, Authorization=f"Bearer {token}")
    path = folder / "published.mp4"
    path.write_bytes(download_by_playlist(installation, told["playlist_url"]))
    with av.open(str(path)) as container:
        times = [float(frame.time or 0) for frame in container.decode(video=0)]
    return times[-1] - times[0]


def test_a_killed_browser_loses_at_most_what_the_recorder_had_not_handed_over(
    profile: Profile, installation: Installation, token: str, tmp_path: Path
) -> None:
    with profile.opened() as context:
        page = context.pages[0]
        handed_over = HandedOver()
        handed_over.listen(page)
        record_camera(page)
        link = page.get_by_label("Link to this video").input_value()
        wait_until_recorded(page, 8)
        recorded = recorded_s(page)
        profile.kill_browser()
    with profile.opened(signed_in=False) as context:
        page = context.pages[0]
        sign_in(page, EMAIL, PASSWORD)
        page.goto("/trash/")
        left = unfinished(page)
        expect(left).to_contain_text("Unfinished recording from")
        press(page, "Watch first")
        has_picture = "() => document.querySelector('[data-part=stage] video').videoWidth > 0"
        page.wait_for_function(has_picture, timeout=PATIENCE_MS)
        press(page, "Close")
        asked = time.monotonic()
        press(page, "Finish")
        expect(left).to_contain_text("All of it is uploaded", timeout=PATIENCE_MS)
        sent_s = time.monotonic() - asked
        left.get_by_role("link", name="Open the video").click()
        page.wait_for_url(re.compile(r"/v/[^/]+/$"))
        assert page.locator("[data-copy]").first.get_attribute("data-copy") == link
        expect(unfinished(page)).to_have_count(0)
        found_s = length_s(installation, page, token, tmp_path)
        saved = saved_bytes(installation, page.url.rstrip("/").rpartition("/")[2], token)
        pieces = handed_over.pieces
        print(
            f"\nkilled at {recorded} s: {found_s:.2f} s published; {sum(pieces)} bytes in {len(pieces)} pieces handed "
            f"over, {saved} saved; Finish took {sent_s:.1f} s to send the rest"
        )
        # What was handed over in the very moment of the kill may not have reached the disk; all before it has.
        assert len(pieces) > 2
        assert sum(pieces[:-1]) - DROPPED_BYTES <= saved <= sum(pieces)
        assert found_s > recorded - MOST_LOST_S


def test_what_the_server_has_ended_by_itself_is_made_whole_under_the_same_link_when_its_browser_comes_back(
    profile: Profile, guest: Page, installation: Installation, token: str, tmp_path: Path
) -> None:
    with profile.opened() as context:
        page = context.pages[0]
        record_camera(page)
        link = page.get_by_label("Link to this video").input_value()
        expect(page.get_by_text(re.compile(r"up to 0:(0[2-9]|[1-5]\d)"))).to_be_visible(timeout=PATIENCE_MS)
        context.set_offline(True)
        wait_until_recorded(page, int(recorded_s(page)) + 6)
        recorded = recorded_s(page)
        profile.kill_browser()
    installation.manage("shell", "-c", FORGET_SIGNS_OF_LIFE)
    video = installation.call("GET", "/api/v1/videos/", Authorization=f"Bearer {token}").json["results"][0]
    told = wait_until_ready(installation, video["id"], Authorization=f"Bearer {token}")
    assert told["ends_early"] is True
    assert told["duration_ms"] / 1000 < recorded - 2
    ended_s = told["duration_ms"] / 1000
    guest.goto(link)
    guest.locator("video").evaluate("video => video.play()")
    guest.wait_for_function("() => document.querySelector('video').ended", timeout=PATIENCE_MS)
    with profile.opened(signed_in=False) as context:
        page = context.pages[0]
        sign_in(page, EMAIL, PASSWORD)
        page.goto(link)
        expect(page.get_by_text("ends early")).to_be_visible()
        press(page, "Finish")
        expect(unfinished(page)).to_contain_text("All of it is uploaded", timeout=PATIENCE_MS)
        wait_until_whole(installation, video["id"], token)
        unfinished(page).get_by_role("link", name="Open the video").click()
        expect(page.get_by_text("ends early")).to_be_hidden(timeout=PATIENCE_MS)
        page.goto(f"/v/{video['id']}/")
        found_s = length_s(installation, page, token, tmp_path)
        print(f"\nkilled at {recorded} s: {ended_s:.2f} s ended by the server, {found_s:.2f} s after Finish")
        assert found_s > recorded - MOST_LOST_S
    # Who had watched to the early end goes on from there, without a reload.
    guest.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    expect(guest.get_by_text("ends early")).to_be_hidden(timeout=PATIENCE_MS)
    guest.wait_for_function("(s) => document.querySelector('video').currentTime > s", arg=ended_s + 1)


def test_a_recording_goes_on_while_the_server_is_away_and_all_of_it_goes_up_afterwards(
    profile: Profile, installation: Installation, token: str, tmp_path: Path
) -> None:
    with profile.opened() as context:
        page = context.pages[0]
        record_camera(page)
        wait_until_recorded(page, 3)
        installation.stop()
        try:
            said = page.get_by_text("The server cannot be reached. The recording is kept in this browser")
            expect(said).to_be_visible(timeout=PATIENCE_MS)
            wait_until_recorded(page, int(recorded_s(page)) + 6)
            with page.expect_download() as saved:
                press(page, "Save a copy")
            with av.open(str(saved.value.path())) as container:
                assert sum(1 for _ in container.decode(video=0)) > 30, "the copy plays without any server"
            recorded = recorded_s(page)
            press(page, "Stop")
            expect(page.get_by_text("or the next time you open Videoshare here")).to_be_visible(timeout=PATIENCE_MS)
        finally:
            installation.start()
        wait_for(page, "done")
        press(page, "Done")
        page.wait_for_url(re.compile(r"/v/[^/]+/$"))
        found_s = length_s(installation, page, token, tmp_path)
        print(f"\nserver away: {recorded} s by the clock, {found_s:.2f} s published")
        assert found_s > recorded - 0.5


def test_what_is_unfinished_is_its_authors_alone_and_signing_out_asks(
    profile: Profile, installation: Installation
) -> None:
    installation.manage("adduser", "eve@example.com", "--name", "Eve", "--password", PASSWORD)
    with profile.opened() as context:
        page = context.pages[0]
        record_camera(page)
        wait_until_recorded(page, 5)
        other = context.new_page()
        other.goto("/")
        expect(other.get_by_role("heading", name="Videos")).to_be_visible()
        expect(unfinished(other)).to_have_count(0)  # the first tab is at it
        page.close(run_before_unload=False)
        other.reload()
        expect(unfinished(other)).to_be_visible()
        other.get_by_role("button", name="You").click()
        press(other, "Sign out")
        expect(other.get_by_role("dialog", name="Sign out with an unfinished recording?")).to_be_visible()
        press(other, "Stay signed in")
        other.get_by_role("button", name="You").click()
        press(other, "Sign out")
        press(other, "Yes, sign out")
        other.wait_for_url(re.compile("login"))
        sign_in(other, "eve@example.com", PASSWORD)
        expect(other.get_by_role("heading", name="Videos")).to_be_visible()
        expect(unfinished(other)).to_have_count(0)
        other.get_by_role("button", name="You").click()
        press(other, "Sign out")
        other.wait_for_url(re.compile("login"))  # nothing of hers waits, so nothing is asked
        sign_in(other, EMAIL, PASSWORD)
        press(other, "Discard")
        expect(other.get_by_role("dialog", name="Discard this recording?")).to_be_visible()
        press(other, "Keep it")
        expect(unfinished(other)).to_be_visible()
        press(other, "Discard")
        press(other, "Yes, discard")
        expect(unfinished(other)).to_have_count(0)
        other.reload()
        expect(other.get_by_role("heading", name="Videos")).to_be_visible()
        expect(unfinished(other)).to_have_count(0)
