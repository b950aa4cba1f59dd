/** When something was said, in few words: the time today, the day this year, the date before that. */

/** Returns "14:05", "3 Nov, 14:05" or "3 Nov 2024" in `language`'s way, in the browser's zone. */
export function formatWhen(date: Date, now: Date, language: string): string {
  const sameYear = date.getFullYear() === now.getFullYear();
  const today = sameYear && date.getMonth() === now.getMonth() && date.getDate() === now.getDate();
  const day: Intl.DateTimeFormatOptions = { day: "numeric", month: "short" };
  const clock: Intl.DateTimeFormatOptions = { hour: "2-digit", minute: "2-digit" };
  const options = today ? clock : sameYear ? { ...day, ...clock } : { ...day, year: "numeric" as const };
  return new Intl.DateTimeFormat(language || undefined, options).format(date);
}
