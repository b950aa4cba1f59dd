"""The few words of a long text around the one that was looked for."""

from collections.abc import Sequence
from dataclasses import dataclass

from apps.core.folding import folded

BEFORE = 40  # signs before the word: enough to see what it is about, and the word stays in sight
LONGEST = 140


@dataclass(frozen=True)
class Snippet:
    """A piece of a text in three: what stands before the word, the word as it is written there, what comes after."""

    before: str
    word: str
    after: str


def snippet_of(text: str, words: Sequence[str]) -> Snippet:
    """Return the piece of `text` around the first of these folded words; its beginning where none is in it."""
    line = " ".join(text.split())
    places = [place for word in words if (place := _place(line, word)) is not None]
    if not places:
        return Snippet(_cut(line, LONGEST), "", "")
    start, end = min(places)
    before = line[:start]
    if len(before) > BEFORE:
        before = "…" + before[-BEFORE:].partition(" ")[2]
    return Snippet(before, line[start:end], _cut(line[end:], LONGEST))


def _place(line: str, word: str) -> tuple[int, int] | None:
    """Return where the folded word begins and ends in the line, None where it is not.

    Folding may make more signs of one ("ß" becomes "ss"), so the places are counted sign by sign.
    """
    pieces = [folded(sign) for sign in line]
    at = "".join(pieces).find(word)
    if at < 0:
        return None
    start = end = None
    passed = 0
    for number, piece in enumerate(pieces):
        if start is None and passed + len(piece) > at:
            start = number
        passed += len(piece)
        if passed >= at + len(word):
            end = number + 1
            break
    return (start or 0, end if end is not None else len(line))


def _cut(text: str, length: int) -> str:
    if len(text) <= length:
        return text
    return text[:length].rpartition(" ")[0].rstrip() + "…" if " " in text[:length] else text[:length] + "…"
