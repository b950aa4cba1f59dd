"""The watch page in a real Chromium: where it starts, marks and keys, what is typed, what it says if nothing plays."""

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Locator, Page, Route, expect

from tests.installation import Installation
from tests.whole_way import make_video, upload, wait_until_ready

pytestmark = pytest.mark.e2e

PATIENCE_MS = 30_000  # polling and publishing on two busy cores
FRAME_S = 1 / 30


@dataclass(frozen=True)
class Shared:
    """A video of Ana's: its id, the address of its share link, and what talks to its comments as Ana."""

    id: str
    url: str
    say: Callable[..., dict[str, Any]]


@pytest.fixture
def shared(installation: Installation, token: str, tmp_path: Path) -> Shared:
    """Return a video of 4 s that is ready."""
    authorization = f"Bearer {token}"
    made = upload(installation, token, make_video(tmp_path / "made.mp4"), "Numbers of November")
    wait_until_ready(installation, made["id"], Authorization=authorization)

    def say(body: str, **fields: Any) -> dict[str, Any]:
        path = f"/api/v1/videos/{made['id']}/comments/"
        answer = installation.call("POST", path, data={"body": body, **fields}, Authorization=authorization)
        assert answer.status == 201, answer
        return dict(answer.json)

    return Shared(made["id"], made["share_url"], say)


@pytest.fixture
def guest(browser: Browser, base_url: str) -> Iterator[Page]:
    """Yield a page of somebody without an account, on which no script may fail unseen."""
    context = browser.new_context(base_url=base_url)
    opened = context.new_page()
    failures: list[str] = []
    opened.on("pageerror", lambda error: failures.append(str(error)))
    yield opened
    context.close()
    assert failures == []


def seconds(page: Page) -> float:
    return float(page.evaluate("document.querySelector('video').currentTime"))


