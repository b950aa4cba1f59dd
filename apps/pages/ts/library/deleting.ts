/** Delete, for one video or several: one question, then one request after the other, and an honest word about what stayed. */
import { ApiError, type Api } from "../../../core/ts/api.ts";
import { failureSentence } from "../../../core/ts/failure.ts";
import type { Texts } from "../../../core/ts/texts.ts";
import { videoPath } from "../../../videos/ts/api-paths.ts";
import { namesOf } from "./names.ts";

/** What came of deleting several: which are gone, which stayed, and why the last of those did. */
export interface Outcome<Item> {
  readonly gone: readonly Item[];
  readonly stayed: readonly Item[];
  readonly reason: unknown;
}

/**
 * Deletes each item in turn. What somebody else deleted first is gone as well. Without a connection the rest is not
 * tried: each would wait for nothing.
 */
export async function deleteEach<Item>(items: readonly Item[], remove: (item: Item) => Promise<void>): Promise<Outcome<Item>> {
  const gone: Item[] = [];
  const stayed: Item[] = [];
  let reason: unknown = null;
  for (const [at, item] of items.entries()) {
    try {
      await remove(item);
      gone.push(item);
    } catch (error) {
      if (error instanceof ApiError && error.status === 404) {
        gone.push(item);
        continue;
      }
      reason = error;
      stayed.push(item);
      if (error instanceof ApiError && error.status === 0) {
        stayed.push(...items.slice(at + 1));
        break;
      }
    }
  }
  return { gone, stayed, reason };
}

export interface DeletingOptions {
  readonly api: Api;
  readonly texts: Texts;
  announce(sentence: string): void;
}

export interface Deleting {
  /** Asks, and deletes these cards. `settled` hears what came of it, once the question is answered with Delete. */
  ask(cards: readonly HTMLElement[], settled?: (outcome: Outcome<HTMLElement>) => void): void;
  /** Takes the listeners away. */
  undo(): void;
}

export function mountDeleting(library: HTMLElement, { api, texts, announce }: DeletingOptions): Deleting {
  const dialog = document.querySelector<HTMLDialogElement>("[data-delete-dialog]")!;
  const confirm = dialog.querySelector<HTMLButtonElement>("[data-confirm]")!;
  const complaint = dialog.querySelector<HTMLElement>("[data-error]")!;
  let doomed: readonly HTMLElement[] = [];
  let settled: (outcome: Outcome<HTMLElement>) => void = () => {};
  let deleting = false;

  function show(cards: readonly HTMLElement[]): void {
    const count = cards.length;
    dialog.querySelector("[data-delete-title]")!.textContent = texts("delete_title", { count });
    dialog.querySelector("[data-delete-what]")!.textContent = texts("delete_what", { count });
    const { named, more } = namesOf(cards.map((card) => card.querySelector("[data-title-link]")!.textContent ?? ""));
    const lines = named.map((title) => {
      const line = document.createElement("li");
      line.dir = "auto";
      line.textContent = title;
      return line;
    });
    if (more > 0) {
      const line = document.createElement("li");
      line.className = "quiet";
      line.textContent = texts("and_more", { count: more });
      lines.push(line);
    }
    dialog.querySelector("[data-delete-names]")!.replaceChildren(...lines);
  }

  /** Takes cards off the page and puts the focus where the next thing to do is. */
  function takeOff(cards: readonly HTMLElement[]): void {
    const last = cards.at(-1);
    if (!last) return;
    const going = new Set<Element>(cards);
    const all = [...library.querySelectorAll<HTMLElement>("[data-card]")];
    const after = all.slice(all.indexOf(last) + 1).find((card) => !going.has(card));
    const before = all.slice(0, all.indexOf(cards[0]!)).reverse().find((card) => !going.has(card));
    const section = last.closest("section")!;
    for (const card of cards) card.remove();
    const neighbour = after ?? before;
    (neighbour?.querySelector<HTMLElement>("[data-title-link]") ?? section.querySelector("h2"))?.focus();
    library.dispatchEvent(new Event("cards-removed"));
    if (!library.querySelector("[data-card]")) {
      // More may wait behind "Show more": what is there is found out by asking.
      if (library.querySelector("[data-more]")) location.reload();
      else library.querySelector<HTMLElement>("[data-empty]")!.hidden = false;
    }
  }

  async function remove(): Promise<void> {
    if (deleting) return;
    deleting = true;
    complaint.hidden = true;
    dialog.setAttribute("aria-busy", "true");
    const outcome = await deleteEach(doomed, async (card) => {
      await api.ask(videoPath(card.dataset["videoId"]!), { method: "DELETE" });
    });
    dialog.removeAttribute("aria-busy");
    deleting = false;
    doomed = outcome.stayed;
    const isDone = outcome.stayed.length === 0;
    if (isDone) dialog.close(); // first: it gives the focus back to where it was
    takeOff(outcome.gone);
    settled(outcome);
    if (!isDone) {
      const sentence = failureSentence(outcome.reason, texts);
      complaint.textContent =
        outcome.gone.length + outcome.stayed.length === 1
          ? sentence
          : texts("stayed", { count: outcome.stayed.length, reason: sentence });
      complaint.hidden = false;
      show(outcome.stayed);
      return;
    }
    announce(texts("in_trash", { count: outcome.gone.length }));
  }

  const onConfirm = (): void => void remove();
  confirm.addEventListener("click", onConfirm);
  return {
    ask(cards, hear = () => {}) {
      if (cards.length === 0 || deleting) return;
      doomed = cards;
      settled = hear;
      complaint.hidden = true;
      show(cards);
      dialog.showModal();
    },
    undo: () => confirm.removeEventListener("click", onConfirm),
  };
}
