/**
 * The threads on the page: as many as stand in the window (list-window.ts), each in a view that is kept, so that an
 * open box or an unfolded thread is there again when one comes back to it.
 */
import type { Texts } from "../../core/ts/texts.ts";
import { type Window, around, firstWindow, fitted, widened } from "./list-window.ts";
import type { Thread } from "./threads.ts";
import { type Rights, type ThreadView, makeThreadView } from "./thread-view.ts";

export interface ThreadList {
  /** Shows these threads, in this order. */
  update(threads: readonly Thread[], rights: Rights): void;
  /** Brings the thread into the page and the comment out from under what hides it. */
  uncover(threadId: string, commentId: string): void;
  /** Returns the view of a thread that was shown once, null for others. */
  view(threadId: string): ThreadView | null;
  /** Marks the thread whose moment the video shows; null for none. */
  highlight(threadId: string | null): void;
  undo(): void;
}

export interface ThreadListOptions {
  readonly texts: Texts;
  /** A thread has come into the page. */
  onShown(threadId: string): void;
}

export function mountThreadList(root: HTMLElement, options: ThreadListOptions): ThreadList {
  const find = (selector: string): HTMLElement => root.querySelector<HTMLElement>(selector)!;
  const [list, earlier, later] = [find("[data-threads]"), find("[data-earlier]"), find("[data-later]")];
  const views = new Map<string, ThreadView>();
  let threads: readonly Thread[] = [];
  let rights: Rights = { canComment: false, isMember: false, canReact: false };
  let window: Window = firstWindow(0);
  let current: string | null = null;

  function show(): void {
    window = fitted(window, threads.length);
    const standing = threads.slice(window.from, window.to);
    const kept = new Set(standing.map((thread) => thread.id));
    for (const element of [...list.children] as HTMLElement[]) {
      if (!kept.has(element.dataset["thread"]!)) element.remove();
    }
    standing.forEach((thread, index) => {
      let view = views.get(thread.id);
      if (!view) {
        view = makeThreadView(thread.id, options.texts);
        views.set(thread.id, view);
      }
      view.update(thread, rights);
      const isNew = !view.element.isConnected;
      if (list.children[index] !== view.element) list.insertBefore(view.element, list.children[index] ?? null);
      view.element.toggleAttribute("data-now", thread.id === current);
      if (isNew) options.onShown(thread.id);
    });
    list.hidden = standing.length === 0;
    earlier.hidden = window.from === 0;
    later.hidden = window.to === threads.length;
  }

  function widen(side: "before" | "after"): void {
    const below = list.getBoundingClientRect().bottom;
    window = widened(window, threads.length, side);
    show();
    // What one is reading stays where it is, also where the browser does not see to that itself.
    const scroller = list.parentElement!;
    if (side === "before" && !CSS.supports("overflow-anchor: auto")) {
      scroller.scrollTop += list.getBoundingClientRect().bottom - below;
    }
  }

  const onEarlier = (): void => widen("before");
  const onLater = (): void => widen("after");
  // Whoever scrolls there gets more without asking; by keyboard the button does the same.
  const seen = new IntersectionObserver((entries) => {
    for (const { isIntersecting, target } of entries) if (isIntersecting && target === later) onLater();
  });
  seen.observe(later);
  earlier.addEventListener("click", onEarlier);
  later.addEventListener("click", onLater);

  return {
    update(next, allowed) {
      threads = next;
      rights = allowed;
      const known = new Set(threads.map((thread) => thread.id));
      for (const id of views.keys()) if (!known.has(id)) views.delete(id);
      show();
    },
    uncover(threadId, commentId) {
      const index = threads.findIndex((thread) => thread.id === threadId);
      if (index < 0) return;
      window = around(window, threads.length, index);
      show();
      views.get(threadId)!.uncover(commentId);
    },
    view: (threadId) => views.get(threadId) ?? null,
    highlight(threadId) {
      if (threadId === current) return;
      current = threadId;
      for (const [id, view] of views) view.element.toggleAttribute("data-now", id === current);
    },
    undo() {
      seen.disconnect();
      earlier.removeEventListener("click", onEarlier);
      later.removeEventListener("click", onLater);
      list.replaceChildren();
    },
  };
}
