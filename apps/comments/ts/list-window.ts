/** Which part of a long list stands in the page: a pure core. Lists of thousands would take seconds to lay out. */

/** From the first index on, up to and without the last. */
export interface Window {
  readonly from: number;
  readonly to: number;
}

/** How many threads stand in the page at once at first, and how many come with each look beyond. */
export const STEP = 60;

/** Returns the window over `count` things that a reader sees first. */
export function firstWindow(count: number): Window {
  return { from: 0, to: Math.min(count, STEP) };
}

/** Returns the window kept in a list that has now `count` things. */
export function fitted(window: Window, count: number): Window {
  const to = Math.min(count, Math.max(window.to, Math.min(count, STEP)));
  return { from: Math.min(window.from, Math.max(0, to - 1)), to };
}

/** Returns the window with a step more before or after it. */
export function widened(window: Window, count: number, side: "before" | "after"): Window {
  return side === "before"
    ? { from: Math.max(0, window.from - STEP), to: window.to }
    : { from: window.from, to: Math.min(count, window.to + STEP) };
}

/** Returns a window in which `index` stands: the same where it does, else one around it. */
export function around(window: Window, count: number, index: number): Window {
  if (index >= window.from && index < window.to) return window;
  const from = Math.max(0, index - STEP / 2);
  return { from, to: Math.min(count, from + STEP) };
}
