"""What headers and packets say of themselves."""

import pytest

from media.codec_data import HeardOpus, opus_packet_us

OPUS_HEAD = b"OpusHead\x01\x02" + (3840).to_bytes(2, "little") + bytes(7)
SIXTY_MS = bytes((31 << 3 | 3, 3))  # three frames of 20 ms


@pytest.mark.parametrize(
    ("config", "code", "more", "ms"),
    [
        (0, 0, b"", 10),
        (3, 0, b"", 60),
        (3, 1, b"", 120),
        (12, 0, b"", 10),
        (15, 2, b"", 40),
        (16, 0, b"", 2.5),
        (31, 0, b"", 20),
        (31, 3, b"\x03", 60),
        (31, 3, b"\xc6", 120),  # the two highest bits say other things
        (31, 3, b"", 0),  # cut off
    ],
)
def test_a_packet_of_opus_says_how_long_it_plays(config: int, code: int, more: bytes, ms: float) -> None:
    assert opus_packet_us(bytes((config << 3 | code,)) + more) == ms * 1000


@pytest.mark.parametrize(
    ("header", "at_ms", "span_ms"),
    [
        (OPUS_HEAD, [0, 60, 120], (80, 180)),
        (OPUS_HEAD, [0, 93, 160], (113, 220)),  # 33 ms are missing between the first two
        (OPUS_HEAD, [-80, -20, 40], (0, 100)),  # as WebM has it
        (OPUS_HEAD, [0], (60, 60)),  # nothing is left
        (b"", [0, 60], (0, 120)),
    ],
)
def test_opus_is_heard_after_what_a_decoder_leaves_out(
    header: bytes, at_ms: list[int], span_ms: tuple[int, int]
) -> None:
    heard = HeardOpus(header)
    for at in at_ms:
        heard.take(SIXTY_MS, at * 1000)
    assert heard.span_us == (span_ms[0] * 1000, span_ms[1] * 1000)
