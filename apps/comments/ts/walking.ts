/** N and P, which lead to the next and the previous comment from anywhere on the page but where somebody types. */

/** What of a key press matters here. */
export interface KeyPress {
  readonly key: string;
  readonly ctrlKey: boolean;
  readonly metaKey: boolean;
  readonly altKey: boolean;
  readonly defaultPrevented: boolean;
  readonly target: EventTarget | null;
}

/** Says on the buttons that take the same steps which keys do, or that none does. */
export function showWalkingKeys(root: ParentNode, areOn: boolean): void {
  for (const button of root.querySelectorAll<HTMLElement>("[data-key]")) {
    const key = button.dataset["key"]!;
    const name = button.getAttribute("aria-label") ?? "";
    button.title = areOn ? `${name} (${key})` : name;
    button.querySelector("kbd")!.hidden = !areOn;
    if (areOn) button.setAttribute("aria-keyshortcuts", key);
    else button.removeAttribute("aria-keyshortcuts");
  }
}

/** Returns whether this key press is a step through the comments. */
export function isWalkingKey(event: KeyPress): boolean {
  if (!/^[np]$/i.test(event.key) || event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return false;
  const target = event.target as Partial<Element> | null;
  return !target?.closest?.("input, textarea, select, [contenteditable], dialog, [popover]");
}
