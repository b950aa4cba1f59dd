/**
 * The preview of a card: it moves while one points at picture or title, or has come to the title by keyboard.
 *
 * Nothing is loaded before that, and nothing at all for who prefers reduced motion or saves data.
 */

/** Crossing a card on the way to another one is no wish to see it. */
const DELAY_MS = 200;
const POINTED_AT = ".card-picture, [data-title-link]";

/** What has happened to a card, and to whom. */
export interface Wish {
  /** "mouse", "pen" or "touch"; null for the keyboard. */
  readonly pointer: string | null;
  /** Whether the browser shows the focus: it does not where it came by a click. */
  readonly focusShows: boolean;
  readonly prefersStill: boolean;
  readonly savesData: boolean;
}

/** Returns whether the preview may be loaded and shown. A finger on a card is on its way to open it. */
export function mayMove({ pointer, focusShows, prefersStill, savesData }: Wish): boolean {
  if (prefersStill || savesData) return false;
  return pointer === null ? focusShows : pointer !== "touch";
}

/** Mounts the previews of all cards, those that are added later too. Returns an undo. */
export function mountPreviews(library: HTMLElement): () => void {
  const stillness = matchMedia("(prefers-reduced-motion: reduce)");
  let shown: { readonly card: HTMLElement; image: HTMLImageElement | null } | null = null;
  let timer = 0;

  const pointedAt = (event: Event): HTMLElement | null => (event.target as Element).closest<HTMLElement>(POINTED_AT);
  const cardOf = (element: Element | null): HTMLElement | null => element?.closest<HTMLElement>("[data-card]") ?? null;
  const savesData = (): boolean => (navigator as { connection?: { saveData?: boolean } }).connection?.saveData === true;

  function stop(): void {
    clearTimeout(timer);
    shown?.image?.remove();
    shown = null;
  }

  function begin(card: HTMLElement | null, wish: Pick<Wish, "pointer" | "focusShows">): void {
    if (card === null || card === shown?.card) return;
    stop();
    const url = card.dataset["preview"];
    if (!url || !mayMove({ ...wish, prefersStill: stillness.matches, savesData: savesData() })) return;
    const showing: NonNullable<typeof shown> = { card, image: null };
    shown = showing;
    timer = window.setTimeout(() => {
      const image = new Image();
      image.className = "card-preview";
      image.alt = "";
      image.addEventListener("error", () => image.remove());
      image.src = url;
      card.querySelector("[data-poster]")!.after(image);
      showing.image = image;
    }, DELAY_MS);
  }

  const onOver = (event: PointerEvent): void => begin(cardOf(pointedAt(event)), { pointer: event.pointerType, focusShows: false });
  const onOut = (event: PointerEvent): void => {
    const next = (event.relatedTarget as Element | null)?.closest(POINTED_AT) ?? null;
    if (pointedAt(event) && cardOf(next) !== shown?.card) stop();
  };
  const onFocus = (event: FocusEvent): void => {
    const link = pointedAt(event);
    if (link) begin(cardOf(link), { pointer: null, focusShows: link.matches(":focus-visible") });
  };
  const onBlur = (event: FocusEvent): void => {
    if (pointedAt(event)) stop();
  };
  const onKey = (event: KeyboardEvent): void => {
    if (event.key === "Escape") stop();
  };
  library.addEventListener("pointerover", onOver);
  library.addEventListener("pointerout", onOut);
  library.addEventListener("focusin", onFocus);
  library.addEventListener("focusout", onBlur);
  document.addEventListener("keydown", onKey);
  stillness.addEventListener("change", stop);
  return () => {
    stop();
    library.removeEventListener("pointerover", onOver);
    library.removeEventListener("pointerout", onOut);
    library.removeEventListener("focusin", onFocus);
    library.removeEventListener("focusout", onBlur);
    document.removeEventListener("keydown", onKey);
    stillness.removeEventListener("change", stop);
  };
}
