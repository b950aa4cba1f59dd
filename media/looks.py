"""How a frame looks: whether it is black, blank or blurred, measured on a small grey copy of it."""

from dataclasses import dataclass
from pathlib import Path

from PIL import Image, ImageFilter, ImageStat

LOOKED_AT_PX = 320
"""The longer side of what is measured. As large as a card in the library: what is sharp there is sharp enough."""

# On 0 to 255. A dark terminal with a few lines of text has 17 and 8, a test picture at a tenth of its light 5 and 8.
BLACK_BRIGHTNESS = 12
BLACK_CONTRAST = 10
# A picture that is a third faded in has 43 and 22, an editor in dark colours 40 and 30.
DIM_BRIGHTNESS = 60
DIM_CONTRAST = 26
BLANK_CONTRAST = 4  # one short line on white has 12
# Pages and slides have 40 to 2000, pictures 100 to 300; each of them blurred by a hundredth of its width 2 to 17.
BLURRED_SHARPNESS = 15

EDGES = ImageFilter.Kernel((3, 3), (0, 1, 0, 1, -4, 1, 0, 1, 0), scale=1, offset=128)
"""Laplacian: 0 where light changes evenly, far from it at edges. Shifted by 128, as pixels know no sign."""


@dataclass(frozen=True)
class Look:
    """Mean and standard deviation of the light, 0 to 255, and the variance of its Laplacian, which blurring lowers."""

    brightness: float
    contrast: float
    sharpness: float

    @property
    def shows_something(self) -> bool:
        """Return whether it is neither black nor of one colour."""
        is_black = self.brightness < BLACK_BRIGHTNESS and self.contrast < BLACK_CONTRAST
        return not is_black and self.contrast >= BLANK_CONTRAST

    @property
    def is_good(self) -> bool:
        """Return whether it can stand for a video: it shows something, not half in the dark, and not blurred."""
        is_dim = self.brightness < DIM_BRIGHTNESS and self.contrast < DIM_CONTRAST
        return self.shows_something and not is_dim and self.sharpness >= BLURRED_SHARPNESS

    @property
    def rank(self) -> tuple[bool, float]:
        """Return what is higher the better it looks, for choosing among frames none of which is good."""
        return self.shows_something, self.sharpness


def look_at(path: Path) -> Look:
    """Return how the picture in this file looks; one of our own making, whose size is known."""
    with Image.open(path) as opened:
        opened.draft("L", (LOOKED_AT_PX, LOOKED_AT_PX))  # a JPEG is decoded at a fraction of its size
        grey = opened.convert("L")
    grey.thumbnail((LOOKED_AT_PX, LOOKED_AT_PX))
    light = ImageStat.Stat(grey)
    edges = grey.filter(EDGES)
    if min(grey.size) > 2:
        # The outermost pixels have no neighbours, and Pillow leaves them as they were.
        edges = edges.crop((1, 1, grey.width - 1, grey.height - 1))
    return Look(light.mean[0], light.stddev[0], ImageStat.Stat(edges).var[0])