def wait_for_seconds(page: Page, wanted: float) -> None:
    """Return once the video stands at `wanted`, to the frame; fail where it never does."""
    for _ in range(PATIENCE_MS // 50):
        if page.locator("video").count() and abs(seconds(page) - wanted) <= FRAME_S:
            return
        page.wait_for_timeout(50)
    raise AssertionError(f"stands at {seconds(page)}, not at {wanted}")


def wait_for_picture(page: Page) -> None:
    """Return once the media is there: before, a seek is only remembered."""
    for _ in range(PATIENCE_MS // 50):
        if page.evaluate("(document.querySelector('video')?.readyState ?? 0) >= 2"):
            return
        page.wait_for_timeout(50)
    raise AssertionError("no picture arrived")


def box_of(page: Page) -> Locator:
    """Return the box for new comments."""
    return page.locator("[data-new]").get_by_role("textbox", name="Your comment")


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


def test_what_was_typed_survives_a_failed_post_and_a_reload_and_is_posted_once(guest: Page, shared: Shared) -> None:
    guest.goto(f"{shared.url}?t=2")
    wait_for_seconds(guest, 2)
    box_of(guest).fill("Why this number?")
    guest.get_by_role("textbox", name="Your name").fill("Gus")
    sent: list[dict[str, Any]] = []

    def lose_the_answer(route: Route) -> None:
        if route.request.method != "POST":
            route.continue_()
            return
        sent.append(json.loads(route.request.post_data or ""))
        route.fetch()  # the server has it, and nobody hears of that
        route.abort()

    guest.route("**/comments/", lose_the_answer)
    guest.get_by_role("button", name="Comment at 0:02").click()
    expect(guest.get_by_text("There is no connection right now")).to_be_visible()
    expect(box_of(guest)).to_have_value("Why this number?")
    guest.unroute("**/comments/")
    guest.reload()
    expect(box_of(guest)).to_have_value("Why this number?")
    with guest.expect_request(lambda request: request.method == "POST" and request.url.endswith("/comments/")) as again:
        guest.get_by_role("button", name="Comment at 0:02").click()
    assert json.loads(again.value.post_data or "")["client_id"] == sent[0]["client_id"]
    expect(box_of(guest)).to_have_value("")
    expect(guest.locator(".comment", has_text="Why this number?")).to_have_count(1)


def test_a_comment_can_be_made_without_a_time_or_at_another_one(guest: Page, shared: Shared) -> None:
    guest.goto(shared.url)
    wait_for_picture(guest)
    box_of(guest).fill("About all of it")
    guest.get_by_role("textbox", name="Your name").fill("Gus")
    time = guest.get_by_role("textbox", name="Time in the video")
    time.fill("soon")
    time.press("Tab")
    expect(guest.get_by_text("That is no time.")).to_be_visible()
    time.fill("0:03")
    time.press("Tab")
    expect(guest.get_by_role("button", name="Comment at 0:03")).to_be_visible()
    guest.get_by_role("checkbox", name="At").uncheck()
    guest.get_by_role("button", name="Comment", exact=True).click()
    said = guest.locator(".thread", has_text="About all of it")
    expect(said).to_be_visible()
    expect(said.get_by_role("button", name=re.compile("Go to"))).to_have_count(0)


def test_one_edits_and_deletes_ones_own_and_nobody_elses(guest: Page, shared: Shared) -> None:
    shared.say("Words of Ana")
    guest.goto(shared.url)
    box_of(guest).fill("First words <b>of mine</b>")
    guest.get_by_role("textbox", name="Your name").fill("Gus")
    guest.get_by_role("button", name=re.compile("^Comment")).last.click()
    mine = guest.locator(".comment", has_text="First words <b>of mine</b>")
    expect(mine).to_be_visible()
    expect(guest.locator(".comment", has_text="Words of Ana").get_by_role("button", name="Edit")).to_have_count(0)
    mine.get_by_role("button", name="Edit").click()
    guest.locator("[data-edit-box]").get_by_role("textbox", name="Your comment").fill("Second words")
    guest.get_by_role("button", name="Save").click()
    mine = guest.locator(".comment", has_text="Second words")
    expect(mine.get_by_text("(edited)")).to_be_visible()
    mine.get_by_role("button", name="Delete").click()
    guest.get_by_role("dialog").get_by_role("button", name="Delete").click()
    expect(mine).to_have_count(0)
    guest.reload()
    expect(guest.locator(".comment")).to_have_count(1)


def test_an_edit_that_somebody_was_quicker_with_shows_both_texts_and_loses_none(
    page: Page, shared: Shared, installation: Installation, token: str
) -> None:
    comment = shared.say("First words")
    page.goto(f"/v/{shared.id}/")
    mine = page.locator(f"#comment-{comment['id']}")
    mine.get_by_role("button", name="Edit").click()
    mine.get_by_role("textbox", name="Your comment").fill("Written here")
    elsewhere = {"body": "Written elsewhere", "edited_at": None}
    path = f"/api/v1/comments/{comment['id']}/"
    assert installation.call("PATCH", path, data=elsewhere, Authorization=f"Bearer {token}").status == 200
    mine.get_by_role("button", name="Save").click()
    expect(mine.locator("[data-body]")).to_have_text("Written elsewhere")
    expect(mine.get_by_role("textbox", name="Your comment")).to_have_value("Written here")
    mine.get_by_role("button", name="Save").click()
    expect(mine.locator("[data-body]")).to_have_text("Written here")
    expect(mine.get_by_role("textbox", name="Your comment")).to_have_count(0)


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
    page.get_by_role("button", name="Retry").click()
    expect(page.get_by_text("still processing")).to_be_visible()
    expect(page.get_by_text("This video could not be published")).to_be_visible(timeout=PATIENCE_MS)


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


def test_on_a_phone_with_its_keyboard_open_video_box_and_button_are_all_in_sight(
    browser: Browser, base_url: str, shared: Shared
) -> None:
    # 300 px of keyboard: Chrome on Android makes the page smaller by it.
    context = browser.new_context(
        base_url=base_url, viewport={"width": 360, "height": 740}, has_touch=True, is_mobile=True
    )
    page = context.new_page()
    page.goto(shared.url)
    wait_for_picture(page)
    box_of(page).tap()
    page.set_viewport_size({"width": 360, "height": 440})
    page.keyboard.type("From the train")
    for part in (page.locator("video"), box_of(page), page.get_by_role("button", name="Comment at 0:00")):
        expect(part).to_be_in_viewport(ratio=1)
    context.close()


@pytest.mark.parametrize("width", [320, 900, 1280])
def test_no_page_is_wider_than_the_screen(context: BrowserContext, page: Page, shared: Shared, width: int) -> None:
    shared.say("https://example.com/" + "a" * 300, timestamp_ms=1000)
    page.set_viewport_size({"width": width, "height": 700})
    for path in ("/", f"/v/{shared.id}/", "/accounts/password/change/", "/v/missing/"):
        page.goto(path)
        page.wait_for_timeout(500)
        assert page.evaluate("document.documentElement.scrollWidth") <= width, path
