"""Whether a video really plays: its frames are shown and its sound is heard. A moving currentTime proves nothing."""

import itertools
import time
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from playwright.sync_api import Page

PATIENCE_S = 60.0
TAKES = 5
LONGEST_GAP_S = 0.2  # six frames of 30 a second: what somebody who watches begins to see

# Counts what is shown from the first frame to the end. Sound is measured behind the element, where it is decoded.
WATCH = """async ({untilMs, patienceMs}) => {
  const video = document.querySelector("video");
  const shown = [];
  const note = (_now, frame) => { shown.push(frame.mediaTime); video.requestVideoFrameCallback(note); };
  video.requestVideoFrameCallback(note);
  const sound = new AudioContext();
  const meter = sound.createAnalyser();
  meter.fftSize = 2048;
  sound.createMediaElementSource(video).connect(meter).connect(sound.destination);
  const samples = new Float32Array(meter.fftSize);
  let loudest = 0;
  const listening = setInterval(() => {
    meter.getFloatTimeDomainData(samples);
    for (const sample of samples) loudest = Math.max(loudest, Math.abs(sample));
  }, 100);
  await video.play();
  await new Promise((done) => {
    let [stoodAt, since] = [video.currentTime, performance.now()];
    const poll = setInterval(() => {
      if (video.currentTime !== stoodAt) [stoodAt, since] = [video.currentTime, performance.now()];
      const isStuck = performance.now() - since > patienceMs;
      if (video.ended || isStuck || video.currentTime * 1000 >= untilMs) { clearInterval(poll); done(); }
    }, 50);
  });
  clearInterval(listening);
  const quality = video.getVideoPlaybackQuality();
  return {
    shown, loudest, ended: video.ended, at: video.currentTime, ready: video.readyState,
    width: video.videoWidth, height: video.videoHeight,
    total: quality.totalVideoFrames, dropped: quality.droppedVideoFrames, error: video.error && video.error.message,
  };
}"""


@dataclass(frozen=True)
class Played:
    """What was shown and heard: media times in seconds in the order of showing, sound from 0 to 1."""

    shown: tuple[float, ...]
    loudest: float
    total_frames: int
    dropped_frames: int
    size: tuple[int, int]
    ended: bool
    at_s: float  # where it stood in the end, and
    ready_state: int  # what the browser had of it there
    error: str | None

    @property
    def longest_gap_s(self) -> float:
        """Return the longest step between frames that were shown one after the other, the first second left out."""
        return longest_gap_s(moment for moment in self.shown if moment > 1)


def longest_gap_s(shown: Iterable[float]) -> float:
    """Return the longest step from a frame to the next one, of media times in seconds; infinite for one frame."""
    return max((after - before for before, after in itertools.pairwise(sorted(shown))), default=float("inf"))


def play_smoothly(page: Page) -> Played:
    """Return what was shown of the page's video from its start to its end: each frame that was shown in any take.

    A machine that is out of breath leaves out frames here and there, and others the next time; a hole in the video
    is at the same place each time. So what has gaps is played again in the page loaded anew, up to five times, and
    only what was never shown remains a gap. The rest is of the last take.
    """
    played = play_to_the_end(page)
    for _ in range(TAKES - 1):
        if played.longest_gap_s <= LONGEST_GAP_S:
            break
        page.reload()
        again = play_to_the_end(page)
        played = replace(again, shown=tuple(sorted({*played.shown, *again.shown})))
    return played


def play_to_the_end(page: Page, *, until_ms: int = 10**9) -> Played:
    """Return what was shown of the page's video, played from where it stands to its end or to `until_ms`."""
    # Polled from here: the page's policy lets no script of Playwright's own be evaluated in it again and again.
    deadline = time.monotonic() + PATIENCE_S
    while not page.evaluate("(document.querySelector('video')?.readyState ?? 0) >= 2"):
        assert time.monotonic() < deadline, "no frame of the video has arrived"
        page.wait_for_timeout(100)
    seen: dict[str, Any] = page.evaluate(WATCH, {"untilMs": until_ms, "patienceMs": PATIENCE_S * 1000})
    return Played(
        shown=tuple(seen["shown"]),
        loudest=seen["loudest"],
        total_frames=seen["total"],
        dropped_frames=seen["dropped"],
        size=(seen["width"], seen["height"]),
        ended=seen["ended"],
        at_s=seen["at"],
        ready_state=seen["ready"],
        error=seen["error"],
    )
