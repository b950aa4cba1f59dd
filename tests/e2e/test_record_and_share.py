"""The whole way: Ana records, a guest without an account watches and asks at a second, Ana answers in the thread."""

import re
import subprocess
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.e2e.playing import LONGEST_GAP_S, play_smoothly, play_to_the_end
from tests.e2e.test_recorder import link_on, press, start, wait_for
from tests.installation import Installation, fetch
from tests.whole_way import download_by_playlist, make_video, packets_in, upload, wait_until_ready

pytestmark = pytest.mark.e2e

PATIENCE_MS = 60_000


def test_record_share_watch_ask_and_answer(
    browser: Browser, page: Page, base_url: str, installation: Installation, token: str, tmp_path: Path
) -> None:
    start(page, "Camera")
    link = link_on(page)
    guest = browser.new_context(base_url=base_url).new_page()
    guest.goto(link)
    expect(guest.get_by_text("Ana is recording")).to_be_visible()
    page.wait_for_timeout(8_000)
    press(page, "Stop")
    wait_for(page, "done")

    # The guest's page, open all the while, turns into the video by itself.
    expect(guest.locator("media-controller")).to_be_visible(timeout=PATIENCE_MS)
    video_id = guest.locator("[data-watch]").get_attribute("data-video-id") or ""
    told = wait_until_ready(installation, video_id, Authorization=f"Bearer {token}")
    frames = packets_in(download_by_playlist(installation, told["playlist_url"]), tmp_path)
    guest.reload()
    played = play_to_the_end(guest)
    assert played.error is None
    assert played.ended, played
    assert played.total_frames >= 0.95 * frames
    assert played.loudest > 0.05
    assert played.shown[-1] > 6

    guest.evaluate("document.querySelector('video').currentTime = 4")
    guest.get_by_role("textbox", name="Your comment").fill("Why this number?")
    guest.get_by_role("textbox", name="Your name").fill("Gus")
    guest.get_by_role("button", name=re.compile("^Comment at 0:04")).click()
    expect(guest.get_by_text("Why this number?")).to_be_visible()

    press(page, "Done")
    page.wait_for_url(re.compile(r"/v/[^/]+/$"))
    question = page.locator(".thread", has_text="Why this number?")
    expect(question).to_be_visible()
    question.get_by_role("button", name="Reply").click()
    question.get_by_role("textbox", name="Your comment").fill("It is from the sheet.")
    question.get_by_role("button", name="Reply", exact=True).last.click()
    # The guest's page learns of it by polling.
    expect(guest.get_by_text("It is from the sheet.")).to_be_visible(timeout=PATIENCE_MS)
    guest.locator(".thread").get_by_role("button", name=re.compile("Go to")).first.click()
    assert 3.9 <= guest.evaluate("document.querySelector('video').currentTime") <= 4.6
    guest.context.close()


def test_an_uploaded_file_plays_whole_for_a_guest(
    browser: Browser, base_url: str, installation: Installation, token: str, tmp_path: Path
) -> None:
    made = upload(installation, token, make_video(tmp_path / "made.mp4"), "Made elsewhere")
    told = wait_until_ready(installation, made["id"], Authorization=f"Bearer {token}")
    frames = packets_in(download_by_playlist(installation, told["playlist_url"]), tmp_path)
    guest = browser.new_context(base_url=base_url).new_page()
    guest.goto(made["share_url"])
    played = play_smoothly(guest)
    assert played.size == (640, 360)
    assert played.total_frames >= 0.95 * frames
    assert played.longest_gap_s <= LONGEST_GAP_S
    assert played.loudest > 0.05
    guest.context.close()


def test_a_heavy_file_plays_whole_on_a_phone_from_its_small_rung_and_on_a_desk_from_its_copy(
    browser: Browser, base_url: str, installation: Installation, token: str, tmp_path: Path
) -> None:
    path = tmp_path / "heavy.mp4"
    picture = "-f lavfi -i testsrc2=size=1280x720:rate=30:duration=4,noise=alls=30:allf=t -f lavfi -i sine=duration=4"
    how = "-c:v libx264 -preset ultrafast -crf 35 -g 60 -pix_fmt yuv420p -c:a libopus"
    subprocess.run(["ffmpeg", *f"-v error -y {picture} {how}".split(), str(path)], check=True)
    made = upload(installation, token, path, "Heavy")
    told = wait_until_ready(installation, made["id"], Authorization=f"Bearer {token}")
    assert [rendition["name"] for rendition in told["renditions"]] == ["copy", "copy-aac", "360p"]
    for width, size in ((390, (640, 360)), (1400, (1280, 720))):
        guest = browser.new_context(base_url=base_url, viewport={"width": width, "height": 800}).new_page()
        guest.goto(made["share_url"])
        played = play_smoothly(guest)
        assert played.error is None
        assert played.size == size
        assert played.ended, played
        assert played.total_frames >= 0.95 * 120
        assert played.longest_gap_s <= LONGEST_GAP_S
        assert played.loudest > 0.05
        guest.context.close()


def test_a_live_webm_that_no_mp4_can_hold_is_prepared_and_then_plays_whole(
    browser: Browser, base_url: str, installation: Installation, token: str, tmp_path: Path
) -> None:
    path = tmp_path / "live.webm"
    picture = "-f lavfi -i testsrc2=size=640x360:rate=30:duration=4 -f lavfi -i sine=frequency=440:duration=4"
    how = "-c:v libvpx -deadline realtime -g 60 -c:a libopus -f webm -live 1"
    subprocess.run(["ffmpeg", *f"-v error -y {picture} {how}".split(), str(path)], check=True)
    made = upload(installation, token, path, "Live WebM")
    guest = browser.new_context(base_url=base_url).new_page()
    guest.goto(made["share_url"])
    wait_until_ready(installation, made["id"], Authorization=f"Bearer {token}")
    expect(guest.locator("media-controller")).to_be_visible(timeout=PATIENCE_MS)
    played = play_smoothly(guest)
    assert played.error is None
    assert played.total_frames >= 0.95 * 120
    assert played.longest_gap_s <= LONGEST_GAP_S
    assert played.loudest > 0.05
    guest.context.close()


def test_a_missing_and_a_revoked_link_look_alike_in_the_browser(
    browser: Browser, base_url: str, installation: Installation, token: str, tmp_path: Path
) -> None:
    made = upload(installation, token, make_video(tmp_path / "made.mp4"), "To be taken back")
    authorization = f"Bearer {token}"
    links = installation.call("GET", f"/api/v1/videos/{made['id']}/share-links/", Authorization=authorization).json
    guest = browser.new_context(base_url=base_url).new_page()
    guest.goto(made["share_url"])
    expect(guest.get_by_role("heading", name="To be taken back")).to_be_visible()
    installation.call("DELETE", f"/api/v1/share-links/{links['results'][0]['id']}/", Authorization=authorization)
    pages = []
    for address in (made["share_url"], f"{base_url}/s/nonsense/"):
        assert fetch("GET", address).status == 404
        guest.goto(address)
        pages.append(guest.locator("main").inner_text())
    assert pages[0] == pages[1]
    guest.context.close()
