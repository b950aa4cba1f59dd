"""The watch page in a real Chromium: where it starts, marks and keys, what is typed, what it says if nothing plays."""

import re
import subprocess
import time
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Route, expect

from tests.e2e.noticing import notice_stages
from tests.e2e.watching import PATIENCE_MS, Shared, box_of, wait_for_picture, wait_for_seconds
from tests.installation import Installation
from tests.whole_way import upload, wait_until_ready

pytestmark = pytest.mark.e2e


def test_a_link_to_a_time_starts_there_however_it_is_written(guest: Page, shared: Shared) -> None:
    for written in ("2", "2s", "0m2s", "0:02"):
        guest.goto(f"{shared.url}?t={written}")
        wait_for_seconds(guest, 2)


def test_a_link_to_an_answer_leads_to_the_second_of_its_thread(guest: Page, shared: Shared) -> None:
    asked = shared.say("At three", timestamp_ms=3000)
    answer = shared.say("An answer to it", parent=asked["id"])
    guest.goto(f"{shared.url}?comment={answer['id']}")
    wait_for_seconds(guest, 3)
    expect(guest.locator(f"#comment-{answer['id']}")).to_be_focused()


def test_marks_stand_on_the_timeline_and_lead_to_their_second_by_mouse_and_by_keys(guest: Page, shared: Shared) -> None:
    shared.say("Early", timestamp_ms=1000)
    shared.say("Late", timestamp_ms=3000)
    shared.say("About all of it")
    guest.goto(shared.url)
    wait_for_picture(guest)
    marks = guest.get_by_role("group", name="Comments on the timeline").get_by_role("button")
    expect(marks).to_have_count(2)
    guest.get_by_role("button", name="Comment by Ana at 0:03").click()
    wait_for_seconds(guest, 3)
    marks.nth(1).focus()
    guest.keyboard.press("ArrowLeft")
    expect(marks.nth(0)).to_be_focused()
    guest.keyboard.press("Enter")
    wait_for_seconds(guest, 1)
    assert guest.evaluate("document.querySelector('video').paused")


def test_the_players_keys_work_on_the_player_and_not_where_somebody_writes(guest: Page, shared: Shared) -> None:
    guest.goto(shared.url)
    wait_for_picture(guest)
    box = box_of(guest)
    box.focus()
    guest.keyboard.type("k m f l j")
    assert box.input_value() == "k m f l j"
    assert not guest.evaluate("document.querySelector('video').muted")
    assert guest.evaluate("document.fullscreenElement") is None
    guest.get_by_role("button", name="mute", exact=True).focus()
    guest.keyboard.press("m")
    expect(guest.get_by_role("button", name="unmute", exact=True)).to_be_visible()


def test_the_players_controls_speak_the_language_of_the_page(guest: Page, shared: Shared) -> None:
    def translate(route: Route) -> None:
        answer = route.fetch()
        html = answer.text().replace('<html lang="en', '<html lang="de').replace(">play</span>", ">Abspielen</span>")
        route.fulfill(response=answer, body=html.replace(">seek</span>", ">Stelle</span>"))

    guest.route(shared.url, translate)
    guest.goto(shared.url)
    expect(guest.get_by_role("button", name="Abspielen")).to_be_visible()
    expect(guest.get_by_role("slider", name="Stelle")).to_be_visible()
    # What the page has no word for stays in English.
    expect(guest.get_by_role("button", name="mute")).to_be_visible()


def test_what_is_sound_alone_shows_its_waveform_as_far_as_it_was_played(
    guest: Page, installation: Installation, token: str, tmp_path: Path
) -> None:
    file = tmp_path / "voice.mp3"
    tone = "sine=frequency=220:duration=6,volume='0.2+0.8*abs(sin(2*t))':eval=frame,volume=0:enable='between(t,2,3.5)'"
    subprocess.run(["ffmpeg", "-v", "error", "-f", "lavfi", "-i", tone, "-c:a", "libmp3lame", file], check=True)
    made = upload(installation, token, file, "By voice")
    wait_until_ready(installation, made["id"], Authorization=f"Bearer {token}")
    guest.goto(made["share_url"])
    waveform = guest.locator("[data-waveform]")
    expect(waveform).to_be_visible()
    expect(guest.locator(".player-voice .moments")).to_be_hidden()
    expect(waveform).to_have_attribute("style", "--played: 0%;")
    guest.evaluate("document.querySelector('video').currentTime = 3")
    expect(waveform).to_have_attribute("style", re.compile(r"--played: (49|50)[.\d]*%;"))
    expect(waveform).to_be_visible()
    guest.evaluate("document.querySelector('video').play()")
    expect(waveform).to_have_attribute("style", re.compile(r"--played: (5[1-9]|[6-9]\d)[.\d]*%;"))
    expect(waveform).to_be_visible()


