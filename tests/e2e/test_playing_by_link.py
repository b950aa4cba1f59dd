"""What plays, frame for frame, for a guest and a colleague; and what becomes of it when its link changes meanwhile."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Route, expect

from tests.e2e.conftest import PASSWORD
from tests.e2e.playing import LONGEST_GAP_S, TAKES, longest_gap_s, play_smoothly, play_to_the_end
from tests.e2e.watching import PATIENCE_MS, wait_for_picture
from tests.installation import Installation
from tests.whole_way import FRAMES, make_video, upload, wait_until_ready

pytestmark = pytest.mark.e2e

CAPTIONS = "WEBVTT\n\n00:00.000 --> 00:04.000\nNumbers of November\n"
SEEN = """async () => {
  const video = document.querySelector("video");
  const shown = [];
  const note = (_now, frame) => { shown.push(frame.mediaTime); video.requestVideoFrameCallback(note); };
  video.requestVideoFrameCallback(note);
  video.pause();
  video.currentTime = 2;
  await new Promise((done) => video.addEventListener("seeked", done, {once: true}));
  const before = video.getVideoPlaybackQuality().totalVideoFrames;
  await video.play();
  await new Promise((done) => video.addEventListener("ended", done, {once: true}));
  return {total: video.getVideoPlaybackQuality().totalVideoFrames - before, shown: shown.filter((at) => at >= 2)};
}"""
HEARD = """() => [...document.querySelector("video").textTracks].filter((track) => track.mode === "showing")
  .flatMap((track) => [...track.activeCues ?? []].map((cue) => cue.text))"""

Call = Callable[..., Any]


@pytest.fixture(scope="module")
def as_ana(installation: Installation, token: str) -> Call:
    """Return what asks the API as Ana, and fails where that fails."""

    def call(method: str, path: str, **data: Any) -> Any:
        answer = installation.call(method, f"/api/v1{path}", data=data or None, Authorization=f"Bearer {token}")
        assert answer.status < 300, answer
        return answer.json if answer.body else None

    return call


@pytest.fixture(scope="module")
def video(
    installation: Installation, token: str, as_ana: Call, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, Any]:
    """Return a video of Ana's that is ready and has captions."""
    file: Path = make_video(tmp_path_factory.mktemp("made") / "made.mp4")
    made = upload(installation, token, file, "Numbers of November")
    wait_until_ready(installation, made["id"], Authorization=f"Bearer {token}")
    as_ana("POST", f"/videos/{made['id']}/captions/", language="en", label="English", vtt=CAPTIONS)
    return made


@pytest.fixture
def new_link(as_ana: Call, video: dict[str, Any]) -> Call:
    """Return what makes another link to the video."""
    return lambda **rules: as_ana("POST", f"/videos/{video['id']}/share-links/", name="Another", **rules)


@pytest.fixture
def colleague(browser: Browser, base_url: str, installation: Installation) -> Any:
    """Yield a page of Bert's, who is in Ana's team."""
    installation.manage("adduser", "bert@example.com", "--name", "Bert", "--password", PASSWORD)
    context = browser.new_context(base_url=base_url)
    page = context.new_page()
    page.goto("/accounts/login/")
    page.locator("input[name=login]").fill("bert@example.com")
    page.locator("input[name=password]").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url(base_url + "/")
    yield page
    context.close()


