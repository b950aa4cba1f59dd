/**
 * Lets only so many PUTs be on the way at once, whatever number of files is being sent.
 *
 * Several at once fill a fast line, where each part is over in a moment. On a slow line they fill it no better, and
 * arrive later, all together: who then pauses, or loses the network, sends all of them again. So their number follows
 * from how long they take.
 */
import type { Put } from "./put.ts";

/**
 * A browser opens six connections to a host that speaks HTTP/1.1. With four of them under parts, the API's short
 * questions, without which no part goes on, never wait behind 8 MB of somebody's holiday.
 */
export const MOST_PUTS = 4;
/** Before anything was measured. */
const FIRST_PUTS = 2;
/** What a pause may cost: about so much of sending, unless a single part takes longer. */
const LOST_AT_MOST_MS = 6_000;

/** Parts that are less than this share of the largest say nothing of the line: they are over before it is full. */
const TELLING_SHARE = 0.25;

/** How many PUTs fit, when one of `together` that were on the way at once has taken `took_ms`. */
export function lanesFor(took_ms: number, together: number): number {
  const alone_ms = took_ms / together;
  return Math.max(1, Math.min(MOST_PUTS, Math.floor(LOST_AT_MOST_MS / Math.max(1, alone_ms))));
}

/** Returns `put` with only so many at once; the others wait in the order in which they came. `now` is in ms. */
export function inLanes(put: Put, now: () => number = () => performance.now()): Put {
  let lanes = FIRST_PUTS;
  let taken = 0;
  let largest_bytes = 0;
  const waiting: (() => void)[] = [];
  const admit = (): void => {
    while (taken < lanes && waiting.length > 0) waiting.shift()?.();
  };
  const lane = (signal: AbortSignal): Promise<void> =>
    new Promise((resolve, reject) => {
      const enter = (): void => {
        signal.removeEventListener("abort", leave);
        taken += 1;
        resolve();
      };
      const leave = (): void => {
        waiting.splice(waiting.indexOf(enter), 1);
        reject(signal.reason);
      };
      if (signal.aborted) return reject(signal.reason);
      signal.addEventListener("abort", leave, { once: true });
      waiting.push(enter);
      admit();
    });
  return async (target, bytes, options) => {
    largest_bytes = Math.max(largest_bytes, bytes.size);
    await lane(options.signal);
    const began_ms = now();
    const together = taken;
    try {
      await put(target, bytes, options);
      if (bytes.size < TELLING_SHARE * largest_bytes) return;
      // As long as the largest part would have taken: a few small files do not open the lanes to large ones.
      const scale = bytes.size > 0 ? largest_bytes / bytes.size : 1;
      lanes = lanesFor((now() - began_ms) * scale, Math.max(together, taken));
    } finally {
      taken -= 1;
      admit();
    }
  };
}
