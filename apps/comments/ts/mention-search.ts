/** Naming a colleague in a text by "@" and a piece of the name: a pure core without DOM. */

export interface Colleague {
  readonly id: string;
  readonly name: string;
}

/** What is being typed after an "@" right before the caret. */
export interface Query {
  /** Where the "@" stands. */
  readonly from: number;
  readonly text: string;
}

const LONGEST = 40; // of a piece of a name; longer is a sentence that happens to have an "@" before it

/**
 * Returns what is searched when the caret stands at `caret`: from the last "@" at the beginning of a word on, within
 * the line. Null where none is, as in an address of mail.
 */
export function queryAt(text: string, caret: number): Query | null {
  const before = text.slice(0, caret);
  const from = before.lastIndexOf("@");
  if (from < 0 || /[\p{L}\p{N}_.]$/u.test(before.slice(0, from))) return null;
  const typed = before.slice(from + 1);
  return typed.length > LONGEST || /[\n@]|^\s|\s{2}/.test(typed) ? null : { from, text: typed };
}

/** Returns at most `most` of the colleagues one of whose words begins with the query; first names before others. */
export function matching(people: readonly Colleague[], query: string, most = 6): Colleague[] {
  const wanted = plain(query);
  const begins = people.filter(({ name }) => plain(name).startsWith(wanted));
  const within = people.filter(({ name }) => !begins.some((found) => found.name === name) && plain(name).includes(` ${wanted}`));
  return [...begins, ...within].slice(0, most);
}

function plain(text: string): string {
  return text.normalize("NFD").replace(/\p{M}/gu, "").toLocaleLowerCase();
}

/** Returns the text with the query replaced by the name, and where the caret stands then. */
export function inserted(text: string, caret: number, query: Query, name: string): { text: string; caret: number } {
  const before = `${text.slice(0, query.from)}@${name} `;
  return { text: before + text.slice(caret).replace(/^ /, ""), caret: before.length };
}

/** Returns those of the chosen whose name still stands in the text. */
export function stillNamed(chosen: readonly Colleague[], text: string): Colleague[] {
  return chosen.filter(({ name }) => text.includes(`@${name}`));
}
