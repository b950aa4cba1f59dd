/**
 * Asking again and again for what changed: often while somebody talks, seldom when it is quiet, hardly while hidden.
 *
 * One question is on its way at a time. Coming back to the tab, or back online, asks at once.
 */
import { ApiError } from "../../core/ts/api.ts";

/** Waits after 0, 1, 2 … quiet answers; the last one goes on. A minute's silence ends at three questions a minute. */
const QUIET_MS = [4000, 4000, 6000, 8000, 12_000, 20_000] as const;
const HIDDEN_MS = 120_000;
const FAILED_MS = [4000, 8000, 15_000, 30_000, 60_000] as const;

export interface PollState {
  /** Answers without news since the last one with some. */
  readonly quiet: number;
  /** Failures since the last answer. */
  readonly failures: number;
  readonly retryAfterMs: number | null;
}

export const FRESH: PollState = { quiet: 0, failures: 0, retryAfterMs: null };

export type Outcome = { readonly news: boolean } | { readonly error: unknown };

/** Returns the state after one question; null when asking again is pointless (the video or the link is gone). */
export function afterPoll(state: PollState, outcome: Outcome): PollState | null {
  if ("error" in outcome) {
    const { error } = outcome;
    if (error instanceof ApiError && !error.mayPass) return null;
    return {
      ...state,
      failures: state.failures + 1,
      retryAfterMs: error instanceof ApiError ? error.retryAfterMs : null,
    };
  }
  return { quiet: outcome.news ? 0 : state.quiet + 1, failures: 0, retryAfterMs: null };
}

/** Returns the milliseconds until the next question. */
export function pollDelayMs(state: PollState, hidden: boolean): number {
  const waits = state.failures > 0 ? FAILED_MS : QUIET_MS;
  const step = state.failures > 0 ? state.failures - 1 : state.quiet;
  const wait = waits[Math.min(step, waits.length - 1)]!;
  return Math.max(hidden ? HIDDEN_MS : wait, state.retryAfterMs ?? 0);
}

/**
 * Calls `ask` (true: there was news) by these rules until undone or until asking became pointless (`onGone`).
 * The first question is asked at once.
 */
export function mountPolling(ask: (signal: AbortSignal) => Promise<boolean>, onGone: (error: unknown) => void): () => void {
  const stop = new AbortController();
  let state: PollState = FRESH;
  let timer = 0;
  let asking = false;

  async function question(): Promise<void> {
    if (asking || stop.signal.aborted) return;
    asking = true;
    clearTimeout(timer);
    let outcome: Outcome;
    try {
      outcome = { news: await ask(stop.signal) };
    } catch (error) {
      outcome = { error };
    }
    asking = false;
    if (stop.signal.aborted) return;
    const next = afterPoll(state, outcome);
    if (next === null) {
      undo();
      onGone((outcome as { error: unknown }).error);
      return;
    }
    state = next;
    schedule();
  }

  function schedule(): void {
    clearTimeout(timer);
    timer = window.setTimeout(() => void question(), pollDelayMs(state, document.hidden));
  }

  const onVisibility = (): void => (document.hidden ? schedule() : void question());
  const onOnline = (): void => void question();

  function undo(): void {
    stop.abort();
    clearTimeout(timer);
    document.removeEventListener("visibilitychange", onVisibility);
    window.removeEventListener("online", onOnline);
  }

  document.addEventListener("visibilitychange", onVisibility);
  window.addEventListener("online", onOnline);
  void question();
  return undo;
}
