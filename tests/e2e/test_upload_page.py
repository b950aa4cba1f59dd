"""The upload page in a real Chromium, with a real installation behind it."""

import json
import re
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Locator, Page, Route, expect

from tests.e2e.conftest import EMAIL, PASSWORD
from tests.installation import Installation, fetch
from tests.whole_way import make_video, wait_until_ready

pytestmark = pytest.mark.e2e

PATIENCE_MS = 60_000  # two busy cores


HELD = "navigator.locks.query().then(({held}) => held.length)"
PART_BYTES = 8 * 1024 * 1024


@pytest.fixture(scope="module")
def large_video(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a video of noise that has three parts."""
    path = tmp_path_factory.mktemp("large") / "Holiday.mp4"
    picture = "-f lavfi -i nullsrc=size=640x360:rate=30:duration=2,geq=random(1)*255:128:128"
    subprocess.run(
        ["ffmpeg", *f"-v error -y {picture} -c:v libx264 -preset ultrafast -qp 4".split(), str(path)], check=True
    )
    with path.open("ab") as file:
        file.truncate(max(path.stat().st_size, 2 * PART_BYTES + 1))
    assert 2 * PART_BYTES < path.stat().st_size <= 3 * PART_BYTES
    return path


@pytest.fixture
def unfinished(installation: Installation, token: str) -> Iterator[Any]:
    """Yield what lists Ana's unfinished uploads; what a test leaves behind is discarded."""
    authorization = {"Authorization": f"Bearer {token}"}

    def listed() -> list[dict[str, Any]]:
        results: list[dict[str, Any]] = installation.call("GET", "/api/v1/uploads/", **authorization).json["results"]
        return results

    yield listed
    for upload in listed():
        installation.call("DELETE", f"/api/v1/videos/{upload['video']}/", **authorization)


class Puts:
    """The parts that a page sends: counted, and after `let_through` of them the line is dead."""

    def __init__(self, page: Page, *, let_through: int = 10**6) -> None:
        self.count = 0
        self._let_through = let_through
        page.route("**/store/**", self._handle)

    def _handle(self, route: Route) -> None:
        if route.request.method == "PUT":
            self.count += 1
            if self.count > self._let_through:
                route.abort()
                return
        route.continue_()


def wait_for_first_part(page: Page, unfinished: Any) -> None:
    """Return once one part of the one upload is safe."""
    deadline = time.monotonic() + PATIENCE_MS / 1000
    while [upload["confirmed_parts"] for upload in unfinished()] != [1]:
        assert time.monotonic() < deadline, unfinished()
        page.wait_for_timeout(100)


@pytest.fixture(scope="module")
def video(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_video(tmp_path_factory.mktemp("files") / "Numbers.mp4")


def pick(page: Page, *files: Path) -> None:
    page.goto("/upload/")
    page.get_by_label("Choose videos").set_input_files([str(file) for file in files])


def row_of(page: Page, file: Path) -> Locator:
    return page.get_by_role("listitem").filter(has_text=file.name)


def test_picked_files_go_up_one_after_the_other_and_play(
    page: Page, installation: Installation, token: str, video: Path, tmp_path: Path
) -> None:
    second = tmp_path / "Second.mp4"
    second.write_bytes(video.read_bytes())
    pick(page, video, second)
    for file in (video, second):
        link = row_of(page, file).get_by_role("link", name="Open video")
        expect(link).to_be_visible(timeout=PATIENCE_MS)
        video_id = (link.get_attribute("href") or "").split("/")[2]
        told = wait_until_ready(installation, video_id, Authorization=f"Bearer {token}")
        assert told["playable"]


def test_one_that_fails_stops_none_of_the_others(page: Page, video: Path, tmp_path: Path) -> None:
    sentence = "This file is larger than this installation takes: 20 GB are the most."
    files = []
    for name in ("One.mp4", "Two.mp4", "Three.mp4", "Empty.mp4", "notes.txt"):
        files.append(tmp_path / name)
        files[-1].write_bytes(b"" if name == "Empty.mp4" else video.read_bytes())

    def refuse(route: Route) -> None:
        if route.request.method == "POST" and "Two.mp4" in (route.request.post_data or ""):
            route.fulfill(status=413, json={"code": "quota_reached", "detail": sentence})
        else:
            route.continue_()

    page.route("**/api/v1/videos/", refuse)
    pick(page, *files)
    for file in (files[0], files[2]):
        expect(row_of(page, file).get_by_role("link", name="Open video")).to_be_visible(timeout=PATIENCE_MS)
    expect(row_of(page, files[1]).get_by_text(sentence)).to_be_visible()
    rows = page.get_by_role("region", name="Uploads").get_by_role("listitem")
    expect(rows).to_contain_text(["One.mp4", "Two.mp4", "Three.mp4"])
    passed = page.get_by_role("group").filter(has_text="2 files were passed over")
    expect(passed.get_by_role("listitem")).to_have_text(
        ["Empty.mp4: empty", "notes.txt: neither a video nor a sound recording"]
    )


def test_after_a_reload_the_same_file_goes_on_and_another_one_is_not_mixed_in(
    page: Page, installation: Installation, token: str, unfinished: Any, large_video: Path, tmp_path: Path
) -> None:
    page.on("dialog", lambda dialog: dialog.accept())  # the browser's question before it leaves the page
    Puts(page, let_through=1)
    pick(page, large_video)
    wait_for_first_part(page, unfinished)
    row_of(page, large_video).get_by_role("button", name="Pause").click()
    expect(row_of(page, large_video).get_by_text("Paused at ")).to_be_visible()
    (begun,) = unfinished()

    page.unroute("**/store/**")
    puts = Puts(page)
    page.goto("/upload/")
    left = page.get_by_role("region", name="Unfinished").get_by_role("listitem")
    expect(left).to_have_count(1)
    expect(left.get_by_text("% there")).to_be_visible()

    other = tmp_path / large_video.name
    changed = bytearray(large_video.read_bytes())
    changed[-1] ^= 1  # in the last part; what is confirmed is alike
    changed[0] ^= 1
    other.write_bytes(changed)
    page.get_by_label("Choose videos").set_input_files(str(other))
    uploads = page.get_by_role("region", name="Uploads").get_by_role("listitem")
    expect(uploads.get_by_text("It is not the unfinished file of the same size")).to_be_visible(timeout=PATIENCE_MS)
    expect(uploads.get_by_role("link", name="Open video")).to_be_visible(timeout=PATIENCE_MS)
    assert puts.count == 3
    assert [upload["id"] for upload in unfinished()] == [begun["id"]]
    assert unfinished()[0]["confirmed_parts"] == 1

    page.get_by_label("Choose videos").set_input_files(str(large_video))
    link = uploads.last.get_by_role("link", name="Open video")
    expect(link).to_be_visible(timeout=PATIENCE_MS)
    assert puts.count == 3 + 2, "the part that was confirmed is not sent again"
    assert (link.get_attribute("href") or "").split("/")[2] == begun["video"]
    expect(page.get_by_role("region", name="Unfinished")).to_be_hidden()
    assert wait_until_ready(installation, begun["video"], Authorization=f"Bearer {token}")["playable"]


def test_a_paused_upload_stands_still_and_resumes_without_sending_a_part_again(
    page: Page, unfinished: Any, large_video: Path
) -> None:
    Puts(page, let_through=1)
    pick(page, large_video)
    wait_for_first_part(page, unfinished)
    row = row_of(page, large_video)
    row.get_by_role("button", name="Pause").click()
    expect(row.get_by_text("Paused at ")).to_be_visible()
    expect(row.get_by_role("button", name="Resume")).to_be_focused()
    page.unroute("**/store/**")
    puts = Puts(page)
    page.wait_for_timeout(1_500)  # longer than the first wait between two tries
    assert puts.count == 0
    row.get_by_role("button", name="Resume").click()
    expect(row.get_by_role("link", name="Open video")).to_be_visible(timeout=PATIENCE_MS)
    assert puts.count == 2


def test_how_fast_it_goes_and_how_long_it_takes_is_told(page: Page, context: BrowserContext, large_video: Path) -> None:
    line = context.new_cdp_session(page)
    line.send("Network.enable")
    slow = {"offline": False, "latency": 0, "downloadThroughput": -1, "uploadThroughput": 1_500_000}
    line.send("Network.emulateNetworkConditions", slow)
    pick(page, large_video)
    row = row_of(page, large_video)
    told = re.compile(r"\d+ % uploaded · \d+(\.\d)? [kM]B a second · less than a minute left")
    expect(row.get_by_text(told)).to_be_visible(timeout=PATIENCE_MS)
    line.send("Network.emulateNetworkConditions", {**slow, "uploadThroughput": -1})
    expect(row.get_by_role("link", name="Open video")).to_be_visible(timeout=PATIENCE_MS)


def test_dropped_files_and_folders_go_up_with_their_captions(
    page: Page, context: BrowserContext, video: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "trip"
    (folder / "day 1").mkdir(parents=True)
    for path in (tmp_path / "Alone.mp4", folder / "day 1" / "talk.mp4"):
        path.write_bytes(video.read_bytes())
    (folder / "day 1" / "talk.de.vtt").write_text("WEBVTT\n\n00:00.000 --> 00:02.000\nHallo\n")
    (folder / "notes.txt").write_text("not a video")
    page.goto("/upload/")
    drop(page, context, tmp_path / "Alone.mp4", folder)
    for name in ("Alone.mp4", "talk.mp4"):
        row = row_of(page, Path(name))
        expect(row.get_by_role("link", name="Open video")).to_be_visible(timeout=PATIENCE_MS)
    expect(row_of(page, Path("talk.mp4")).get_by_text("Captions: German")).to_be_visible()
    expect(page.get_by_text("trip/notes.txt: neither a video nor a sound recording")).to_be_visible()
    assert page.url.endswith("/upload/")


def drop(page: Page, context: BrowserContext, *paths: Path) -> None:
    """Drag these over the page as a file manager does, and let go beside the place that asks for them."""
    hand = context.new_cdp_session(page)
    data = {"items": [], "files": [str(path) for path in paths], "dragOperationsMask": 1}
    for kind in ("dragEnter", "dragOver"):
        hand.send("Input.dispatchDragEvent", {"type": kind, "x": 5, "y": 300, "data": data})
    expect(page.locator("[data-part=pick]")).to_have_attribute("data-dragging", "")
    hand.send("Input.dispatchDragEvent", {"type": "drop", "x": 5, "y": 300, "data": data})


def test_two_tabs_do_not_send_the_same_upload(
    page: Page, context: BrowserContext, unfinished: Any, large_video: Path
) -> None:
    Puts(page, let_through=1)
    pick(page, large_video)
    wait_for_first_part(page, unfinished)
    second = context.new_page()
    puts = Puts(second)
    second.goto("/upload/")
    expect(second.get_by_text("Another tab is uploading it now.")).to_be_visible()
    second.get_by_label("Choose videos").set_input_files(str(large_video))
    row = second.get_by_role("region", name="Uploads").get_by_role("listitem")
    expect(row.get_by_text("Another tab is uploading this file.")).to_be_visible(timeout=PATIENCE_MS)
    assert puts.count == 0
    page.close()
    # The browser takes the lock back from a closed tab in its own time.
    deadline = time.monotonic() + PATIENCE_MS / 1000
    while second.evaluate(HELD):
        assert time.monotonic() < deadline, "the closed tab still holds its upload"
        second.wait_for_timeout(50)
    row.get_by_role("button", name="Retry").click()
    expect(row.get_by_role("link", name="Open video")).to_be_visible(timeout=PATIENCE_MS)
    assert puts.count == 2


def test_a_session_that_ends_is_told_and_the_upload_goes_on_after_signing_in(
    page: Page, context: BrowserContext, video: Path
) -> None:
    context.clear_cookies()
    page.goto("/accounts/login/")
    sign_in(page)
    page.goto("/upload/")
    context.clear_cookies()
    page.get_by_label("Choose videos").set_input_files(str(video))
    expect(page.get_by_role("alert").get_by_text("You are signed out.")).to_be_visible()
    expect(row_of(page, video).get_by_text("Waits until you have signed in")).to_be_visible()
    with context.expect_page() as opened:
        page.get_by_role("link", name="Sign in in a new tab").click()
    sign_in(opened.value)
    opened.value.close()
    page.bring_to_front()
    page.evaluate("window.dispatchEvent(new Event('focus'))")  # which a browser without windows does not send
    expect(row_of(page, video).get_by_role("link", name="Open video")).to_be_visible(timeout=PATIENCE_MS)
    expect(page.get_by_role("alert").get_by_text("You are signed out.")).to_be_hidden()


def sign_in(page: Page) -> None:
    page.locator("input[name=login]").fill(EMAIL)
    page.locator("input[name=password]").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url("**/")


def test_a_folder_brings_its_captions_which_the_player_shows(
    page: Page, installation: Installation, token: str, video: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "trip"
    (folder / "x.mp4").mkdir(parents=True)  # a folder with the name of a video
    (folder / "talk.mp4").write_bytes(video.read_bytes())
    (folder / "talk.de-AT.vtt").write_text("WEBVTT\n\n00:00.000 --> 01:00.000\n<b>Servus</b>\n")
    (folder / "talk.en.srt").write_text("1\n00:00:00,000 --> 00:01:00,000\nHello\n")
    (folder / "lonely.vtt").write_text("WEBVTT\n\n00:00.000 --> 01:00.000\nNobody\n")
    page.goto("/upload/")
    page.get_by_label("Choose a folder").set_input_files(str(folder))
    row = row_of(page, Path("talk.mp4"))
    link = row.get_by_role("link", name="Open video")
    expect(link).to_be_visible(timeout=PATIENCE_MS)
    expect(row.get_by_text("Captions: Austrian German and English")).to_be_visible()
    expect(
        page.get_by_text("trip/lonely.vtt: captions, but no video of that name was picked with them")
    ).to_be_visible()

    video_id = (link.get_attribute("href") or "").split("/")[2]
    wait_until_ready(installation, video_id, Authorization=f"Bearer {token}")
    link.click()
    captions = page.get_by_role("combobox", name="Captions")
    expect(captions).to_have_value("", timeout=PATIENCE_MS)
    page.get_by_role("button", name="play", exact=True).click()  # under the poster no browser shows a cue
    assert shown_cues(page) == []
    captions.select_option("English")
    wait_for_cues(page, ["Hello"])
    captions.select_option("Austrian German")
    wait_for_cues(page, ["<b>Servus</b>"])

    page.get_by_role("tab", name="About").click()
    section = page.get_by_role("region", name="Captions")
    section.get_by_role("listitem").filter(has_text="Austrian").get_by_role("button", name="Delete").click()
    page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    expect(section.get_by_role("listitem")).to_have_text([r"English Delete"])
    wait_for_cues(page, ["Hello"])  # who reads captions goes on reading
    page.get_by_role("button", name="closed captions").click()  # one track: media-chrome's own button
    wait_for_cues(page, [])
    mended = tmp_path / "subs.vtt"
    mended.write_text("WEBVTT\n\n00:00.000 --> 01:00.000\nBonjour\n")
    section.get_by_label("Language of the next file").select_option("French")
    section.get_by_label("Add a caption file").set_input_files(str(mended))
    expect(section.get_by_role("listitem").filter(has_text="French")).to_be_visible()
    captions.select_option("French")
    wait_for_cues(page, ["Bonjour"])
    mended.write_text("nothing to read")
    section.get_by_label("Add a caption file").set_input_files(str(mended))
    expect(section.get_by_role("alert")).to_have_text(
        "This is not a caption file that we can read. WebVTT (.vtt) and SubRip (.srt) work."
    )


SHOWN_CUES = """[...document.querySelector("video").textTracks].filter((track) => track.kind === "captions")
  .flatMap((track) => (track.mode === "showing" ? [...(track.activeCues ?? [])] : [])).map((cue) => cue.text)"""


TRACKS = """[...document.querySelectorAll("video track")].map(({label, readyState, track}) =>
  [label, track.mode, `state ${readyState}`, `${track.cues?.length} cues`, document.querySelector("video").currentTime]
)"""


def shown_cues(page: Page) -> list[str]:
    """Return the texts of the cues that the player shows at this moment of the video."""
    cues: list[str] = page.evaluate(SHOWN_CUES)
    return cues


def wait_for_cues(page: Page, wanted: list[str]) -> None:
    deadline = time.monotonic() + PATIENCE_MS / 1000
    while (shown := shown_cues(page)) != wanted:
        assert time.monotonic() < deadline, (shown, page.evaluate(TRACKS))
        page.wait_for_timeout(100)


def test_a_failure_is_told_in_the_servers_words_and_retry_goes_on(page: Page, video: Path) -> None:
    sentence = "There is no room for this file."

    refusal = {"code": "quota_reached", "detail": sentence}
    page.route("**/parts/", lambda route: route.fulfill(status=413, json=refusal), times=1)
    pick(page, video)
    row = row_of(page, video)
    expect(row.get_by_text(sentence)).to_be_visible(timeout=PATIENCE_MS)
    row.get_by_role("button", name="Retry").click()
    expect(row.get_by_role("link", name="Open video")).to_be_visible(timeout=PATIENCE_MS)


def test_a_broken_connection_is_told_and_waited_out(page: Page, video: Path) -> None:
    page.route("**/parts/", lambda route: route.abort())
    pick(page, video)
    row = row_of(page, video)
    expect(row.get_by_text("The server cannot be reached.")).to_be_visible(timeout=PATIENCE_MS)
    page.unroute("**/parts/")
    expect(row.get_by_role("link", name="Open video")).to_be_visible(timeout=PATIENCE_MS)


def test_cancelling_deletes_what_was_uploaded(page: Page, video: Path) -> None:
    page.route("**/complete/", lambda route: route.abort())
    with page.expect_response("**/api/v1/videos/") as started:
        pick(page, video)
    share_url = json.loads(started.value.text())["share_url"]
    row = row_of(page, video)
    with page.expect_response(
        lambda response: response.request.method == "DELETE" and "/videos/" in response.url
    ) as deleted:
        row.get_by_role("button", name="Cancel").click()
    assert deleted.value.status == 204
    expect(row.get_by_text("Cancelled")).to_be_visible()
    assert fetch("GET", share_url).status == 404


def test_no_page_of_a_member_is_wider_than_a_phone(page: Page) -> None:
    page.set_viewport_size({"width": 320, "height": 640})
    for address in ("/", "/record/", "/upload/", "/accounts/password/change/", "/accounts/logout/"):
        page.goto(address)
        page.wait_for_load_state("networkidle")
        assert page.evaluate("document.documentElement.scrollWidth") <= 320, address
