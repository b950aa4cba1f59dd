/** When something was said, in few words: the time today, the day this year, the date before that. */

/** Returns "14:05", "3 Nov, 14:05" or "3 Nov 2024", as the first of `languages` that is known writes it, in the browser's zone. */
export function formatWhen(date: Date, now: Date, languages: readonly string[]): string {
  const sameYear = date.getFullYear() === now.getFullYear();
  const today = sameYear && date.getMonth() === now.getMonth() && date.getDate() === now.getDate();
  const day: Intl.DateTimeFormatOptions = { day: "numeric", month: "short" };
  const clock: Intl.DateTimeFormatOptions = { hour: "numeric", minute: "2-digit" };
  const options = today ? clock : sameYear ? { ...day, ...clock } : { ...day, year: "numeric" as const };
  return new Intl.DateTimeFormat([...languages], options).format(date);
}

/** Returns the languages to write dates in: the page's, in the ways of those regions that the person prefers. */
export function dateLanguages(page: string, preferred: readonly string[]): string[] {
  return [...preferred.filter((language) => language.split("-")[0] === page.split("-")[0]), page || "en"];
}
