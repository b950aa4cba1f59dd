"""What is taken out of typed text before it is kept, and what stays because people need it."""

import unicodedata

import pytest
from rest_framework.serializers import ValidationError

from apps.core.text import MOST_MARKS, clean_line, clean_text

TOWER = "\N{COMBINING GRAVE ACCENT}" * 60


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("safe\u202etxt.exe", "safetxt.exe"),
        ("a\x00b\x1bc\x9bd\x85e", "abcde"),
        ("shown\ufff9hidden\ufffbshown", "shownhiddenshown"),
        ("x" + "".join(chr(0xE0000 + ord(sign)) for sign in "hidden"), "x"),
        ("one\n\n\ttwo", "one\n\n\ttwo"),
        ("one\r\n\r\ntwo\rthree", "one\n\ntwo\nthree"),
        ("  around  ", "around"),
    ],
)
def test_controls_and_what_hides_a_text_in_a_text_go(typed, kept) -> None:
    assert clean_text(typed) == kept


@pytest.mark.parametrize(
    "typed",
    [
        "\u2067\u05e9\u05dc\u05d5\u05dd\u2069 and \u2068Ana\u2069",  # each isolate is ended
        "\u0646\u0627\u0645\u0647\u200c\u0647\u0627",  # Persian joins nothing here
        "👩\u200d👩\u200d👧 and 🏴\U000e0067\U000e0062\U000e0073\U000e0063\U000e0074\U000e007f",  # a family, a flag
        "प्रदर्शन ภาษาไทย שָׁלוֹם ཨོཾ་མ་ཎི་པདྨེ་ཧཱུྃ",
    ],
)
def test_what_scripts_and_emoji_need_stays(typed) -> None:
    assert clean_text(typed) == clean_line(typed) == unicodedata.normalize("NFC", typed)


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("\u2067\u2067evil", "evil"),
        ("evil\u2069\u2069", "evil"),
        ("\u2069\u2066one\u2069\u2068", "\u2066one\u2069"),
        ("\u2066\u2067one\u2069", "\u2067one\u2069"),
    ],
)
def test_an_isolate_that_nothing_ends_would_turn_around_what_stands_beside_it_and_goes(typed, kept) -> None:
    assert clean_text(typed) == clean_line(typed) == kept


def test_marks_do_not_stand_like_a_tower_over_the_lines_above() -> None:
    assert len(clean_text(f"Z{TOWER}algo")) <= len("Zalgo") + MOST_MARKS
    joined = "Z" + ("\N{COMBINING TILDE}" * MOST_MARKS + "\u200d") * 20
    assert clean_text(joined).count("\N{COMBINING TILDE}") == MOST_MARKS


@pytest.mark.parametrize(
    "typed",
    ["A\u200bna\ufeff", "A\u200d\u200d\u200dna", "A\xadn\u2060a", "\u2800Ana\u3164", "A\x00\u200dna", "Ana\u034f"],
)
def test_a_name_has_nothing_in_it_that_is_not_seen(typed) -> None:
    assert clean_line(typed) == "Ana"


def test_a_name_is_one_line() -> None:
    assert clean_line("one\n\n two\u2028three\x0b\u3164 four") == "one two three four"


@pytest.mark.parametrize("typed", ["", " ", "\u200b", "\u2067\u2069", "\u3164", "\u0301", "\U000e0041", "\x00"])
def test_a_text_with_nothing_to_read_in_it_is_refused(typed) -> None:
    for clean in (clean_text, clean_line):
        with pytest.raises(ValidationError):
            clean(typed)


@pytest.mark.parametrize("typed", ["\ufb2c" * 10, "A\u200bn\u2067a" * 10, "\u1e9b\u0323" * 10, TOWER + "x"])
def test_a_text_is_never_longer_than_it_came_and_cleaning_it_again_changes_nothing(typed) -> None:
    for clean in (clean_text, clean_line):
        cleaned = clean(typed)
        assert len(cleaned) <= len(typed)
        assert clean(cleaned) == cleaned


def test_words_are_kept_as_one_sign_where_they_were_typed_as_two() -> None:
    assert clean_line("u\u200b\N{COMBINING DIAERESIS}ber") == "\N{LATIN SMALL LETTER U WITH DIAERESIS}ber"
