"""The conversation in a real Chromium: what is typed is never lost, nor read by others than its writer means."""

import json
import re
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Route, expect

from tests.e2e.conftest import EMAIL, PASSWORD
from tests.e2e.watching import Shared, box_of, wait_for_picture, wait_for_seconds
from tests.installation import Installation

pytestmark = pytest.mark.e2e


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
    expect(mine.get_by_role("button", name="Keep the newer one")).to_be_visible()
    mine.get_by_role("button", name="Save mine").click()
    expect(mine.locator("[data-body]")).to_have_text("Written here")
    expect(mine.get_by_role("textbox", name="Your comment")).to_have_count(0)


def test_on_a_phone_with_its_keyboard_open_video_box_and_button_are_all_in_sight(
    browser: Browser, base_url: str, shared: Shared
) -> None:
    # A small phone, and 340 px of keyboard: Chrome on Android makes the page smaller by it.
    context = browser.new_context(
        base_url=base_url, viewport={"width": 360, "height": 640}, has_touch=True, is_mobile=True
    )
    page = context.new_page()
    page.goto(shared.url)
    wait_for_picture(page)
    box_of(page).tap()
    page.set_viewport_size({"width": 360, "height": 300})
    page.keyboard.type("From the train")
    name = page.get_by_role("textbox", name="Your name")
    for part in (page.locator("video"), box_of(page), name, page.get_by_role("button", name="Comment at 0:00")):
        expect(part).to_be_in_viewport(ratio=1)
    height = page.evaluate("document.querySelector('video').getBoundingClientRect().height")
    assert height > 60  # to be seen, and not only there
    context.close()


def test_a_draft_is_its_writers_alone_and_comes_back_after_a_sign_in(
    browser: Browser, base_url: str, installation: Installation, shared: Shared, signed_in_state: Any
) -> None:
    installation.manage("adduser", "ben@example.com", "--name", "Ben", "--password", PASSWORD)
    context = browser.new_context(base_url=base_url, storage_state=signed_in_state)
    page = context.new_page()
    page.goto(f"/v/{shared.id}/?t=2")
    wait_for_seconds(page, 2)
    box_of(page).fill("Between us")
    page.get_by_role("checkbox", name="Team only").check()
    context.clear_cookies(name="videoshare_session")
    page.get_by_role("button", name="Comment at 0:02").click()
    expect(page.get_by_text("You are no longer signed in. Your text is kept")).to_be_visible()
    expect(box_of(page)).to_have_value("Between us")
    sign_in = page.locator("[data-new]").get_by_role("link", name="Sign in")

    def sign_in_as(email: str) -> None:
        page.locator("input[name=login]").fill(email)
        page.locator("input[name=password]").fill(PASSWORD)
        page.get_by_role("button", name="Sign in").click()
        page.wait_for_url(f"**/v/{shared.id}/**")

    sign_in.click()
    sign_in_as("ben@example.com")
    expect(page.get_by_text("Everyone in")).to_be_visible()
    expect(box_of(page)).to_have_value("")
    context.clear_cookies(name="videoshare_session")
    page.reload()
    sign_in_as(EMAIL)
    expect(box_of(page)).to_have_value("Between us")
    expect(page.get_by_role("checkbox", name="Team only")).to_be_checked()
    page.get_by_role("button", name="Comment at 0:02").click()
    expect(page.locator(".comment", has_text="Between us").get_by_text("Team only")).to_be_visible()
    expect(box_of(page)).to_have_value("")
    context.close()


def test_two_tabs_share_a_draft_and_neither_writes_over_the_other(context: BrowserContext, shared: Shared) -> None:
    one, other = context.new_page(), context.new_page()
    for tab in (one, other):
        tab.goto(f"/v/{shared.id}/")
        wait_for_picture(tab)
    box_of(one).fill("Begun here")
    expect(box_of(other)).to_have_value("Begun here")
    box_of(other).press_sequentially(" and ended there")
    expect(box_of(one)).to_have_value("Begun here and ended there")
    one.get_by_role("button", name=re.compile("^Comment at")).click()
    expect(box_of(one)).to_have_value("")
    expect(box_of(other)).to_have_value("")


def test_what_is_for_the_team_no_guest_sees_nor_its_mark_nor_that_it_counts(
    page: Page, guest: Page, shared: Shared
) -> None:
    shared.say("For everybody", timestamp_ms=1000)
    hidden = shared.say("Between us at 0:03", timestamp_ms=3000, team_only=True)
    shared.say("An answer between us", parent=hidden["id"])
    page.goto(f"/v/{shared.id}/")
    wait_for_picture(page)
    expect(page.get_by_text("3 comments")).to_be_visible()
    thread = page.locator(".thread", has_text="Between us")
    thread.get_by_role("link", name="0:03").click()
    wait_for_seconds(page, 3)
    thread.get_by_role("button", name="Reply").click()
    expect(thread.get_by_role("checkbox", name="Team only")).to_be_disabled()
    expect(thread.get_by_text(re.compile("^Only .* reads this"))).to_be_visible()
    guest.goto(shared.url)
    wait_for_picture(guest)
    expect(guest.get_by_text("1 comment", exact=True)).to_be_visible()
    marks = guest.get_by_role("group", name="Comments on the timeline").get_by_role("button")
    expect(marks).to_have_count(1)
    expect(guest.get_by_text("etween us")).to_have_count(0)
    box_of(guest).focus()
    expect(guest.get_by_text("and whoever has a link to this video")).to_be_visible()
    expect(guest.get_by_role("checkbox", name="Team only")).to_have_count(0)


