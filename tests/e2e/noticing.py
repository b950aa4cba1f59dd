"""What a page shows for a moment only: noted by the page itself, so that a slow machine does not miss it."""

from collections.abc import Callable
from typing import Any

from playwright.sync_api import Page

NOTICE = """(selector) => {
  const element = document.querySelector(selector);
  const seen = (globalThis.noticed ??= {})[selector] = [];
  const note = () => seen.push(element.textContent.trim());
  new MutationObserver(note).observe(element, {childList: true, subtree: true, characterData: true});
}"""

NOTICE_STATES = """() => {
  const recorder = document.querySelector("[data-recorder]");
  const now = () => [recorder.dataset.state, recorder.querySelector("[role=timer]").textContent];
  const seen = globalThis.noticedStates = [now()];
  const note = () => { if (recorder.dataset.state !== seen.at(-1)[0]) seen.push(now()); };
  new MutationObserver(note).observe(recorder, {attributeFilter: ["data-state"]});
}"""

NOTICE_STAGES = """() => {
  const stage = document.querySelector("[data-stage]");
  const seen = globalThis.noticedStages = [];
  new MutationObserver(() => seen.push(stage.dataset.kind)).observe(stage, {attributeFilter: ["data-kind"]});
}"""


def notice(page: Page, selector: str) -> Callable[[], list[str]]:
    """Return what tells every text that the element has got since this call."""
    page.evaluate(NOTICE, selector)

    def seen() -> list[str]:
        texts: list[str] = page.evaluate("(selector) => globalThis.noticed[selector]", selector)
        return texts

    return seen


def notice_states(page: Page) -> Callable[[], list[tuple[str, str]]]:
    """Return what tells the states of the recorder from this call on, each with the time it showed at its beginning."""
    page.evaluate(NOTICE_STATES)

    def seen() -> list[tuple[str, str]]:
        found: list[Any] = page.evaluate("globalThis.noticedStates")
        return [(state, shown) for state, shown in found]

    return seen


def notice_stages(page: Page) -> Callable[[], list[str]]:
    """Return what tells the stages that the watch page has shown in the video's place since this call."""
    page.evaluate(NOTICE_STAGES)

    def seen() -> list[str]:
        stages: list[str] = page.evaluate("globalThis.noticedStages")
        return stages

    return seen
