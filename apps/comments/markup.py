"""From what a person typed to the HTML that is shown: a little Markdown, times that lead there, names.

The way of a text, each step of which alone would keep a script out: markdown-it with HTML off knows paragraphs, line
breaks, bold, italic, code, lists and links and nothing else; then nh3 lets pass what stands in
TAGS, ATTRIBUTES and VALUES. Times, bare
addresses and mentions are found in what Markdown left as plain text, so never inside code or links.
"""

import re
from functools import lru_cache
from html import unescape

import nh3
from django.utils.html import escape
from markdown_it import MarkdownIt
from markdown_it.rules_core import StateCore
from markdown_it.token import Token

from apps.core.text import is_readable

# Above so many signs of markup a text is shown as it was typed. Nobody writes so many by hand, and the parser takes
# 13 µs for each in the worst case: a page of 200 texts of 10,000 brackets would take half a minute.
MAX_SIGNS = 1000
SIGNS = "[]*_`<>\\-+\n"
MAX_NESTING = 12  # lists in lists; deeper ones are shown as text

TAGS = {"p", "br", "strong", "em", "code", "pre", "ul", "ol", "li", "a", "span"}
ATTRIBUTES = {"*": set[str](), "a": {"href", "target", "data-timestamp-ms"}, "ol": {"start"}}
VALUES = {
    "a": {"class": {"moment"}},
    "span": {"class": {"mention"}},
    "p": {"dir": {"auto"}},
    "li": {"dir": {"auto"}},
}
SCHEMES = {"http", "https", "mailto"}
LINK_REL = "noopener nofollow ugc"

_ADDRESS = r"https?://[^\s<>\"]+"
_TIME = r"(?<![\w:.,/])(?:\d{1,2}:)?\d{1,2}:\d{2}(?![\w:]|[.,]\d)"
_TRAILING = ".,;:!?'\")]}*_"  # ends a sentence rather than an address


# The same texts are shown again and again. Long ones are made anew each time (8 ms for the longest): a cache of those
# would hold 300 MB in each process.
CACHED_SIGNS = 1000


def html_of(body: str, *, duration_ms: int | None = None, names: tuple[str, ...] = ()) -> str:
    """Return the text as HTML that is safe to put into a page.

    A time like 0:42 or 1:02:03 becomes a link with data-timestamp-ms, unless it lies behind the end. `names` are
    those whom the text mentions: "@Ben" is then marked.
    """
    make = _cached if len(body) <= CACHED_SIGNS else _html_of
    return make(body, duration_ms, names)


def _html_of(body: str, duration_ms: int | None, names: tuple[str, ...]) -> str:
    if sum(map(body.count, SIGNS)) > MAX_SIGNS:
        return _as_typed(body)
    rendered = _PARSER.render(body, {"duration_ms": duration_ms, "names": names})
    clean = nh3.clean(
        rendered,
        tags=TAGS,
        attributes=ATTRIBUTES,
        url_schemes=SCHEMES,
        link_rel=LINK_REL,
        tag_attribute_values=VALUES,
    )
    # "[](https://…)" is a link without a word in it: whoever reads should see that something was written.
    return clean if is_readable(unescape(nh3.clean(clean, tags=set()))) else _as_typed(body)


_cached = lru_cache(maxsize=4096)(_html_of)


def _as_typed(body: str) -> str:
    lines = str(escape(body)).split("\n")
    return f'<p dir="auto">{"<br>".join(lines)}</p>'


def _mark(state: StateCore) -> None:
    """Put links and marks where plain text names a time, an address or a person; tell each block its direction."""
    pattern = _pattern(state.env["names"])
    for token in state.tokens:
        if token.type in {"paragraph_open", "list_item_open"}:
            token.attrSet("dir", "auto")
        if token.type == "inline" and token.children:
            token.children = list(_marked(token.children, pattern, state.env["duration_ms"]))


def _marked(tokens: list[Token], pattern: re.Pattern[str], duration_ms: int | None) -> list[Token]:
    marked: list[Token] = []
    links = 0
    for token in tokens:
        links += {"link_open": 1, "link_close": -1}.get(token.type, 0)
        if token.type == "link_open":
            token.attrSet("target", "_blank")  # the video stays where it is
        if token.type != "text" or links:
            marked.append(token)
            continue
        done = 0
        for found in pattern.finditer(token.content):
            made, end = _made_of(found, duration_ms)
            if made:
                marked += [_text(token.content[done : found.start()]), *made]
                done = end
        marked.append(_text(token.content[done:]))
    return marked


def _pattern(names: tuple[str, ...]) -> re.Pattern[str]:
    mentions = "|".join(re.escape(f"@{name}") for name in sorted(names, key=len, reverse=True))
    named = f"|(?P<name>(?<!\\w)(?:{mentions})(?!\\w))" if mentions else ""
    return re.compile(f"(?P<address>{_ADDRESS})|(?P<time>{_TIME}){named}")


def _made_of(found: re.Match[str], duration_ms: int | None) -> tuple[list[Token], int]:
    """Return the tokens in place of what was found, and where it ends; [] to leave it as text."""
    text, end = found.group(), found.end()
    if found.lastgroup == "address":
        text = text.rstrip(_TRAILING)
        href = _PARSER.normalizeLink(text)
        return _link(text, {"href": href, "target": "_blank"}), found.start() + len(text)
    if found.lastgroup == "name":
        return [_open("span_open", "span", {"class": "mention"}), _text(text), Token("span_close", "span", -1)], end
    timestamp_ms = timestamp_ms_of(text)
    if timestamp_ms is None or (duration_ms is not None and timestamp_ms > duration_ms):
        return [], end
    seconds = timestamp_ms // 1000
    return _link(text, {"href": f"?t={seconds}", "class": "moment", "data-timestamp-ms": str(timestamp_ms)}), end


def timestamp_ms_of(text: str) -> int | None:
    """Return the milliseconds that "0:42" or "1:02:03" means, None for what no clock shows."""
    *hours, minutes, seconds = [int(part) for part in text.split(":")]
    if seconds > 59 or (hours and minutes > 59):
        return None
    return ((hours[0] if hours else 0) * 3600 + minutes * 60 + seconds) * 1000


def _link(text: str, attrs: dict[str, str | int | float]) -> list[Token]:
    return [_open("link_open", "a", attrs), _text(text), Token("link_close", "a", -1)]


def _open(kind: str, tag: str, attrs: dict[str, str | int | float]) -> Token:
    return Token(kind, tag, 1, attrs=attrs)


def _text(content: str) -> Token:
    return Token("text", "", 0, content=content)


_PARSER = MarkdownIt("zero", {"html": False, "breaks": True, "maxNesting": MAX_NESTING})
_PARSER.enable(["newline", "escape", "backticks", "fence", "emphasis", "list", "link", "autolink"])
_PARSER.core.ruler.push("mark", _mark)
