"""Caption files: read as people have them, written as the one kind of WebVTT that we serve.

What comes out holds cues and nothing else: their times, the settings of WebVTT, and text in which only the tags of
WebVTT are left. Style sheets, regions and notes are dropped, since a style sheet may name addresses elsewhere, and
browsers differ in what they do with the rest. SubRip (.srt) becomes WebVTT on the way.
"""

import re
from dataclasses import dataclass

from webvtt import WebVTT
from webvtt.errors import MalformedCaptionError, MalformedFileError
from webvtt.models import Caption

from media.errors import CaptionsTooLarge, NoCues, NotCaptions

LARGEST_CAPTIONS_BYTES = 2_000_000
"""Of UTF-8. A day of talk is about 1 MB."""

MOST_CUES = 20_000
"""A cue each two seconds for eleven hours; a browser keeps all of them in memory, and sorts them."""

LONGEST_CUE = 2_000
"""Characters of one cue's text. A picture holds some two hundred; more would cover it, and cost the layout seconds."""

_TAG = re.compile(r"<[^<>]*>")
_VTT_TAG = re.compile(r"</?(?:b|c|i|lang|ruby|rt|u|v)(?:\.[\w.-]*)?(?:[ \t][^<>&]*)?>")
_VTT_MOMENT = re.compile(r"<(?:\d{2,}:)?\d{2}:\d{2}\.\d{3}>")
_LOOKS_LIKE_A_TAG = re.compile(r"</?[A-Za-z!?]")
_ENTITY = re.compile(r"&(?!(?:amp|lt|gt|lrm|rlm|nbsp|quot|#\d{1,7}|#x[0-9A-Fa-f]{1,6});)")
_PLACED_BY_ASS = re.compile(r"\{\\[^{}]*\}")  # "{\an8}": SubRip files carry it over from another format
_CONTROLS = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\x85\u2028\u2029]")

_PERCENT = r"\d{1,3}(?:\.\d{1,4})?%"
_SETTING = re.compile(
    rf"vertical:(?:rl|lr)|line:(?:-?\d{{1,4}}|{_PERCENT})(?:,(?:start|center|end))?"
    rf"|position:{_PERCENT}(?:,(?:line-left|center|line-right))?|size:{_PERCENT}|align:(?:start|center|end|left|right)"
)


@dataclass(frozen=True)
class Captions:
    """A caption file that was read: WebVTT as we serve it, and how many cues are in it."""

    vtt: str
    cues: int


def read_captions(text: str) -> Captions:
    """Return the captions in WebVTT or SubRip text.

    Cues that end before they begin, and those without text, are left out. Raises NotCaptions for other text, NoCues
    where nothing is left, CaptionsTooLarge above the limits.
    """
    if len(text.encode()) > LARGEST_CAPTIONS_BYTES or text.count("-->") > MOST_CUES:
        raise CaptionsTooLarge
    text = text.removeprefix("\ufeff")
    try:
        if text.startswith("WEBVTT"):
            found = WebVTT.from_string(text).captions
        else:
            found = WebVTT.from_buffer(text.strip().splitlines(keepends=True), format="srt").captions
    except (MalformedFileError, MalformedCaptionError) as error:
        raise NotCaptions from error
    cues = [cue for cue in map(_written, found) if cue]
    if not cues:
        raise NoCues
    return Captions(vtt="\n\n".join(["WEBVTT", *cues]) + "\n", cues=len(cues))


def _written(caption: Caption) -> str:
    """Return the cue as it stands in the file, "" for one that would never be seen. Raises CaptionsTooLarge."""
    lines = [clean_cue_line(line) for line in caption.lines]
    text = "\n".join(line for line in lines if line)  # an empty line would end the cue
    if len(text) > LONGEST_CUE:
        raise CaptionsTooLarge
    if not text or caption.end_time <= caption.start_time:
        return ""
    settings = [setting for setting in str(caption.settings).split() if _SETTING.fullmatch(setting)]
    return f"{' '.join([caption.start, '-->', caption.end, *settings])}\n{text}"


def clean_cue_line(line: str) -> str:
    """Return one line of a cue with the tags of WebVTT alone; what else looks like markup goes, its text stays."""
    line = _PLACED_BY_ASS.sub("", _CONTROLS.sub("", line))
    pieces: list[str] = []
    end = 0
    for tag in _TAG.finditer(line):
        pieces += [_escaped(line[end : tag.start()]), _kept(tag.group())]
        end = tag.end()
    return "".join([*pieces, _escaped(line[end:])]).strip()


def _kept(tag: str) -> str:
    """Return a tag of WebVTT as it is, "" for another one, and what is no tag ("<3 and >") as text."""
    if _VTT_TAG.fullmatch(tag) or _VTT_MOMENT.fullmatch(tag):
        return tag
    return "" if _LOOKS_LIKE_A_TAG.match(tag) else _escaped(tag)


def _escaped(text: str) -> str:
    """Return text with what WebVTT would read as markup written as entities; entities stay as they are."""
    return _ENTITY.sub("&amp;", text).replace("<", "&lt;").replace(">", "&gt;")
