/**
 * When another try can help, and how long to wait before it.
 *
 * A list of delays and one predicate decide. The last delay repeats: a recording that cannot go up waits for the
 * network as long as its tab lives, because giving up would lose what was said.
 */
import { ApiError } from "../../core/ts/api.ts";
import { StoreError } from "./errors.ts";

/** Waits between tries, in ms. Half a second hides a hiccup; 30 s is kind to a server that is coming back. */
export const RETRY_DELAYS_MS: readonly number[] = [500, 1_000, 2_000, 5_000, 10_000, 30_000];

/** Each wait is moved by up to this share either way, so that many tabs do not come back in the same instant. */
const JITTER = 0.25;

/**
 * - `transient`: nobody is at fault; try for as long as it takes.
 * - `doubtful`: the store refused the bytes; a fresh address may cure it (expired, torn on the way), so try a few times.
 * - `final`: the answer will stay the same.
 */
export type Verdict = "transient" | "doubtful" | "final";

const TRANSIENT_STATUSES: ReadonlySet<number> = new Set([0, 408, 425, 429]);

export function judge(error: unknown): Verdict {
  if (!(error instanceof ApiError) && !(error instanceof StoreError)) return "final";
  if (TRANSIENT_STATUSES.has(error.status) || error.status >= 500) return "transient";
  if (error instanceof StoreError || error.code === "part_mismatch") return "doubtful";
  return "final";
}

/**
 * The wait before try number `tries + 1`, in ms. `random` gives 0 to 1.
 * A server that names a wait (`Retry-After`) is never asked sooner.
 */
export function delayBefore(tries: number, error: unknown, random: () => number): number {
  const last = RETRY_DELAYS_MS.length - 1;
  const base = RETRY_DELAYS_MS[Math.min(tries, last)] as number;
  const jittered = Math.round(base * (1 + JITTER * (2 * random() - 1)));
  const asked = error instanceof ApiError ? (error.retryAfterMs ?? 0) : 0;
  return Math.max(jittered, asked);
}

/** A pause that can be cut short: by `wake()` (the network is back) or by the signal (nobody waits any more). */
export class Waiter {
  readonly #sleeping = new Set<() => void>();

  wait(delay_ms: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const done = (): void => {
        clearTimeout(timer);
        signal.removeEventListener("abort", done);
        this.#sleeping.delete(done);
        resolve();
      };
      const timer = setTimeout(done, delay_ms);
      if (signal.aborted) return done();
      signal.addEventListener("abort", done);
      this.#sleeping.add(done);
    });
  }

  wake(): void {
    for (const done of [...this.#sleeping]) done();
  }
}

/**
 * Calls `action` until it succeeds or fails for good, and returns its result.
 * `onTrouble` hears each transient failure, and null once the trouble is over.
 */
export async function untilDone<T>(
  action: () => Promise<T>,
  { waiter, signal, random = Math.random, onTrouble = () => undefined }: {
    waiter: Pick<Waiter, "wait">;
    signal: AbortSignal;
    random?: () => number;
    onTrouble?: (error: unknown) => void;
  },
): Promise<T> {
  for (let tries = 0; ; tries += 1) {
    signal.throwIfAborted();
    try {
      const result = await action();
      if (tries > 0) onTrouble(null);
      return result;
    } catch (error) {
      signal.throwIfAborted();
      if (judge(error) !== "transient") throw error;
      onTrouble(error);
      await waiter.wait(delayBefore(tries, error, random), signal);
    }
  }
}
