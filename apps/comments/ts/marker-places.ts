/** Where the moments of a conversation stand on the timeline: pure, in shares of its width. */
import type { Thread } from "./threads.ts";

/** One mark: a thread, or several that would lie on each other. */
export interface Mark {
  /** 0 to 1 along the timeline. */
  readonly at: number;
  /** Where it leads: the time of its first thread. */
  readonly timestampMs: number;
  /** In the order of their times; never empty. */
  readonly threads: readonly Thread[];
}

/**
 * Returns the marks for `threads` on a timeline of `durationMs` that is `widthPx` wide.
 *
 * Threads closer than `gapPx` to the first of a mark join it, so that each mark can be hit (WCAG 2.5.8: 24 px).
 * Threads without a time get none; one past the end stands at the end. [] while the duration is not known.
 */
export function marksOf(threads: readonly Thread[], durationMs: number, widthPx: number, gapPx = 24): Mark[] {
  if (!(durationMs > 0) || !(widthPx > 0)) return [];
  const marks: { at: number; timestampMs: number; threads: Thread[] }[] = [];
  const timed = threads
    .filter((thread) => thread.first.timestamp_ms !== null)
    .sort((a, b) => a.first.timestamp_ms! - b.first.timestamp_ms!);
  for (const thread of timed) {
    const timestampMs = Math.min(thread.first.timestamp_ms!, durationMs);
    const last = marks.at(-1);
    // Compared in whole milliseconds: shares of the width would be a hair's breadth off.
    if (last && (timestampMs - last.timestampMs) * widthPx < gapPx * durationMs) last.threads.push(thread);
    else marks.push({ at: timestampMs / durationMs, timestampMs, threads: [thread] });
  }
  return marks;
}
