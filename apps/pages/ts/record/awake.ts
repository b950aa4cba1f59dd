/** Keeps the screen from going dark while something is recorded or uploaded, where the browser can. */
import type { RecordSession } from "./session.ts";

const AWAKE: readonly string[] = ["countdown", "recording", "paused", "stopping", "finishing"];

export interface Awake {
  /** Takes or gives back the lock as the state wants. */
  render(session: RecordSession): void;
  close(): void;
}

export function makeAwake(): Awake {
  let isWanted = false;
  let lock: WakeLockSentinel | null = null;
  let isAsking = false;
  const settle = async (): Promise<void> => {
    if (!isWanted) {
      void lock?.release();
      lock = null;
      return;
    }
    // A hidden tab gets none; the browser takes it back whenever the tab is hidden.
    if (isAsking || document.hidden || (lock && !lock.released) || !("wakeLock" in navigator)) return;
    isAsking = true;
    try {
      lock = await navigator.wakeLock.request("screen");
    } catch {
      // Refused: low battery, or hidden meanwhile. The recording goes on all the same.
    } finally {
      isAsking = false;
    }
    if (!isWanted) void settle();
  };
  const onVisible = (): void => void settle();
  document.addEventListener("visibilitychange", onVisible);
  return {
    render({ state }) {
      const wants = AWAKE.includes(state.name);
      if (wants === isWanted) return;
      isWanted = wants;
      void settle();
    },
    close() {
      document.removeEventListener("visibilitychange", onVisible);
      isWanted = false;
      void settle();
    },
  };
}
