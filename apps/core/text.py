"""Text that people type: what is taken out of it before it is kept."""

import re
import unicodedata

from django.utils.translation import gettext as _
from rest_framework.serializers import ValidationError

# Overrides of writing direction let a name look like another one, and notes between lines hide a text in a text.
# Isolates and marks of direction stay, they are how right-to-left text is written properly. Zero-width joiners stay,
# emoji and several scripts need them.
_NEVER = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\ufff9-\ufffb]")
# Letters of no shape, by which a text can hide in another one, but where they say which flag a black flag is.
_TAGS = re.compile("(\U0001f3f4[\U000e0020-\U000e007e]+\U000e007f)|[\U000e0000-\U000e007f]")
_ISOLATES, _END_OF_ISOLATE = frozenset("\u2066\u2067\u2068"), "\u2069"
MOST_MARKS = 8  # on one letter: no script needs more, and fifty of them stand like a tower over the lines above

# What a line, a name or a title, does without: nothing of it is seen, so that "A<nothing>na" reads like "Ana".
_WIDTHLESS = re.compile(
    "[\xad\u034f\u180e\u200b\u2060-\u2065\ufeff]"
    "|(?<=[A-Za-z])[\u200c\u200d]+|[\u200c\u200d]+(?=[A-Za-z])"  # Latin letters are not joined
)
_INVISIBLE = re.compile("[\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]")
# Letters by category, of which nothing is seen: the Hangul fillers and the empty Braille pattern.
_BLANKS = frozenset("\u115f\u1160\u2800\u3164\uffa0")
_SPACES = re.compile("[\\s\u2800\u3164\uffa0]+")
_CONTROLS = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")


def clean_text(text: str) -> str:
    """Return the text without controls and direction overrides, in NFC, trimmed; never longer than it came.

    Isolates that are opened and not closed in it would turn around what stands beside it on the page; they go too, as
    do more marks on a letter than MOST_MARKS. Raises ValidationError when nothing visible is left.
    """
    return _readable(_cleaned(_NEVER.sub("", text)).strip())


def clean_line(text: str) -> str:
    """Return the text as clean_text does, on one line and without what takes no room in it.

    Raises ValidationError when nothing visible is left.
    """
    return _readable(_SPACES.sub(" ", _cleaned(_WIDTHLESS.sub("", _NEVER.sub("", text)))).strip())


def is_readable(text: str) -> bool:
    """Return whether there is anything to see in the text: not only blanks, marks and signs of no width."""
    return any(unicodedata.category(sign)[0] not in "CZM" and sign not in _BLANKS for sign in text)


def file_name(title: str, *, ending: str) -> str:
    """Return a name for a saved file that every system takes: "title.ending", at most 120 letters of the title.

    Nothing in it separates folders, names a device or hides the ending from who reads it.
    """
    visible = _INVISIBLE.sub("", _CONTROLS.sub("", title))
    plain = re.sub(r'[\s<>:"/\\|?*%]+', " ", visible)[:120].strip(" .~")
    is_device = re.fullmatch(r"(?i)(con|prn|aux|nul|com\d|lpt\d)(\..*)?", plain)
    return f"{plain or 'video'}{'-' if is_device else ''}.{ending}"


def _cleaned(text: str) -> str:
    text = text.replace("\r\n", "\n").replace("\r", "\n")  # as a browser gives it back from a box
    kept = _balanced(_TAGS.sub(r"\1", text))
    composed = unicodedata.normalize("NFC", kept)
    # A few signs become two in NFC, and their number was checked against the column before.
    return _without_towers(composed if len(composed) <= len(text) else kept)


def _readable(text: str) -> str:
    if not is_readable(text):
        raise ValidationError(_("This text has nothing to read in it."))
    return text


def _balanced(text: str) -> str:
    """Return the text without isolates that nothing ends, and without ends of none."""
    opened: list[int] = []
    alone: set[int] = set()
    for at, sign in enumerate(text):
        if sign in _ISOLATES:
            opened.append(at)
        elif sign == _END_OF_ISOLATE and opened:
            opened.pop()
        elif sign == _END_OF_ISOLATE:
            alone.add(at)
    alone.update(opened)
    return "".join(sign for at, sign in enumerate(text) if at not in alone) if alone else text


def _without_towers(text: str) -> str:
    marks = 0
    kept = []
    for sign in text:
        kind = unicodedata.category(sign)
        if kind in {"Mn", "Me"}:
            marks += 1
        elif kind != "Cf":  # a joiner between two marks does not begin a letter
            marks = 0
        if marks <= MOST_MARKS:
            kept.append(sign)
    return "".join(kept)
