"""Writing in a real Chromium: at which time, drafts after a reload, small phones, texts that are meant to break."""

import re

import pytest
from playwright.sync_api import Browser, Locator, Page, ViewportSize, expect

from tests.e2e.watching import Shared, box_of, wait_for_picture, wait_for_seconds
from tests.furnishing import RIGHT_TO_LEFT
from tests.installation import Installation
from tests.whole_way import expect as answered

pytestmark = pytest.mark.e2e

KEYBOARD_PX = 270
SMALLEST_PHONE: ViewportSize = {"width": 320, "height": 568}


def test_typing_pauses_the_video_and_holds_the_time_until_it_is_set_or_taken_off(guest: Page, shared: Shared) -> None:
    guest.goto(f"{shared.url}?t=1")
    wait_for_seconds(guest, 1)
    guest.evaluate("document.querySelector('video').play()")
    box_of(guest).press_sequentially("W")
    assert guest.evaluate("document.querySelector('video').paused")
    held = guest.get_by_role("textbox", name="Time in the video").input_value()
    guest.evaluate("document.querySelector('video').currentTime = 3")
    wait_for_seconds(guest, 3)
    box_of(guest).press_sequentially("hy?")
    expect(guest.get_by_role("button", name=f"Comment at {held}")).to_be_visible()
    guest.get_by_role("button", name="Now: the time at which the video stands").click()
    expect(guest.get_by_role("button", name="Comment at 0:03")).to_be_visible()
    expect(box_of(guest)).to_be_focused()
    guest.get_by_role("checkbox", name="At").uncheck()
    expect(guest.get_by_role("button", name="Comment", exact=True)).to_be_visible()
    guest.get_by_role("checkbox", name="At").check()
    box_of(guest).fill("")  # nothing is meant any more: the time follows the video again
    guest.evaluate("document.querySelector('video').currentTime = 2")
    expect(guest.get_by_role("button", name="Comment at 0:02")).to_be_visible()


def test_answers_and_edits_that_a_reload_interrupts_are_open_again_where_they_were(
    page: Page, shared: Shared, installation: Installation, token: str
) -> None:
    edited = shared.say("First words", timestamp_ms=1000)
    answered_one = shared.say("A question", timestamp_ms=2000)
    settled = shared.say("Settled", timestamp_ms=3000)
    bearer = {"Authorization": f"Bearer {token}"}
    answered(200, installation.call("POST", f"/api/v1/comments/{settled['id']}/resolve/", **bearer))
    page.goto(f"/v/{shared.id}/")
    first = page.locator(f"#comment-{edited['id']}")
    first.get_by_role("button", name="Edit").click()
    first.get_by_role("textbox", name="Your comment").fill("Better words")
    question, folded = (page.locator(f"[data-thread='{thread['id']}']") for thread in (answered_one, settled))
    question.get_by_role("button", name="Reply").click()
    question.get_by_role("textbox", name="Your comment").fill("An answer, half")
    folded.get_by_role("button", name="Resolved").click()
    folded.get_by_role("button", name="Reply").click()
    folded.get_by_role("textbox", name="Your comment").fill("One more thing")
    page.reload()
    expect(question.get_by_role("textbox", name="Your comment")).to_have_value("An answer, half")
    expect(folded.get_by_role("textbox", name="Your comment")).to_be_visible()
    expect(first.get_by_role("textbox", name="Your comment")).to_have_value("Better words")
    assert page.evaluate("document.activeElement === document.body")  # nobody is drawn to it

    # Written elsewhere while this page was closed: the draft began from the older text, and is not put over it unseen.
    elsewhere = {"body": "Written elsewhere", "edited_at": None}
    answered(200, installation.call("PATCH", f"/api/v1/comments/{edited['id']}/", data=elsewhere, **bearer))
    page.reload()
    expect(first.locator("[data-body]")).to_have_text("Written elsewhere")
    expect(first.get_by_text("It was changed elsewhere meanwhile.")).to_be_visible()
    expect(first.get_by_role("textbox", name="Your comment")).to_have_value("Better words")
    first.get_by_role("button", name="Save mine").click()
    expect(first.locator("[data-body]")).to_have_text("Better words")
    page.reload()
    expect(first.locator("[data-body]")).to_have_text("Better words")
    expect(first.get_by_role("textbox", name="Your comment")).to_have_count(0)


