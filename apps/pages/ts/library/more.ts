/**
 * Show more, in place: the next page's rows come below those that are there, and the focus goes to the first of them.
 *
 * The server gives the rows alone for `part=cards`. What else may come (a sign-in page, after the session has ended)
 * is left to the link itself: then the browser goes where it leads.
 */
import type { Texts } from "../../../core/ts/texts.ts";

export interface MoreOptions {
  readonly texts: Texts;
  announce(sentence: string): void;
  /** A quiet word for the ear. */
  whisper(sentence: string): void;
}

/** Returns the address that gives the rows alone of the page that `href` leads to. */
export function rowsAddress(href: string, base: string): string {
  const address = new URL(href, base);
  address.searchParams.set("part", "cards");
  address.hash = "";
  return address.pathname + address.search;
}

export function mountMore(root: HTMLElement, { texts, announce, whisper }: MoreOptions): () => void {
  const link = root.querySelector<HTMLAnchorElement>("[data-more]");
  if (!link) return () => {};
  const list = root.querySelector<HTMLElement>("[data-cards]")!;
  let asking = false;
  list.querySelector("[data-next]")?.remove(); // the link has it

  async function show(): Promise<void> {
    if (asking) return;
    asking = true;
    link!.setAttribute("aria-busy", "true");
    try {
      const answer = await fetch(rowsAddress(link!.href, document.baseURI), { credentials: "same-origin" });
      if (!answer.ok || answer.redirected) {
        location.assign(link!.href);
        return;
      }
      append(await answer.text());
    } catch (error) {
      if (!(error instanceof TypeError)) throw error; // fetch's own for no connection
      announce(texts("error_network"));
    } finally {
      asking = false;
      link!.removeAttribute("aria-busy");
    }
  }

  function append(html: string): void {
    const template = document.createElement("template");
    template.innerHTML = html;
    const known = new Set([...list.querySelectorAll<HTMLElement>("[data-card]")].map((row) => row.dataset["videoId"]));
    // A row that slid to the next page because something new came before it is there already.
    const rows = [...template.content.querySelectorAll<HTMLElement>("[data-card]")].filter(
      (row) => !known.has(row.dataset["videoId"]),
    );
    const next = template.content.querySelector<HTMLElement>("[data-next]")?.dataset["next"];
    list.append(...rows);
    if (next) link!.href = next;
    else link!.closest("p")!.remove();
    focusOn(rows[0]);
    whisper(texts("shown_more", { count: rows.length }));
    root.dispatchEvent(new Event("cards-added"));
  }

  const onClick = (event: MouseEvent): void => {
    if (event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return; // a tab of its own
    event.preventDefault();
    void show();
  };
  link.addEventListener("click", onClick);
  return () => link.removeEventListener("click", onClick);
}

function focusOn(row: HTMLElement | undefined): void {
  const target = row?.querySelector<HTMLElement>("[data-title-link], button");
  target?.focus({ preventScroll: true });
}