def assert_plays(page: Page) -> None:
    """Assert that all of the video is shown, and all of it again from where one seeks, with sound and captions."""
    played = play_smoothly(page)
    assert (played.error, played.ended) == (None, True)
    assert played.total_frames >= FRAMES * 0.95
    assert max(played.shown) > 3.9
    assert played.longest_gap_s <= LONGEST_GAP_S
    assert played.loudest > 0.05
    shown: set[float] = set()  # in any of some takes, as in `play_smoothly`
    for _ in range(TAKES):
        again = page.evaluate(SEEN)
        shown.update(again["shown"])
        if longest_gap_s(shown) <= LONGEST_GAP_S:
            break
    assert again["total"] >= FRAMES / 2 * 0.95 - 2  # the first two may have been decoded before it went on
    assert min(shown) < 2.2
    assert max(shown) > 3.9
    assert longest_gap_s(shown) <= LONGEST_GAP_S
    page.locator("media-captions-button").click()
    page.evaluate("document.querySelector('video').currentTime = 1")
    expect(page.locator("media-captions-button")).to_have_attribute("aria-checked", "true")
    for _ in range(PATIENCE_MS // 100):
        if page.evaluate(HEARD) == ["Numbers of November"]:
            return
        page.wait_for_timeout(100)
    raise AssertionError("the captions are not shown")


def test_a_guest_sees_and_hears_all_of_it(guest: Page, new_link: Call) -> None:
    guest.goto(new_link(can_download=True)["url"])
    assert_plays(guest)
    with guest.expect_download() as saved:
        guest.get_by_role("link", name="Download").click()
    assert saved.value.suggested_filename == "Numbers of November.mp4"


def test_a_colleague_sees_and_hears_all_of_it(colleague: Page, video: dict[str, Any]) -> None:
    colleague.goto(f"/v/{video['id']}/")
    assert_plays(colleague)


def test_a_page_that_is_open_when_its_link_is_revoked_stops_and_says_so(
    guest: Page, as_ana: Call, new_link: Call
) -> None:
    link = new_link()
    guest.goto(link["url"])
    wait_for_picture(guest)
    as_ana("DELETE", f"/share-links/{link['id']}/")
    stage = guest.get_by_role("region", name="Video")
    expect(stage.get_by_text("There is nothing to see here any more")).to_be_visible(timeout=PATIENCE_MS)
    expect(stage.get_by_text("This video is no longer shared with you, or it was deleted.")).to_be_visible()
    expect(guest.locator("video")).to_have_count(0)


def test_a_page_that_is_open_when_its_link_asks_for_a_password_leads_to_it(
    guest: Page, as_ana: Call, new_link: Call
) -> None:
    link = new_link()
    guest.goto(link["url"])
    wait_for_picture(guest)
    as_ana("PATCH", f"/share-links/{link['id']}/", password="open sesame")
    stage = guest.get_by_role("region", name="Video")
    expect(stage.get_by_text("This link asks for a password now.")).to_be_visible(timeout=PATIENCE_MS)
    expect(guest.locator("video")).to_have_count(0)
    stage.get_by_role("button", name="Reload the page").click()
    expect(guest.get_by_label("Password")).to_be_visible()


def test_who_has_given_a_name_goes_on_where_they_are_when_the_link_asks_for_one_meanwhile(
    guest: Page, as_ana: Call, new_link: Call
) -> None:
    link = new_link(needs_name=True)
    as_ana("PATCH", f"/share-links/{link['id']}/", needs_name=False)
    context: BrowserContext = guest.context
    guest.goto(link["url"])
    token = link["url"].rstrip("/").rpartition("/")[2]
    cookies = {cookie["name"]: cookie["value"] for cookie in context.cookies()}
    named = guest.request.post(
        "/api/v1/guests/", data={"share_token": token, "name": "Gus"}, headers={"X-CSRFToken": cookies["csrftoken"]}
    )
    assert named.ok

    held: list[Route] = []
    holds = True

    def hold(route: Route) -> None:
        if holds:
            held.append(route)
        else:
            route.continue_()

    guest.route("**/play/**/*.mp4", hold)
    guest.goto(f"{link['url']}?t=2")
    for _ in range(PATIENCE_MS // 100):
        if held:
            break
        guest.wait_for_timeout(100)
    as_ana("PATCH", f"/share-links/{link['id']}/", needs_name=True)
    holds = False
    for route in held:
        route.continue_()
    wait_for_picture(guest)
    played = play_to_the_end(guest)
    assert (played.error, played.ended) == (None, True)
    assert 2 <= min(played.shown) < 2.2
    expect(guest.locator("[data-trouble]").first).to_be_hidden()
