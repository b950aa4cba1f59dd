/**
 * How fast an upload goes, and how long it still takes. Pure, and calm on purpose.
 *
 * Bytes arrive in bursts: a part of 8 MB is there at once, then nothing is for a while. So the speed is that of the last
 * twenty seconds, nothing is said in the first three, and the time left is told in steps as people say them.
 */

/** How long back the speed is measured. */
const WINDOW_MS = 20_000;
/** Before that, a speed is a guess. */
const FIRST_WORD_MS = 3_000;
/** What is kept of the window: one sample in this time is enough. */
const SAMPLE_MS = 500;

interface Sample {
  readonly at_ms: number;
  readonly sent_bytes: number;
}

/** What was measured, oldest first. Begin with [] whenever sending begins. */
export type Speed = readonly Sample[];

/**
 * Returns the measurement with another sample. Fewer bytes than before (a part has to be sent again) begin it anew,
 * and so does a pause that is longer than the window: what happened before it tells nothing of now.
 */
export function measured(speed: Speed, at_ms: number, sent_bytes: number): Speed {
  const sample = { at_ms, sent_bytes };
  const last = speed.at(-1);
  if (!last || sent_bytes < last.sent_bytes || at_ms - last.at_ms > WINDOW_MS) return [sample];
  const kept = speed.filter((old) => at_ms - old.at_ms <= WINDOW_MS);
  const before = kept.at(-2);
  // The newest sample moves along until it is far enough from the one before it.
  return before && last.at_ms - before.at_ms < SAMPLE_MS ? [...kept.slice(0, -1), sample] : [...kept, sample];
}

/** Bytes a second, null while nobody can say. */
export function bytesPerSecond(speed: Speed): number | null {
  const first = speed[0];
  const last = speed.at(-1);
  if (!first || !last || last.at_ms - first.at_ms < FIRST_WORD_MS) return null;
  const bytes_per_s = (last.sent_bytes - first.sent_bytes) / ((last.at_ms - first.at_ms) / 1000);
  return bytes_per_s > 0 ? bytes_per_s : null;
}

/** Seconds until `remaining_bytes` are sent, null while nobody can say. */
export function secondsLeft(speed: Speed, remaining_bytes: number): number | null {
  const bytes_per_s = bytesPerSecond(speed);
  return bytes_per_s === null ? null : remaining_bytes / bytes_per_s;
}

/** A length of time in the steps that people say it in. */
export type TimeLeft =
  | { unit: "moment" } // less than a minute
  | { unit: "minutes"; minutes: number }
  | { unit: "hours"; hours: number; minutes: number };

/** Whole minutes up to ten, then five at a time; above an hour quarters, above ten hours full ones. */
export function inSteps(seconds: number): TimeLeft {
  const minutes = Math.ceil(seconds / 60);
  if (seconds < 55) return { unit: "moment" };
  if (minutes <= 10) return { unit: "minutes", minutes };
  const step = minutes < 60 ? 5 : minutes < 600 ? 15 : 60;
  const rounded = Math.ceil(minutes / step) * step;
  if (rounded < 60) return { unit: "minutes", minutes: rounded };
  return { unit: "hours", hours: Math.floor(rounded / 60), minutes: rounded % 60 };
}
