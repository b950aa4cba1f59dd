/**
 * When a link ends, as its author says it: after a while, or at a date and a time of their own clock.
 *
 * The server keeps a moment (ISO 8601, UTC); the field shows the browser's local time to the minute. A night on which
 * the clocks are set back has an hour twice: what was not touched is never sent, so it is not moved to the other one.
 */

export type Expiry = "never" | "day" | "week" | "month" | "date";

const DAYS: Readonly<Partial<Record<Expiry, number>>> = { day: 1, week: 7, month: 30 };

/** Returns the moment as a datetime-local field shows it, "" for none. */
export function toField(moment: string | null): string {
  if (moment === null) return "";
  const date = new Date(moment);
  const two = (value: number): string => String(value).padStart(2, "0");
  const day = `${String(date.getFullYear()).padStart(4, "0")}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
  return `${day}T${two(date.getHours())}:${two(date.getMinutes())}`;
}

/** Returns the moment that a datetime-local field means, null where it is empty or no date. */
export function fromField(text: string): string | null {
  const date = new Date(text);
  return text === "" || Number.isNaN(date.getTime()) ? null : date.toISOString();
}

/** Returns the moment so many days from now, at the same time on the clock whatever happens to the clocks meanwhile. */
export function momentAfter(expiry: Expiry, now: Date): string | null {
  const days = DAYS[expiry];
  if (days === undefined) return null;
  const moment = new Date(now);
  moment.setSeconds(0, 0);
  moment.setDate(moment.getDate() + days);
  return moment.toISOString();
}
