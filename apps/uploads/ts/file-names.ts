/** What the server is told of a file's name, and the title that follows from it. Pure. */

/** The longest name that the server keeps, and the longest title. */
const LONGEST_NAME = 255;
const LONGEST_TITLE = 200;

/** Overrides of writing direction and controls, which let one name look like another; the server takes them out, too. */
const DECEIVING = /[\u0000-\u001f\u007f\u202a-\u202e]/gu;

/** The name in at most 255 characters, its ending kept; half characters, which JSON cannot carry, become "�". */
export function nameToSend(name: string): string {
  const characters = [...whole(name)];
  if (characters.length <= LONGEST_NAME) return characters.join("");
  const { ending } = stemAndEnding(characters.join(""));
  const kept = ending.length <= 10 ? [...ending] : [];
  return [...characters.slice(0, LONGEST_NAME - kept.length), ...kept].join("");
}

/** The name without its ending, to be the video's title; "" where nothing of it can be read. */
export function titleFrom(name: string): string {
  const { stem } = stemAndEnding(whole(name).replace(DECEIVING, ""));
  const title = [...stem.replace(/\s+/gu, " ").trim()].slice(0, LONGEST_TITLE).join("").trim();
  return /[^\p{C}\p{Z}\p{M}]/u.test(title) ? title : "";
}

const whole = (name: string): string => name.replace(/\p{Surrogate}/gu, "\ufffd");

/** "talk.de.vtt" is "talk.de" and ".vtt". A name that only begins with a dot has no ending. */
export function stemAndEnding(name: string): { stem: string; ending: string } {
  const dot = name.lastIndexOf(".");
  return dot > 0 ? { stem: name.slice(0, dot), ending: name.slice(dot) } : { stem: name, ending: "" };
}
