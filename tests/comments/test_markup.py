"""From typed text to HTML: what becomes of it, and what never does."""

import re
import time

import pytest

from apps.comments import markup
from apps.comments.markup import CACHED_SIGNS, MAX_SIGNS, html_of, timestamp_ms_of

REL = 'rel="noopener nofollow ugc"'


def test_bold_italic_code_and_lists_are_carried_out() -> None:
    html = html_of("**31** from _Lisbon_, see `churn`\n\n- one\n- two\n\n3. three")
    for part in ("<strong>31</strong>", "<em>Lisbon</em>", "<code>churn</code>", "<ul>", '<ol start="3">'):
        assert part in html


def test_a_line_stays_a_line() -> None:
    assert html_of("one\ntwo") == '<p dir="auto">one<br>\ntwo</p>\n'


def test_addresses_become_links_that_open_beside_the_video() -> None:
    html = html_of("See https://example.com/a_b_c?d=1. Or [this](http://example.com).")
    assert f'<a href="https://example.com/a_b_c?d=1" target="_blank" {REL}>https://example.com/a_b_c?d=1</a>.' in html
    assert f'<a href="http://example.com" target="_blank" {REL}>this</a>.' in html


@pytest.mark.parametrize(
    "text",
    [
        "[x](javascript:alert(1))",
        "[x](JaVaScRiPt:alert(1))",
        "[x](java\tscript:alert(1))",
        "[x](&#106;avascript:alert(1))",
        "[x](data:text/html;base64,PHNjcmlwdD4=)",
        "[x](vbscript:x)",
        "[x](file:///etc/passwd)",
        "<javascript:alert(1)>",
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "<svg/onload=alert(1)>",
        '<a href="x" data-timestamp-ms="1" class="moment">x</a>',
        "![x](https://example.com/x.png)",
        "`</code><script>alert(1)</script>`",
        '[x](https://example.com "\\"onmouseover=alert(1)")',
        "# Heading",
        "> quote",
        "<!-- x --><style>*{display:none}</style>",
    ],
)
def test_no_script_picture_heading_or_tag_of_ones_own_comes_through(text) -> None:
    html = html_of(text, duration_ms=60_000)
    assert re.findall(r"</?(?!(?:p|br|strong|em|code|pre|ul|ol|li|a|span)\b)[a-z!]", html) == []
    for tag in re.findall(r"<[a-z][^>]*>", html):
        assert not re.search(r"\son|style|data-timestamp-ms|class=", tag), tag
        assert not re.search(r'href="(?!https?:)', tag), tag


def test_a_time_leads_to_its_second() -> None:
    html = html_of("At 0:42 and 1:02:03.")
    assert '<a href="?t=42" class="moment" data-timestamp-ms="42000"' in html
    assert 'data-timestamp-ms="3723000"' in html


@pytest.mark.parametrize(("duration_ms", "leads"), [(42_000, True), (41_999, False), (None, True)])
def test_a_time_behind_the_end_is_only_a_text(duration_ms, leads) -> None:
    assert ("data-timestamp-ms" in html_of("At 0:42", duration_ms=duration_ms)) is leads


@pytest.mark.parametrize(
    "text", ["0:60", "1:60:00", "16:9", "1:2:3:04", "a0:42", "`0:42`", "[0:42](https://a.b)", "0:42.5"]
)
def test_what_is_no_time_or_stands_in_code_leads_nowhere(text) -> None:
    assert "data-timestamp-ms" not in html_of(text)


def test_a_time_is_read_like_a_clock() -> None:
    assert (timestamp_ms_of("0:42"), timestamp_ms_of("90:00"), timestamp_ms_of("1:02:03")) == (
        42_000,
        5_400_000,
        3_723_000,
    )
    assert timestamp_ms_of("1:75") is None


def test_a_mentioned_name_is_marked_and_others_are_not() -> None:
    html = html_of("@Ben Okafor, @Ben, @Benny and mail@Ben", names=("Ben", "Ben Okafor"))
    assert re.findall(r'<span class="mention">(.*?)</span>', html) == ["@Ben Okafor", "@Ben"]


def test_a_name_is_no_pattern() -> None:
    assert '<span class="mention">@A.*(b</span>' in html_of("@A.\\*(b @Axxx(b", names=("A.*(b",))


def test_each_paragraph_and_item_has_its_own_direction() -> None:
    assert html_of("one\n\n\u05e9\u05dc\u05d5\u05dd\n\n- a").count('dir="auto"') == 3


@pytest.mark.parametrize("text", ["[](https://example.com)", "[\u200b](https://example.com)"])
def test_a_link_without_a_word_is_shown_as_it_was_typed(text) -> None:
    assert "[" in html_of(text)


@pytest.mark.parametrize("sign", ["[", "*", "_", "`", "<", "![", "[a](", "*_", "\n- ", "a**b", "<http://", "> "])
def test_ten_thousand_signs_of_markup_stay_a_text(sign) -> None:
    text = (sign * 10_000)[:10_000]
    html = html_of(text)
    assert re.sub(r"<br>|</?p[^>]*>", "", html).count("<") == 0


def test_as_many_signs_as_are_carried_out_take_no_time_to_speak_of() -> None:
    started = time.process_time()
    for sign in ("[", "*_", "a\n- ", "![", "``a`"):
        html_of((sign * MAX_SIGNS)[:MAX_SIGNS])
    assert time.process_time() - started < 2  # 0.1 s; a parser that goes astray takes minutes


def test_long_texts_are_not_kept_in_memory() -> None:
    markup._cached.cache_clear()
    html_of("x" * (CACHED_SIGNS + 1))
    assert markup._cached.cache_info().currsize == 0
    assert html_of("short") == html_of("short")
    assert markup._cached.cache_info().hits == 1


def test_lists_in_lists_end_somewhere() -> None:
    html = html_of("\n".join("  " * depth + "- x" for depth in range(100)))
    assert html.count("<ul>") < 20
