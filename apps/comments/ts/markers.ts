/** The marks of a conversation on the player's timeline: seen, hovered, clicked, and walked by arrow keys. */
import type { Texts } from "../../core/ts/texts.ts";
import { formatTimestamp } from "../../videos/ts/timestamps.ts";
import { type Mark, marksOf } from "./marker-places.ts";
import type { Thread } from "./threads.ts";
import { cloneTemplate } from "./thread-view.ts";

export interface Markers {
  update(threads: readonly Thread[]): void;
  undo(): void;
}

export interface MarkersOptions {
  durationMs(): number | null;
  /** The person chose a mark. */
  onChoose(mark: Mark): void;
  readonly texts: Texts;
}

// Keys that are a mark's own while it has the focus; the player's hotkeys must not hear them.
const OWN_KEYS = new Set(["ArrowLeft", "ArrowRight", "Home", "End", "Enter", " "]);

/** Fills `host`, a group that lies over the timeline. One tab stop; arrows go from mark to mark. */
export function mountMarkers(host: HTMLElement, options: MarkersOptions): Markers {
  let threads: readonly Thread[] = [];
  const buttons: HTMLButtonElement[] = [];
  let marks: readonly Mark[] = [];

  function show(): void {
    marks = marksOf(threads, options.durationMs() ?? 0, host.parentElement!.clientWidth);
    while (buttons.length > marks.length) buttons.pop()!.remove();
    marks.forEach((mark, index) => {
      let button = buttons[index];
      if (!button) {
        button = cloneTemplate("marker-template") as HTMLButtonElement;
        button.tabIndex = index === 0 ? 0 : -1;
        buttons.push(button);
        host.append(button);
      }
      const { first } = mark.threads[0]!;
      const time = formatTimestamp(mark.timestampMs);
      const count = mark.threads.length;
      button.style.insetInlineStart = `${mark.at * 100}%`;
      button.style.setProperty("--at", String(mark.at));
      button.setAttribute(
        "aria-label",
        count > 1
          ? options.texts("marker_many", { count, time })
          : options.texts("marker", { name: first.author.name, time }),
      );
      button.toggleAttribute("data-many", count > 1);
    });
    if (buttons.length > 0 && !buttons.some((button) => button.tabIndex === 0)) buttons[0]!.tabIndex = 0;
    host.hidden = marks.length === 0;
  }

  /** Fills the mark's small card, when it is about to be seen and not before: the words stand in the list already. */
  function fillTip(event: Event): void {
    const at = buttons.findIndex((button) => button.contains(event.target as Node));
    const mark = marks[at];
    if (!mark) return;
    const find = (selector: string): Element => buttons[at]!.querySelector(selector)!;
    const { first } = mark.threads[0]!;
    const count = mark.threads.length;
    find("[data-marker-time]").textContent = formatTimestamp(mark.timestampMs);
    find("[data-marker-author]").textContent = first.author.name;
    find("[data-marker-body]").textContent = first.body;
    find("[data-marker-more]").textContent = count > 1 ? options.texts("marker_more", { count: count - 1 }) : "";
  }

  function moveFocus(to: number): void {
    const target = buttons[Math.min(Math.max(to, 0), buttons.length - 1)];
    for (const button of buttons) button.tabIndex = button === target ? 0 : -1;
    target?.focus();
  }

  const onKey = (event: KeyboardEvent): void => {
    if (!OWN_KEYS.has(event.key)) return;
    event.stopPropagation();
    const at = buttons.indexOf(event.target as HTMLButtonElement);
    const steps: Record<string, number> = { ArrowLeft: at - 1, ArrowRight: at + 1, Home: 0, End: buttons.length - 1 };
    const to = steps[event.key];
    if (to === undefined) return;
    event.preventDefault();
    moveFocus(to);
  };
  const onClick = (event: Event): void => {
    const at = buttons.findIndex((button) => button.contains(event.target as Node));
    const mark = marks[at];
    if (!mark) return;
    event.stopPropagation(); // else the player's own gesture pauses it
    for (const button of buttons) button.tabIndex = button === buttons[at] ? 0 : -1;
    options.onChoose(mark);
  };

  const resized = new ResizeObserver(show);
  resized.observe(host.parentElement!);
  host.addEventListener("keydown", onKey);
  host.addEventListener("keyup", stopOwnKeys);
  host.addEventListener("click", onClick);
  host.addEventListener("pointerover", fillTip);
  host.addEventListener("focusin", fillTip);

  return {
    update(next) {
      threads = next;
      show();
    },
    undo() {
      resized.disconnect();
      host.removeEventListener("keydown", onKey);
      host.removeEventListener("keyup", stopOwnKeys);
      host.removeEventListener("click", onClick);
      host.removeEventListener("pointerover", fillTip);
      host.removeEventListener("focusin", fillTip);
      host.replaceChildren();
    },
  };
}

function stopOwnKeys(event: KeyboardEvent): void {
  if (OWN_KEYS.has(event.key)) event.stopPropagation();
}
