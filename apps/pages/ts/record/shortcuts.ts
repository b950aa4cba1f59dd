/** Keys of the recorder. Pure: which event a key asks for, if any. */
import type { Event, State } from "../../../videos/ts/recorder/state.ts";

export interface Key {
  key: string;
  /** With Ctrl, Alt or Meta it is the browser's or the system's. */
  has_modifier: boolean;
  /** Held down. */
  is_repeat: boolean;
  /** Where the key was pressed: in a field it is text, on a control the space bar presses that. */
  at: "field" | "control" | "page";
  /** Whether the person has left single keys on. */
  are_on: boolean;
}

export function eventFor({ key, has_modifier, is_repeat, at, are_on }: Key, state: State): Event | null {
  if (has_modifier || is_repeat || at === "field") return null;
  if (key === "Escape") return state.name === "countdown" ? { type: "discard" } : null;
  if (!are_on) return null;
  const isPause = key.toLowerCase() === "p" || (key === " " && at === "page");
  if (!isPause) return null;
  if (state.name === "recording") return { type: "pause" };
  return state.name === "paused" ? { type: "resume" } : null;
}

const FIELDS = "textarea, select, [contenteditable], input:not([type=checkbox], [type=radio], [type=range], [type=button])";
const CONTROLS = "button, a, summary, input, video, [tabindex]:not([tabindex='-1'])";

/** Calls `send` with what a key asks for. Returns an undo. */
export function mountShortcuts(
  page: Document,
  { state, are_on, send }: { state: () => State; are_on: () => boolean; send: (event: Event) => void },
): () => void {
  const onKey = (event: KeyboardEvent): void => {
    if (event.defaultPrevented || page.querySelector("dialog[open], :popover-open")) return;
    const target = event.target as Element;
    const asked = eventFor(
      {
        key: event.key,
        has_modifier: event.ctrlKey || event.altKey || event.metaKey,
        is_repeat: event.repeat,
        at: target.matches(FIELDS) ? "field" : target.closest(CONTROLS) ? "control" : "page",
        are_on: are_on(),
      },
      state(),
    );
    if (!asked) return;
    event.preventDefault(); // The space bar would scroll the page.
    send(asked);
  };
  page.addEventListener("keydown", onKey);
  return () => page.removeEventListener("keydown", onKey);
}
