/** Times in a video: from the words people type and put into links, and back. Whole milliseconds everywhere. */

const CLOCK = /^(?:(\d{1,3}):)?(\d{1,3}):(\d{1,2})(?:\.(\d{1,3}))?$/;
const UNITS = /^(?:(\d{1,3})h)?(?:(\d{1,4})m)?(?:(\d{1,6})(?:\.(\d{1,3}))?s?)?$/i;

/**
 * Returns the milliseconds that `text` means: `80`, `80s`, `1m20s`, `1h2m3s`, `1:20`, `1:02:03`, `80.5`.
 * Null for anything else, the empty text among it.
 */
export function parseTimestamp(text: string): number | null {
  const trimmed = text.trim();
  const clock = CLOCK.exec(trimmed);
  if (clock) {
    // After a colon there are no more than 59 seconds, and no more than 59 minutes when hours stand before them.
    if (Number(clock[3]) > 59 || (clock[1] !== undefined && Number(clock[2]) > 59)) return null;
    return total(clock);
  }
  const units = UNITS.exec(trimmed);
  return units && trimmed !== "" ? total(units) : null;
}

function total([, hours, minutes, seconds, fraction]: RegExpExecArray): number {
  const whole = Number(hours ?? 0) * 3600 + Number(minutes ?? 0) * 60 + Number(seconds ?? 0);
  return whole * 1000 + Number((fraction ?? "").padEnd(3, "0"));
}

/** Returns `ms` as people read it on a clock: "0:42", "12:05", "1:02:03". Parts of a second are cut off. */
export function formatTimestamp(ms: number): string {
  const seconds = Math.floor(Math.max(0, ms) / 1000);
  const two = (value: number): string => String(value).padStart(2, "0");
  const hours = Math.floor(seconds / 3600);
  const minutes = Math.floor(seconds / 60) % 60;
  const clock = `${hours > 0 ? two(minutes) : minutes}:${two(seconds % 60)}`;
  return hours > 0 ? `${hours}:${clock}` : clock;
}

/** Returns where the address asks to start (`?t=`), null where it asks nothing that we understand. */
export function startFromAddress(search: string): number | null {
  const asked = new URLSearchParams(search).get("t");
  return asked === null ? null : parseTimestamp(asked);
}
