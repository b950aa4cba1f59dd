/**
 * The picture of a video that is sound alone: its waveform, what has been played in the accent. It is decoration, and
 * nothing that a screen reader speaks of: where it is, the timeline says. Until it is there, and where it does not
 * come, the calm picture stays that the template has in its place.
 */

/** What is at `waveform_url`: 0 to 100 for each interval from the start on. */
export interface Waveform {
  readonly peaks: readonly number[];
  readonly interval_ms: number;
}

/** As many bars as can be told apart on a phone. */
const BARS = 100;
const HEIGHT = 100;
/** Of a bar's place, the rest being the gap to the next one. */
const BAR_WIDTH = 0.55;
/** The tallest bar fills the height, but what is hardly to be heard does not look loud. */
const LEAST_TALLEST = 25;
/** Silence is a line of dots, not nothing. */
const LEAST_HEIGHT = 2;
const SVG = "http://www.w3.org/2000/svg";

/** Returns the highest peak in each of `count` shares of equal length; of fewer peaks, each of them. */
export function barsOf(peaks: readonly number[], count: number): number[] {
  const bars = Math.min(count, peaks.length);
  return Array.from({ length: bars }, (_, bar) => {
    const first = Math.floor((bar * peaks.length) / bars);
    const end = Math.max(Math.floor(((bar + 1) * peaks.length) / bars), first + 1);
    return Math.max(...peaks.slice(first, end));
  });
}

/** Returns the SVG path of bars that stand around the middle of a height of 100, each in a place of width 1. */
export function pathOf(bars: readonly number[]): string {
  const tallest = Math.max(...bars, LEAST_TALLEST);
  return bars
    .map((peak, bar) => {
      const height = Math.max((peak / tallest) * HEIGHT, LEAST_HEIGHT);
      return `M${bar + (1 - BAR_WIDTH) / 2} ${(HEIGHT - height) / 2}h${BAR_WIDTH}v${height}h${-BAR_WIDTH}z`;
    })
    .join("");
}

/** Returns how much of the waveform lies before `timestampMs`, 0 to 1. */
export function playedShare(waveform: Waveform, timestampMs: number): number {
  const wholeMs = waveform.peaks.length * waveform.interval_ms;
  return wholeMs > 0 ? Math.min(Math.max(timestampMs / wholeMs, 0), 1) : 0;
}

/** Draws the waveform at `url` into `host`, which is hidden till then, as far as `video` has come. Returns an undo. */
export function mountWaveform(host: HTMLElement, video: HTMLVideoElement, url: string): () => void {
  let waveform: Waveform | null = null;
  const asked = new AbortController();
  const onTime = (): void => {
    if (waveform) host.style.setProperty("--played", `${playedShare(waveform, video.currentTime * 1000) * 100}%`);
  };
  const draw = async (): Promise<void> => {
    const answer = await fetch(url, { credentials: "same-origin", signal: asked.signal });
    if (!answer.ok) return;
    const found = (await answer.json()) as Waveform;
    if (found.peaks.length === 0) return;
    waveform = found;
    const bars = barsOf(found.peaks, BARS);
    host.replaceChildren(drawing(bars, "waveform-whole"), drawing(bars, "waveform-played"));
    onTime();
    host.hidden = false;
  };
  draw().catch(() => undefined); // it is decoration: the page goes on without
  video.addEventListener("timeupdate", onTime);
  video.addEventListener("seeking", onTime);
  return () => {
    asked.abort();
    video.removeEventListener("timeupdate", onTime);
    video.removeEventListener("seeking", onTime);
  };
}

function drawing(bars: readonly number[], name: string): SVGSVGElement {
  const picture = document.createElementNS(SVG, "svg");
  picture.setAttribute("viewBox", `0 0 ${bars.length} ${HEIGHT}`);
  picture.setAttribute("preserveAspectRatio", "none");
  picture.setAttribute("class", name);
  const path = document.createElementNS(SVG, "path");
  path.setAttribute("d", pathOf(bars));
  picture.append(path);
  return picture;
}
