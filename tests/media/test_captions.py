"""Caption files as people have them become WebVTT that holds cues and nothing else."""

import io

import pytest
from webvtt import WebVTT

from media.captions import LARGEST_CAPTIONS_BYTES, LONGEST_CUE, MOST_CUES, clean_cue_line, read_captions
from media.errors import CaptionsTooLarge, NoCues, NotCaptions

CUE = "00:01.000 --> 00:02.000\nHello"


def test_webvtt_comes_out_as_it_means() -> None:
    read = read_captions(
        f"WEBVTT - made by hand\n\nintro\n{CUE}\n\n1:00:00.000 --> 1:00:01.500 line:0 align:start\na\nb\n"
    )
    assert read.vtt == (
        "WEBVTT\n\n00:00:01.000 --> 00:00:02.000\nHello\n\n01:00:00.000 --> 01:00:01.500 line:0 align:start\na\nb\n"
    )
    assert read.cues == 2


@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_every_line_ending_and_a_byte_order_mark_are_read(line_end: str, mark: str) -> None:
    text = mark + f"WEBVTT\n\n{CUE}\n".replace("\n", line_end)
    assert read_captions(text).vtt == "WEBVTT\n\n00:00:01.000 --> 00:00:02.000\nHello\n"


def test_subrip_becomes_webvtt() -> None:
    read = read_captions(
        "\ufeff1\r\n00:00:01,000 --> 00:00:02,000\r\n<font color=red>{\\an8}Hi</font> <i>there</i>\r\n"
    )
    assert read.vtt == "WEBVTT\n\n00:00:01.000 --> 00:00:02.000\nHi <i>there</i>\n"


@pytest.mark.parametrize("text", ["", "hello", "<html><b>no</b></html>", "webvtt\n\n" + CUE, '{"a": 1}', "\0" * 100])
def test_other_text_is_refused(text: str) -> None:
    with pytest.raises(NotCaptions):
        read_captions(text)


@pytest.mark.parametrize(
    "text",
    [
        "WEBVTT",
        "WEBVTT\n\nNOTE nothing\n",
        "WEBVTT\n\n00:02.000 --> 00:01.000\nbackwards",
        "WEBVTT\n\n00:01.000 --> 00:01.000\nno time",
        "WEBVTT\n\n00:01.000 --> 00:02.000\n<script></script>",
    ],
)
def test_a_file_in_which_nothing_would_be_shown_is_refused(text: str) -> None:
    with pytest.raises(NoCues):
        read_captions(text)


def test_style_sheets_regions_notes_and_unknown_settings_are_left_out() -> None:
    text = (
        "WEBVTT\n\nSTYLE\n::cue { background: url(https://evil.example/x) }\n\nREGION\nid:r\n\nNOTE hush\n\n"
        "00:01.000 --> 00:02.000 region:r position:10%,line-left size:50% evil:1\nHello\n"
    )
    assert read_captions(text).vtt == (
        "WEBVTT\n\n00:00:01.000 --> 00:00:02.000 position:10%,line-left size:50%\nHello\n"
    )


@pytest.mark.parametrize(
    ("line", "clean"),
    [
        ("<v Ana Ferreira>Hello <b>you</b></v>", "<v Ana Ferreira>Hello <b>you</b></v>"),
        ("<c.loud>Hey</c> <lang de>Hallo</lang>", "<c.loud>Hey</c> <lang de>Hallo</lang>"),
        ("one <00:00:01.500>two", "one <00:00:01.500>two"),
        ("<script>alert(1)</script>", "alert(1)"),
        ("<img src=x onerror=alert(1)>", ""),
        ("<b onclick=alert(1)>x</b>", "<b onclick=alert(1)>x</b>"),  # an annotation: WebVTT ignores it on all but v
        ("<scr<b>ipt>x", "&lt;scr<b>ipt&gt;x"),
        ("1 < 2 > 0 & x", "1 &lt; 2 &gt; 0 &amp; x"),
        ("a <3 you", "a &lt;3 you"),
        ("&lt;b&gt; &amp; &#169; &nope;", "&lt;b&gt; &amp; &#169; &amp;nope;"),
        ("x --> y", "x --&gt; y"),
        ("a\0b\u2028c", "abc"),
        ("\u202bאבגד\u202c 🎉", "\u202bאבגד\u202c 🎉"),
    ],
)
def test_only_what_webvtt_knows_stays_markup(line: str, clean: str) -> None:
    assert clean_cue_line(line) == clean


def test_what_comes_out_is_read_again_as_the_same() -> None:
    once = read_captions("WEBVTT\n\n00:01.000 --> 00:02.000\n<script>a</script> & <b>b</b> --&gt; x\nNOTE z\n")
    assert read_captions(once.vtt) == once
    assert len(WebVTT.from_buffer(io.BytesIO(once.vtt.encode()))) == once.cues


def test_the_limits_are_exact() -> None:
    def file_of(cues: int, text: str = "x") -> str:
        return "WEBVTT\n\n" + f"00:01.000 --> 00:02.000\n{text}\n\n" * cues

    assert read_captions(file_of(MOST_CUES)).cues == MOST_CUES
    assert read_captions(file_of(1, "x" * LONGEST_CUE)).cues == 1
    padded = file_of(1) + " " * (LARGEST_CAPTIONS_BYTES - len(file_of(1)))
    assert read_captions(padded).cues == 1
    for too_much in (file_of(MOST_CUES + 1), file_of(1, "x" * (LONGEST_CUE + 1)), padded + " "):
        with pytest.raises(CaptionsTooLarge):
            read_captions(too_much)


def test_a_cue_over_the_hundredth_hour_is_no_backward_one() -> None:
    assert read_captions("WEBVTT\n\n99:59:59.000 --> 100:00:01.000\nlate").cues == 1
