"""What is seen in the picture that is being recorded, and a camera whose halves can be told apart."""

import time

from playwright.sync_api import Page

from tests.e2e.watching import PATIENCE_MS

PREVIEW = "[data-part=preview]"
RED, GREEN, BLUE, BARS = "red", "green", "blue", "bars"

# A camera with red on its left and blue on its right, and one white column between them.
TWO_COLOURS = """
MediaDevices.prototype.getUserMedia = async ({ video, audio }) => {
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [1280, 720];
  const context = canvas.getContext("2d");
  setInterval(() => {
    for (const [colour, x] of [["#f00", 0], ["#00f", 640]]) {
      context.fillStyle = colour;
      context.fillRect(x, 0, 640, 720);
    }
  }, 50);
  const tone = new AudioContext().createMediaStreamDestination();
  return new MediaStream([...(video ? canvas.captureStream(20).getVideoTracks() : []),
    ...(audio ? tone.stream.getAudioTracks() : [])]);
};
"""

# Red, green and blue of these places.
PIXELS = """(video, places) => {
  const canvas = new OffscreenCanvas(video.videoWidth || 1, video.videoHeight || 1);
  const context = canvas.getContext("2d");
  context.drawImage(video, 0, 0);
  return places.map(([x, y]) => [...context.getImageData(canvas.width * x, canvas.height * y, 1, 1).data.slice(0, 3)]);
}"""


def colour(pixel: list[int]) -> str:
    """Return what this pixel is, BARS for what stands where nothing is shown."""
    if max(pixel) < 60:
        return BARS
    strongest = max(range(3), key=lambda channel: pixel[channel])
    return (RED, GREEN, BLUE)[strongest]


def expect_halves(page: Page, *expected: str) -> None:
    """Wait until the picture has these colours on its left and on its right."""
    expect_colours(page, [(0.25, 0.5), (0.75, 0.5)], *expected)


def expect_colours(page: Page, places: list[tuple[float, float]], *expected: str) -> None:
    """Wait until the picture has these colours at these places, in shares of its width and height."""
    deadline = time.monotonic() + PATIENCE_MS / 1000
    while True:
        seen = tuple(colour(pixel) for pixel in page.locator(PREVIEW).evaluate(PIXELS, places))
        if seen == expected:
            return
        assert time.monotonic() < deadline, (seen, expected)
        page.wait_for_timeout(100)
