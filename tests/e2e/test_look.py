"""What every page keeps to, in both themes: no violation that axe finds, nothing cut off at 320 px or at 200 % text,
nothing that moves for those who asked for less motion, and a focus that can be seen.
"""

from collections.abc import Callable, Iterator
from typing import Literal

import pytest
from playwright.sync_api import Browser, Page

from tests.e2e.every_page import DESKTOP, PAGES, SMALL_PHONE, Shown, sign_in
from tests.furnishing import World, furnish
from tests.installation import ROOT, Installation
from tests.videoshare.test_access import ROWS, routes
from tests.whole_way import make_video

pytestmark = pytest.mark.e2e

AXE = ROOT / "node_modules" / "axe-core" / "axe.min.js"

# What fades in is measured when it is there.
FIND_VIOLATIONS = """async () => {
  await new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn)));
  await Promise.all(document.getAnimations().map((animation) => animation.finished.catch(() => undefined)));
  const found = await axe.run(document, {resultTypes: ["violations"]});
  const told = (node) => `${node.target.join(" ")} (${node.any.map((check) => check.message).join(" ")})`;
  return found.violations.map((rule) => `${rule.id}: ${rule.nodes.map(told).join("; ")}`);
}"""

# Elements whose edge leaves the window, less what lies inside of something that scrolls on its own.
FIND_CUT_OFF = """() => {
  const scrolls = (element) => element && (["auto", "scroll"].includes(getComputedStyle(element).overflowX)
    || scrolls(element.parentElement));
  if (document.documentElement.scrollWidth <= window.innerWidth) return [];
  return [...document.body.querySelectorAll("*")]
    .filter((element) => element.getBoundingClientRect().right > window.innerWidth + 1 && !scrolls(element))
    .map((element) => `${element.tagName.toLowerCase()}.${[...element.classList].join(".")}`);
}"""

FIND_MOVING = """() => document.getAnimations().filter((animation) => animation.playState === "running"
  && Number(animation.effect.getComputedTiming().activeDuration) > 100)
  .map((animation) => animation.animationName ?? animation.transitionProperty)"""


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """Yield a furnished installation."""
    folder = tmp_path_factory.mktemp("look")
    film = make_video(folder / "film.mp4")
    running, bare = (Installation(folder / name).with_database() for name in ("installation", "bare"))
    try:
        made = furnish(running.start(), november=film, tour=film)
        bare.start()
        made.setup_link = bare.wait_for_line(r"http://\S+/setup/\S+")
        yield made
    finally:
        running.kill()
        bare.kill()


@pytest.fixture(scope="module")
def window_of(browser: Browser, world: World) -> Iterator[Callable[[str | None], Page]]:
    """Yield what gives a page in which somebody is signed in, the same one each time."""
    opened: dict[str | None, Page] = {}

    def window(who: str | None) -> Page:
        if who not in opened:
            context = browser.new_context(
                base_url=world.installation.url, reduced_motion="reduce", permissions=["camera", "microphone"]
            )
            opened[who] = context.new_page()
            if who is not None:
                sign_in(opened[who], f"{who}@example.com")
        return opened[who]

    yield window
    for page in opened.values():
        page.context.close()


def show(page: Page, shown: Shown, world: World, *, theme: Literal["light", "dark"]) -> None:
    """Open the page in its state, calm enough to be looked at, with what looks for violations in it."""
    page.set_viewport_size(DESKTOP)
    page.emulate_media(color_scheme=theme, reduced_motion="reduce")
    answer = page.goto(shown.path(world))
    assert answer is not None
    assert answer.status == shown.status, page.url
    page.wait_for_load_state("load")
    page.locator("main").wait_for()
    if shown.arrange is not None:
        shown.arrange(page)
    page.evaluate(AXE.read_text())


def pages_of_the_url_map() -> set[str]:
    """Return the names of the routes that stand for a page: not the API's, not bytes, not health."""
    others = {"healthz", "readyz", "schema", "api-docs", "local-store", "person-picture", "play", "play-source"}
    others |= {"play-captions"}
    only_changes = set(routes()) - {row.route for row in ROWS if row.method == "GET"}
    in_the_api = {name for name in routes() if name.startswith("api-")} - {"api-tokens"}
    return set(routes()) - others - only_changes - in_the_api


def test_every_page_of_the_url_map_is_looked_at() -> None:
    assert {shown.route for shown in PAGES} == pages_of_the_url_map()


@pytest.mark.parametrize("shown", PAGES, ids=lambda shown: shown.name)
def test_a_page_is_accessible_in_both_themes_and_on_small_windows(
    shown: Shown, world: World, window_of: Callable[[str | None], Page]
) -> None:
    page = window_of(shown.who)
    show(page, shown, world, theme="light")
    found = {"light": page.evaluate(FIND_VIOLATIONS)}
    show(page, shown, world, theme="dark")  # opened anew: that is how people meet it
    found["dark"] = page.evaluate(FIND_VIOLATIONS)
    found["moving"] = page.evaluate(FIND_MOVING)
    page.set_viewport_size(SMALL_PHONE)
    found["cut off at 320 px"] = page.evaluate(FIND_CUT_OFF)
    found["small"] = page.evaluate(FIND_VIOLATIONS)
    page.set_viewport_size(DESKTOP)
    page.evaluate("document.documentElement.style.fontSize = '200%'")
    found["cut off at 200 % text"] = page.evaluate(FIND_CUT_OFF)
    assert found == {what: [] for what in found}
