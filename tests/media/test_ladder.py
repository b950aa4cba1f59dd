"""Which rungs a picture gets."""

import pytest

from media.ladder import PAYS_ABOVE_KBPS, max_kbps, rungs_below


@pytest.mark.parametrize(
    ("size", "expected"),
    [
        ((3840, 2160), ["1080p 1920x1080", "720p 1280x720", "360p 640x360"]),
        ((2560, 1440), ["1080p 1920x1080", "720p 1280x720", "360p 640x360"]),
        ((1920, 1080), ["720p 1280x720", "360p 640x360"]),
        ((1080, 1920), ["720p 720x1280", "360p 360x640"]),
        ((1366, 768), ["360p 640x360"]),
        ((1280, 720), ["360p 640x360"]),
        ((1281, 721), ["360p 640x360"]),
        ((854, 480), ["360p 640x360"]),
        ((640, 360), []),
        ((4000, 400), []),
        ((4000, 482), ["360p 2988x360"]),
    ],
)
def test_a_heavy_picture_gets_what_is_clearly_smaller(size: tuple[int, int], expected: list[str]) -> None:
    rungs = rungs_below(*size, kbps=PAYS_ABOVE_KBPS + 1)
    assert [f"{rung.name} {rung.width}x{rung.height}" for rung in rungs] == expected


def test_a_light_picture_gets_none() -> None:
    assert rungs_below(3840, 2160, kbps=PAYS_ABOVE_KBPS) == ()


def test_a_smaller_picture_may_take_less_of_a_connection_and_none_more_than_1080p() -> None:
    assert [max_kbps(*size) for size in ((3840, 2160), (1920, 1080), (1280, 720), (640, 360))] == [
        6000,
        6000,
        2667,
        667,
    ]
