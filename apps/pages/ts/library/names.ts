/** How many titles a question about many videos names before it only counts. */
const NAMED = 5;

/** Returns the titles to name and how many are left over: never "and 1 more", which takes the room of the one. */
export function namesOf(titles: readonly string[]): { readonly named: readonly string[]; readonly more: number } {
  if (titles.length <= NAMED + 1) return { named: titles, more: 0 };
  return { named: titles.slice(0, NAMED), more: titles.length - NAMED };
}