def test_what_was_deleted_elsewhere_is_said_where_it_is_edited_and_deleting_it_again_is_done(
    page: Page, shared: Shared, installation: Installation, token: str
) -> None:
    one, other = shared.say("One"), shared.say("Other")
    page.goto(f"/v/{shared.id}/")
    edited, removed = (page.locator(f"#comment-{comment['id']}") for comment in (one, other))
    edited.get_by_role("button", name="Edit").click()
    edited.get_by_role("textbox", name="Your comment").fill("One, and more")
    page.route("**/comments/?*", lambda route: route.abort())  # no poll tells of it
    for comment in (one, other):
        path = f"/api/v1/comments/{comment['id']}/"
        answered(204, installation.call("DELETE", path, Authorization=f"Bearer {token}"))
    edited.get_by_role("button", name="Save").click()
    expect(edited.get_by_text("This comment was deleted elsewhere meanwhile.")).to_be_visible()
    expect(edited.get_by_role("textbox", name="Your comment")).to_have_value("One, and more")
    removed.get_by_role("button", name="Delete").click()
    page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    expect(removed).to_have_count(0)
    expect(page.get_by_role("dialog")).to_be_hidden()


def test_a_text_that_is_too_long_is_not_cut_off(page: Page, shared: Shared) -> None:
    page.goto(f"/v/{shared.id}/")
    wait_for_picture(page)
    box_of(page).fill("🧑" * 10_002)
    page.keyboard.press("Control+Enter")
    expect(page.get_by_text("This is 2 characters too long for one comment.")).to_be_visible()
    assert box_of(page).input_value() == "🧑" * 10_002
    box_of(page).fill("🧑" * 10_000)
    page.keyboard.press("Control+Enter")
    expect(page.get_by_text("1 comment", exact=True)).to_be_visible()
    expect(box_of(page)).to_have_value("")


def is_covered(part: Locator) -> bool:
    """Return whether something else would be hit in the middle or at the upper edge of this element."""
    return bool(
        part.evaluate(
            """(element) => {
              const {left, top, width, height} = element.getBoundingClientRect();
              const hit = (y) => element.contains(document.elementFromPoint(left + width / 2, y));
              return !hit(top + height / 2) || !hit(top + 3);
            }"""
        )
    )


def test_on_the_smallest_phone_a_guest_writes_and_answers_with_all_of_it_in_sight(
    browser: Browser, base_url: str, shared: Shared
) -> None:
    context = browser.new_context(base_url=base_url, viewport=SMALLEST_PHONE, has_touch=True, is_mobile=True)
    page = context.new_page()

    def keyboard(is_open: bool) -> None:
        height = SMALLEST_PHONE["height"] - (KEYBOARD_PX if is_open else 0)
        page.set_viewport_size({"width": SMALLEST_PHONE["width"], "height": height})

    def in_sight(*parts: Locator) -> None:
        for part in parts:
            expect(part).to_be_in_viewport(ratio=1)
            assert not is_covered(part)

    page.goto(shared.url)
    wait_for_picture(page)
    box_of(page).tap()
    keyboard(is_open=True)
    page.keyboard.type("From the train, in words that take two lines")
    name = page.get_by_role("textbox", name="Your name")
    send = page.get_by_role("button", name="Comment at 0:00")
    readers = page.locator("[data-new]").get_by_text("whoever has a link to this video read this.")
    expect(page.locator("video")).to_be_in_viewport(ratio=1)
    in_sight(box_of(page), name, page.get_by_role("textbox", name="Time in the video"), send, readers)
    name.fill("Gus")
    send.tap()
    expect(page.get_by_role("heading", name="Keep this to see the answer")).to_be_visible()
    keyboard(is_open=False)
    said = page.locator(".thread")
    said.get_by_role("button", name="Reply").tap()
    keyboard(is_open=True)
    page.keyboard.type("And one thing more")
    answer, reply = said.get_by_role("textbox", name="Your comment"), said.get_by_role("button", name="Reply")
    expect(page.locator("video")).to_be_in_viewport(ratio=1)
    in_sight(answer, reply, said.get_by_text("whoever has a link to this video read this."))
    reply.tap()  # the card of the guest's own link does not come between finger and button
    expect(said.locator(".comment", has_text="And one thing more")).to_be_visible()
    expect(answer).to_have_count(0)
    context.close()


HOSTILE = [
    "<script>document.title='gone'</script><img src=x onerror=\"document.title='gone'\"> {{7*7}} {name} %(x)s $&",
    "\u2067\u2067\u2067 turned (1)",
    "Z" + "\N{COMBINING TILDE}" * 70 + "algo",
    f"{RIGHT_TO_LEFT} {RIGHT_TO_LEFT}",
    "🧑\u200d🚀" * 20,
    "W" * 80,
]


