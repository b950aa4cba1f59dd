/** What stands in a person's disc while there is no picture. */

/** Returns the first sign of the name that is seen, not a mark of its direction; "" where there is none. */
export function initialOf(name: string): string {
  return /[^\p{C}\p{Z}\p{M}]/u.exec(name)?.[0].toLocaleUpperCase() ?? "";
}
