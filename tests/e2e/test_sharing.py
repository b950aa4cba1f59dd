"""Share… in a real Chromium: links with rules of their own, what their guests meet, and members by name."""

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Locator, Page, Route, ViewportSize, expect

from tests.e2e.playing import play_to_the_end
from tests.installation import Installation
from tests.whole_way import make_video, upload, wait_until_ready

pytestmark = pytest.mark.e2e

PHONE: ViewportSize = {"width": 320, "height": 640}
PASSWORD = "open sesame"


@pytest.fixture(scope="module")
def video(installation: Installation, token: str, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Return a video of Ana's that is ready, as the API answers it."""
    made = upload(installation, token, make_video(tmp_path_factory.mktemp("made") / "made.mp4"), "Numbers of November")
    wait_until_ready(installation, made["id"], Authorization=f"Bearer {token}")
    return made


@pytest.fixture
def guest_on_a_phone(browser: Browser, base_url: str) -> Iterator[Callable[[], Page]]:
    """Yield what makes a page of somebody without an account, on a small touch screen."""
    contexts = []

    def make() -> Page:
        contexts.append(browser.new_context(base_url=base_url, viewport=PHONE, has_touch=True))
        return contexts[-1].new_page()

    yield make
    for context in contexts:
        context.close()


def open_share(page: Page, video: dict[str, Any]) -> Locator:
    """Open the dialog on the watch page and return it once its links are there."""
    page.goto(f"/v/{video['id']}/")
    page.get_by_role("button", name="Share…").press("Enter")
    dialog = page.get_by_role("dialog", name="Share", exact=True)
    expect(dialog.get_by_role("button", name="Copy link").first).to_be_visible()
    return dialog


def new_link(dialog: Locator, name: str) -> Locator:
    """Make a link of that name and return its line, the form being open."""
    dialog.get_by_role("button", name="New link").click()
    box = dialog.get_by_role("textbox", name="Name of the link")
    expect(box).to_be_focused()
    box.fill(name)
    return dialog.get_by_role("listitem").first


def plays(page: Page) -> bool:
    """Return whether more than two seconds of the video are shown, picture for picture."""
    expect(page).to_have_title(re.compile("^Numbers of November"))
    played = play_to_the_end(page, until_ms=3000)
    return played.error is None and len(played.shown) > 30 and max(played.shown) > 2


def test_a_link_with_a_password_from_its_making_to_its_end(
    page: Page, video: dict[str, Any], guest_on_a_phone: Callable[[], Page]
) -> None:
    dialog = open_share(page, video)
    line = new_link(dialog, "For the board")
    line.get_by_role("textbox", name="Password").fill(PASSWORD)
    line.get_by_label("Expires").select_option(label="In a week")
    line.get_by_role("button", name="Save").click()
    expect(line.get_by_role("status")).to_have_text("Saved.")
    expect(line).to_contain_text("Password")
    expect(line).to_contain_text(re.compile(r"Until \w+ \d+, \d{4}"))
    line.get_by_role("button", name="Copy link").click()
    expect(line.get_by_role("button", name="Copied")).to_be_visible()
    link = page.evaluate("navigator.clipboard.readText()")

    welcome = guest_on_a_phone()
    asked: list[str] = []
    welcome.on("request", lambda request: asked.append(request.url) if "/play/" in request.url else None)
    welcome.goto(link)
    expect(welcome).to_have_title(re.compile("^Password"))
    welcome.get_by_label("Password").fill(PASSWORD)
    welcome.get_by_role("button", name="Open").tap()
    assert plays(welcome)
    expect(welcome.get_by_role("link", name="Download")).to_be_hidden()

    guessing = guest_on_a_phone()
    guessing.goto(link)
    for number in range(6):
        guessing.get_by_label("Password").fill(f"guess {number}")
        guessing.get_by_role("button", name="Open").tap()
        expect(guessing.locator(".errorlist")).to_be_visible()
    expect(guessing.locator(".errorlist")).to_have_text(
        re.compile(r"too many wrong passwords\. Please try again in 15 minutes\.")
    )
    assert guessing.evaluate("document.documentElement.scrollWidth <= innerWidth")

    bytes_of_it = next(url for url in asked if url.endswith(".mp4"))
    assert welcome.request.get(bytes_of_it, headers={"Range": "bytes=0-9"}).status == 206
    line.get_by_role("button", name="Revoke").click()
    page.get_by_role("dialog", name="Revoke this link?").get_by_role("button", name="Revoke").click()
    expect(dialog.get_by_text(re.compile(r"\d revoked link"))).to_be_visible()
    expect(dialog.get_by_role("listitem").filter(has_text="For the board")).to_have_count(0)
    for url in {bytes_of_it, *(url for url in asked if url.endswith(".m3u8"))}:
        assert welcome.request.get(url, headers={"Range": "bytes=0-9"}).status == 404
    welcome.reload()
    expect(welcome.get_by_role("heading", name="There is nothing at this address")).to_be_visible()


def test_a_name_is_asked_for_before_the_video_and_downloads_are_offered_where_they_are_allowed(
    page: Page, video: dict[str, Any], guest_on_a_phone: Callable[[], Page]
) -> None:
    line = new_link(open_share(page, video), "For Gale")
    line.get_by_label("Gives a name before watching").check()
    line.get_by_label("May download the video").check()
    line.get_by_role("button", name="Save").click()
    expect(line).to_contain_text("Asks for a name · May download")
    guest = guest_on_a_phone()
    guest.goto(line.locator("[data-copy]").get_attribute("data-copy") or "")
    guest.get_by_label("Your name").fill("Gale")
    guest.get_by_role("button", name="Watch").tap()
    assert plays(guest)
    with guest.expect_download() as saved:
        guest.get_by_role("link", name="Download").tap()
    assert saved.value.suggested_filename == "Numbers of November.mp4"
    assert saved.value.path().stat().st_size > 10_000


def test_an_edit_that_could_not_be_saved_is_kept_and_escape_leads_back_to_the_button(
    page: Page, video: dict[str, Any]
) -> None:
    dialog = open_share(page, video)
    line = new_link(dialog, "A name that must not be lost")

    def refuse(route: Route) -> None:
        route.abort()

    page.route("**/api/v1/share-links/*/", refuse)
    line.get_by_role("button", name="Save").click()
    expect(line.get_by_role("alert")).to_contain_text("There is no connection right now")
    page.keyboard.press("Escape")
    expect(page.get_by_role("button", name="Share…")).to_be_focused()
    page.keyboard.press("Enter")
    expect(line.get_by_label("Name of the link")).to_have_value("A name that must not be lost")
    page.unroute("**/api/v1/share-links/*/", refuse)
    line.get_by_label("Name of the link").press("Enter")
    expect(line.get_by_role("status")).to_have_text("Saved.")
    expect(line.get_by_role("button", name="Change")).to_be_focused()
    page.set_viewport_size(PHONE)
    line.get_by_role("button", name="Change").click()
    assert dialog.evaluate("dialog => dialog.scrollWidth <= dialog.clientWidth")


def test_a_video_for_named_people_is_seen_by_them_alone(
    page: Page, video: dict[str, Any], installation: Installation
) -> None:
    names = ("Nora Named", "Olaf Other")
    tokens = []
    for name in names:
        email = f"{name.split()[0].lower()}@example.com"
        installation.manage("adduser", email, "--name", name)
        tokens.append(installation.manage("createtoken", email)[-1])

    def answers() -> list[int]:
        path = f"/api/v1/videos/{video['id']}/"
        return [installation.call("GET", path, Authorization=f"Bearer {token}").status for token in tokens]

    assert answers() == [200, 200]
    dialog = open_share(page, video)
    invite = dialog.get_by_role("link", name="Invite people")
    lands_here = re.compile(rf"lands_on=/v/{video['id']}/$")
    expect(invite).to_have_attribute("href", lands_here)
    dialog.get_by_label("Named people").check()
    expect(invite).to_have_attribute("href", lands_here)  # not before it is saved
    dialog.get_by_label("Find a member").fill("nam")
    dialog.get_by_label("Nora Named").check()
    expect(dialog.get_by_label("Olaf Other")).to_have_count(0)
    expect(dialog.get_by_text("1 person besides you")).to_be_visible()
    dialog.get_by_role("button", name="Save").click()
    expect(dialog.get_by_text("Saved.")).to_be_visible()
    assert answers() == [200, 404]
    expect(invite).not_to_have_attribute("href", lands_here)  # who joins now would not see it
    expect(dialog.get_by_text("they land on this video")).to_be_hidden()
    page.keyboard.press("Escape")
    page.get_by_role("tab", name="About").click()
    expect(page.get_by_role("tabpanel", name="About").get_by_text("Named people")).to_be_visible()
    dialog = open_share(page, video)
    expect(dialog.get_by_label("Nora Named")).to_be_checked()
    dialog.get_by_label("Everybody in the workspace").check()
    dialog.get_by_role("button", name="Save").click()
    expect(dialog.get_by_text("Saved.")).to_be_visible()
    assert answers() == [200, 200]
