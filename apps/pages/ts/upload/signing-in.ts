/** Waits for a session that has ended to begin again, in another tab. */
import { ApiError } from "../../../core/ts/api.ts";

/** How often is asked while nobody comes back to this tab: somebody may sign in on a second screen. */
const ASKS_EVERY_MS = 15_000;

/**
 * Calls `onBack` once `probe`, a question that only a signed-in person gets an answer to, succeeds: asked whenever
 * somebody comes back to this tab, and now and then. Returns an undo.
 */
export function waitForSignIn(probe: () => Promise<unknown>, onBack: () => void): () => void {
  let ended = false;
  const end = (): void => {
    ended = true;
    clearInterval(timer);
    window.removeEventListener("focus", ask);
    document.removeEventListener("visibilitychange", ask);
  };
  const ask = (): void => {
    if (document.visibilityState !== "visible") return;
    probe().then(
      () => {
        if (ended) return;
        end();
        onBack();
      },
      (error: unknown) => {
        if (!(error instanceof ApiError)) throw error;
      },
    );
  };
  const timer = setInterval(ask, ASKS_EVERY_MS);
  window.addEventListener("focus", ask);
  document.addEventListener("visibilitychange", ask);
  return end;
}
