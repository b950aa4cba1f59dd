"""The upload page in a real Chromium, with a real installation behind it."""

import json
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.installation import Installation, fetch
from tests.whole_way import make_video, wait_until_ready

pytestmark = pytest.mark.e2e

PATIENCE_MS = 60_000  # two busy cores


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
    with page.expect_response(lambda response: response.request.method == "DELETE") as deleted:
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
