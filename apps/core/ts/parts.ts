/** The parts of a page that a script writes into: [data-part], whatever page it is. */

/** Returns the element [data-part=`name`] in `root`. Throws when the page has none. */
export function partOf<T extends HTMLElement = HTMLElement>(root: ParentNode, name: string): T {
  const element = root.querySelector<T>(`[data-part="${name}"]`);
  if (!element) throw new Error(`The page has no part named ${name}`);
  return element;
}

/** Text that stays the same is left alone, or a screen reader would say it again. */
export function setText(element: HTMLElement, text: string): void {
  if (element.textContent !== text) element.textContent = text;
}