def test_a_colleague_is_named_a_thread_is_resolved_and_a_sign_is_left(
    page: Page, shared: Shared, installation: Installation
) -> None:
    installation.manage("adduser", "bo@example.com", "--name", "Bo Lee", "--password", PASSWORD)
    page.goto(f"/v/{shared.id}/")
    wait_for_picture(page)
    box_of(page).press_sequentially("What about @bo")
    expect(page.get_by_role("option", name="Bo Lee")).to_be_visible()
    page.keyboard.press("Enter")
    expect(box_of(page)).to_have_value("What about @Bo Lee ")
    page.keyboard.press("Control+Enter")
    said = page.locator(".thread", has_text="What about")
    expect(said.locator(".mention")).to_have_text("@Bo Lee")
    said.get_by_role("button", name="React").click()
    said.get_by_role("button", name="🎉").click()
    sign = said.get_by_role("button", name="🎉 by Ana")
    expect(sign).to_have_attribute("aria-pressed", "true")
    sign.click()
    expect(sign).to_have_count(0)
    said.get_by_role("button", name="Resolve").click()
    folded = said.get_by_role("button", name="Resolved: Ana at 0:00, 1 comment")
    expect(folded).to_be_focused()
    expect(said.get_by_role("button", name="Reply")).to_be_hidden()
    folded.press("Enter")
    said.get_by_role("button", name="Reopen").click()
    expect(said.get_by_role("button", name="Resolve")).to_be_visible()


def test_n_and_p_lead_from_comment_to_comment_but_not_where_somebody_types(guest: Page, shared: Shared) -> None:
    ids = [shared.say(f"At {second}", timestamp_ms=second * 1000)["id"] for second in (1, 2, 3)]
    guest.goto(shared.url)
    wait_for_picture(guest)
    expect(guest.locator(".thread")).to_have_count(3)
    for key, index in (("n", 0), ("n", 1), ("p", 0)):
        guest.keyboard.press(key)
        expect(guest.locator(f"#comment-{ids[index]}")).to_be_focused()
        wait_for_seconds(guest, index + 1)
    box_of(guest).press_sequentially("np")
    assert box_of(guest).input_value() == "np"
    wait_for_seconds(guest, 1)
    guest.get_by_role("button", name="Next comment").click()
    wait_for_seconds(guest, 2)


def test_single_keys_can_be_switched_off_in_this_browser(guest: Page, shared: Shared) -> None:
    said, _ = (shared.say(f"At {second}", timestamp_ms=second * 1000)["id"] for second in (2, 3))
    guest.goto(shared.url)
    wait_for_picture(guest)
    following, about = guest.get_by_role("button", name="Next comment"), guest.get_by_role("tabpanel", name="About")
    expect(following).to_have_attribute("aria-keyshortcuts", "N")
    guest.get_by_role("tab", name="About").click()
    guest.get_by_text("Keyboard shortcuts").click()
    guest.get_by_label("Single keys are shortcuts").uncheck()
    expect(guest.locator("media-controller")).to_have_attribute("hotkeys", re.compile(r"\bnok\b"))
    guest.reload()  # it is kept
    wait_for_picture(guest)
    expect(guest.locator("media-controller")).to_have_attribute("hotkeys", re.compile(r"\bnok\b"))
    guest.get_by_role("tab", name="Conversation").click()
    expect(following).not_to_have_attribute("aria-keyshortcuts", "N")
    guest.keyboard.press("n")
    expect(guest.locator(f"#comment-{said}")).not_to_be_focused()
    guest.get_by_role("tab", name="About").click()
    guest.keyboard.press("n")
    expect(about).to_be_visible()  # N would have led back to the conversation
    guest.get_by_text("Keyboard shortcuts").click()
    guest.get_by_label("Single keys are shortcuts").check()
    guest.get_by_role("tab", name="About").focus()
    guest.keyboard.press("n")
    expect(guest.locator(f"#comment-{said}")).to_be_focused()


def test_a_flood_and_a_link_that_is_taken_back_are_said_calmly_and_the_text_stays(
    guest: Page, shared: Shared, installation: Installation, token: str
) -> None:
    polls: list[str] = []
    guest.on("request", lambda request: polls.append(request.url) if "/comments/" in request.url else None)
    guest.goto(shared.url)
    wait_for_picture(guest)
    refusal = {"code": "too_many", "detail": "Those were a lot of comments at once. Please try again in 9 seconds."}

    def refuse(route: Route) -> None:
        if route.request.method == "POST":
            route.fulfill(status=429, headers={"Retry-After": "9"}, json=refusal)
        else:
            route.continue_()

    guest.route("**/comments/", refuse)
    box_of(guest).fill("Once more")
    guest.get_by_role("textbox", name="Your name").fill("Gus")
    guest.get_by_role("button", name=re.compile("^Comment at")).click()
    expect(guest.get_by_text("Please try again in 9 seconds.")).to_be_visible()
    expect(box_of(guest)).to_have_value("Once more")
    bearer = {"Authorization": f"Bearer {token}"}
    (link,) = installation.call("GET", f"/api/v1/videos/{shared.id}/share-links/", **bearer).json["results"]
    assert installation.call("DELETE", f"/api/v1/share-links/{link['id']}/", **bearer).status == 204
    guest.evaluate("window.dispatchEvent(new Event('online'))")  # asks at once, as after every break
    # The conversation says it above the box, and the player too once it has noticed.
    expect(guest.locator("[data-trouble-text]")).to_contain_text("This video is no longer shared with you")
    expect(box_of(guest)).to_have_value("Once more")
    asked = len(polls)
    guest.evaluate("window.dispatchEvent(new Event('online'))")
    guest.wait_for_timeout(500)
    assert len(polls) == asked