def test_names_titles_and_comments_that_are_meant_to_break_the_page_are_texts(
    browser: Browser, base_url: str, page: Page, shared: Shared, installation: Installation, token: str
) -> None:
    path, bearer = f"/api/v1/videos/{shared.id}/", {"Authorization": f"Bearer {token}"}
    share_token = shared.url.rstrip("/").rpartition("/")[2]
    for number, text in enumerate(HOSTILE):
        name = {"share_token": share_token, "name": text[:80]}
        made = answered(201, installation.call("POST", "/api/v1/guests/", data=name)).json
        as_guest = {"Share_Token": share_token, "Guest_Token": made["guest_token"]}
        said = {"body": text, "timestamp_ms": number * 500}
        answered(201, installation.call("POST", f"{path}comments/", data=said, **as_guest))
    for title in HOSTILE:
        answered(200, installation.call("PATCH", path, data={"title": title[:200]}, **bearer))
        page.goto(f"/v/{shared.id}/")
        expect(page.locator(".thread")).to_have_count(len(HOSTILE))
        assert page.title() != "gone"
    assert page.locator(".conversation img, .conversation script").count() == 0
    discs = page.locator(".thread .person-disc").all_inner_texts()
    assert all(disc.strip() for disc in discs), discs
    # What stands beside a name stays on its side of it.
    turned = page.locator(".comment", has_text="turned (1)").first
    author, label = (turned.locator(part).bounding_box() for part in ("[data-author]", "[data-guest-label]"))
    assert author is not None
    assert label is not None
    assert author["x"] < label["x"]
    # And no tower of marks reaches out of its comment.
    context = browser.new_context(base_url=base_url, viewport=SMALLEST_PHONE, has_touch=True, is_mobile=True)
    phone = context.new_page()
    phone.goto(shared.url)
    expect(phone.locator(".thread")).to_have_count(len(HOSTILE))
    assert phone.evaluate("document.documentElement.scrollWidth") <= SMALLEST_PHONE["width"]
    context.close()


def test_a_second_edit_of_title_and_description_shows_the_first_and_writes_over_nothing(
    page: Page, shared: Shared, installation: Installation, token: str
) -> None:
    path, bearer = f"/api/v1/videos/{shared.id}/", {"Authorization": f"Bearer {token}"}
    page.goto(f"/v/{shared.id}/#about")
    title, description = (page.get_by_role("textbox", name=name) for name in ("Title", "Description"))
    answered(200, installation.call("PATCH", path, data={"description": "Written elsewhere"}, **bearer))
    title.fill("Numbers of December")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("Saved.")).to_be_visible()
    expect(description).to_have_value("Written elsewhere")  # not changed here: what is newer is taken over

    description.fill("x" * 10_001)
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("Not saved: a description has room for 10000 characters")).to_be_visible()
    assert len(description.input_value()) == 10_001

    answered(200, installation.call("PATCH", path, data={"title": "Named elsewhere"}, **bearer))
    title.fill("Named here")
    description.fill("Written here")
    page.get_by_role("button", name="Save", exact=True).click()
    newer = page.get_by_role("group", name="The newer text")
    expect(newer.get_by_text("Named elsewhere")).to_be_visible()
    expect(page.get_by_text("It was changed elsewhere meanwhile.")).to_be_visible()
    expect(title).to_have_value("Named here")
    page.get_by_role("button", name="Save mine").click()
    expect(page.get_by_text("Saved.")).to_be_visible()
    expect(newer).to_be_hidden()
    expect(page.get_by_role("heading", name="Named here")).to_be_visible()

    answered(200, installation.call("PATCH", path, data={"title": "Once more elsewhere"}, **bearer))
    title.fill("Once more here")
    page.get_by_role("button", name="Save", exact=True).click()
    page.get_by_role("button", name="Keep the newer one").click()
    expect(title).to_have_value("Once more elsewhere")
    expect(page.get_by_role("button", name="Save", exact=True)).to_be_visible()
    page.reload()
    expect(title).to_have_value("Once more elsewhere")
    expect(description).to_have_value("Written here")


def test_a_card_that_was_renamed_elsewhere_says_so_before_it_is_renamed(
    page: Page, shared: Shared, installation: Installation, token: str
) -> None:
    path = f"/api/v1/videos/{shared.id}/"
    bearer = {"Authorization": f"Bearer {token}"}
    answered(200, installation.call("PATCH", path, data={"title": "To be renamed"}, **bearer))
    page.goto("/")
    card = page.locator(f"[data-card][data-video-id='{shared.id}']")
    answered(200, installation.call("PATCH", path, data={"title": "Renamed elsewhere"}, **bearer))
    card.get_by_label("More").click()
    card.get_by_role("button", name="Rename").click()
    card.get_by_role("textbox", name="Title").fill("Renamed here")
    card.get_by_role("button", name="Save").click()
    expect(card.get_by_text(re.compile("renamed elsewhere meanwhile: .*Renamed elsewhere"))).to_be_visible()
    expect(card.get_by_role("textbox", name="Title")).to_have_value("Renamed here")
    card.get_by_role("button", name="Save").click()
    expect(card.get_by_role("link", name="Renamed here")).to_be_visible()