def test_a_failed_video_says_why_and_only_its_author_can_retry(
    page: Page, guest: Page, installation: Installation, token: str, tmp_path: Path
) -> None:
    file = tmp_path / "notes.mp4"
    file.write_text("These are notes and no video. " * 50)
    made = upload(installation, token, file, "Notes")
    for seen in (page, guest):
        seen.goto(made["share_url"])
        expect(seen.get_by_text("This video could not be published")).to_be_visible(timeout=PATIENCE_MS)
        expect(seen.get_by_text("neither a video nor a sound recording")).to_be_visible()
    expect(guest.get_by_role("button", name="Retry")).to_have_count(0)
    page.reload()
    with page.expect_download() as download:
        page.get_by_role("link", name="Download source").click()
    assert download.value.path().read_bytes() == file.read_bytes()
    stages = notice_stages(page)
    page.get_by_role("button", name="Retry").click()
    deadline = time.monotonic() + PATIENCE_MS / 1000
    while stages()[-1:] != ["failed"]:
        assert time.monotonic() < deadline, stages()
        page.wait_for_timeout(100)
    assert stages()[0] == "processing"
    expect(page.get_by_text("This video could not be published")).to_be_visible()


def test_what_plays_and_could_not_be_published_whole_is_published_again_by_its_authors_retry(
    page: Page, guest: Page, shared: Shared, installation: Installation, token: str
) -> None:
    fail = f"from apps.videos.models import Video; Video.objects.filter(public_id={shared.id!r})"
    installation.manage("shell", "-c", f'{fail}.update(failure_code="store_unavailable")')
    guest.goto(shared.url)
    wait_for_picture(guest)
    expect(guest.get_by_role("button", name="Retry")).to_have_count(0)
    page.goto(f"/v/{shared.id}/")
    expect(page.get_by_text("The video plays, but not all of it could be prepared")).to_be_visible()
    page.get_by_role("button", name="Retry").dblclick()
    expect(page.get_by_text("It is being published again")).to_be_focused()
    told = wait_until_ready(installation, shared.id, Authorization=f"Bearer {token}")
    assert told["failure_code"] is None
    page.reload()
    wait_for_picture(page)
    expect(page.get_by_text("The video plays, but not all of it could be prepared")).to_have_count(0)


def test_a_browser_that_decodes_nothing_of_it_is_told_so(context: BrowserContext, page: Page, shared: Shared) -> None:
    context.add_init_script("MediaSource.isTypeSupported = () => false")
    page.goto(f"/v/{shared.id}/")
    expect(page.get_by_text("This browser cannot play the video")).to_be_visible()


def test_copy_link_gives_a_guest_the_page_they_are_on(browser: Browser, base_url: str, shared: Shared) -> None:
    context = browser.new_context(base_url=base_url, permissions=["clipboard-read", "clipboard-write"])
    page = context.new_page()
    page.goto(shared.url)
    page.get_by_role("button", name="Copy link").click()
    expect(page.get_by_role("button", name="Copied")).to_be_visible()
    assert page.evaluate("navigator.clipboard.readText()") == shared.url
    context.close()


@pytest.mark.parametrize("width", [320, 900, 1280])
def test_no_page_is_wider_than_the_screen(context: BrowserContext, page: Page, shared: Shared, width: int) -> None:
    shared.say("https://example.com/" + "a" * 300, timestamp_ms=1000)
    page.set_viewport_size({"width": width, "height": 700})
    for path in ("/", f"/v/{shared.id}/", "/accounts/password/change/", "/v/missing/"):
        page.goto(path)
        page.wait_for_timeout(500)
        assert page.evaluate("document.documentElement.scrollWidth") <= width, path


def test_the_author_says_what_a_video_is_about_beside_it(page: Page, guest: Page, shared: Shared) -> None:
    page.goto(f"/v/{shared.id}/")
    page.get_by_role("tab", name="Conversation").press("ArrowRight")
    expect(page.get_by_role("tab", name="About")).to_be_focused()
    page.get_by_role("textbox", name="Title").fill("Numbers of <December>")
    page.get_by_role("textbox", name="Description").fill("Why they fell.")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("heading", name="Numbers of <December>")).to_be_visible()
    guest.goto(f"{shared.url}#about")
    expect(guest.get_by_role("tabpanel", name="About").get_by_text("Why they fell.")).to_be_visible()
    expect(guest.get_by_role("textbox", name="Title")).to_have_count(0)
