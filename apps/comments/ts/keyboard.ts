/**
 * How much of the page the on-screen keyboard covers, as --keyboard on `root`, in px. Returns an undo.
 *
 * Chrome on Android makes the page itself smaller (interactive-widget in the viewport's meta), and this stays 0.
 * Safari on phones lays the keyboard over the page and tells it by the visual viewport alone.
 */
export function mountKeyboardInset(root: HTMLElement): () => void {
  const seen = window.visualViewport;
  if (!seen) return () => undefined;
  const show = (): void => {
    root.style.setProperty("--keyboard", `${coveredPx(window.innerHeight, seen.height, seen.offsetTop, seen.scale)}px`);
  };
  seen.addEventListener("resize", show);
  seen.addEventListener("scroll", show);
  show();
  return () => {
    seen.removeEventListener("resize", show);
    seen.removeEventListener("scroll", show);
    root.style.removeProperty("--keyboard");
  };
}

/** Returns the covered px below what is seen. A page that is zoomed in by hand (`scale`) has nothing covered. */
export function coveredPx(pageHeight: number, seenHeight: number, seenTop: number, scale: number): number {
  return scale > 1.01 ? 0 : Math.max(0, Math.round(pageHeight - seenHeight - seenTop));
}
