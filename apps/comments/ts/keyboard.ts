/**
 * The room that is left while a phone's keyboard is open, as custom properties on the page's root, in px:
 *
 *     --keyboard   how much of the page the keyboard covers at the bottom
 *     --seen-top   how far what is seen has been pushed down: what sticks to the top has to follow
 *     --foot       how high the box at the foot is, so that the video takes what is left
 *
 * Chrome on Android makes the page itself smaller (interactive-widget in the viewport's meta), and the first two stay
 * 0. Safari on phones lays the keyboard over the page and tells it by the visual viewport alone.
 */

/** Keeps the properties true; `foot` is the box at the foot, null where there is none. Returns an undo. */
export function mountKeyboardRoom(foot: HTMLElement | null): () => void {
  const page = document.documentElement;
  const seen = window.visualViewport;
  const set = (name: string, px: number): void => page.style.setProperty(name, `${px}px`);
  const show = (): void => {
    if (!seen) return;
    set("--keyboard", coveredPx(window.innerHeight, seen.height, seen.offsetTop, seen.scale));
    set("--seen-top", pushedPx(seen.offsetTop, seen.scale));
    // An answer or an edit is written further up in the page: what the keyboard has covered comes back into sight.
    const writing = document.activeElement?.closest<HTMLElement>("[data-reply-box], [data-edit-box]");
    writing?.scrollIntoView({ block: "nearest" });
  };
  const measured = new ResizeObserver(() => set("--foot", foot?.offsetHeight ?? 0));
  if (foot) measured.observe(foot);
  seen?.addEventListener("resize", show);
  seen?.addEventListener("scroll", show);
  show();
  return () => {
    measured.disconnect();
    seen?.removeEventListener("resize", show);
    seen?.removeEventListener("scroll", show);
    for (const name of ["--keyboard", "--seen-top", "--foot"]) page.style.removeProperty(name);
  };
}

/** Returns the covered px below what is seen. A page that is zoomed in by hand (`scale`) has nothing covered. */
export function coveredPx(pageHeight: number, seenHeight: number, seenTop: number, scale: number): number {
  return scale > 1.01 ? 0 : Math.max(0, Math.round(pageHeight - seenHeight - seenTop));
}

/** Returns how far what is seen was pushed down, 0 in a page that is zoomed in by hand. */
export function pushedPx(seenTop: number, scale: number): number {
  return scale > 1.01 ? 0 : Math.max(0, Math.round(seenTop));
}
