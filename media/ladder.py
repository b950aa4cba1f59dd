"""Which smaller rungs a rendition gets, for slow connections and small screens: as few as pay, and why those.

Pure. Rungs are made by one decode in a cascade, each scaled from the one above it (commands.ladder_command).
"""

from dataclasses import dataclass

PAYS_ABOVE_KBPS = 1500
"""A picture that needs no more goes through every connection that a rung would help; encoding it again would cost
twenty times as much as all the rest (9 CPU seconds for a recorded minute of screen, 22 with a camera in its corner)."""

SHORT_SIDES = (1080, 720, 360)
"""720 lines at a third of the bytes still show text; 360 at a tenth go through a phone's bad day. More rungs would cost
a fifth more each and be seen by few."""

LARGEST_SHARE = 0.75
"""A rung of nearly the size above it saves nobody anything: 720 of 1080 is two thirds, 1080 of 1440 three quarters."""

MAX_KBPS = 6000
"""A bad minute of what is encoded must not exceed what a home connection carries."""

RUNG_KBPS = 7500
"""The same of a rung, were it of 1920 by 1080; it gets its pixels' share, 3.3 Mbit/s at 720 lines. With the share of
6000 a screen that is scrolled beside a camera has an SSIM of .978 there, so with .981, for a fifth more bytes."""


@dataclass(frozen=True)
class Rung:
    """A size below the top's, named by its short side ("720p"), in pixels as people see them; both sides are even."""

    name: str
    width: int
    height: int


def rungs_below(width: int, height: int, *, kbps: int) -> tuple[Rung, ...]:
    """Return the rungs below a picture of that size and of so many kilobits a second, the largest first."""
    if kbps <= PAYS_ABOVE_KBPS:
        return ()
    short = min(width, height)
    return tuple(
        Rung(f"{side}p", *(max(round(length * side / short / 2) * 2, 2) for length in (width, height)))
        for side in SHORT_SIDES
        if side <= LARGEST_SHARE * short
    )


def max_kbps(width: int, height: int) -> int:
    """Return the most that a rung of that size may take of a connection for some seconds."""
    return round(RUNG_KBPS * min(width * height / (1920 * 1080), 1.0))
