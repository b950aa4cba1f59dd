/** What one does with a card: its menu, Rename in the title's place, Delete after a question. */
import type { Api } from "../../../core/ts/api.ts";
import { failureSentence } from "../../../core/ts/failure.ts";
import type { Texts } from "../../../core/ts/texts.ts";
import { videoPath } from "../../../videos/ts/api-paths.ts";
import { newerAbout } from "../about-change.ts";
import type { Deleting } from "./deleting.ts";

export interface CardsOptions {
  readonly api: Api;
  readonly texts: Texts;
  readonly deleting: Deleting;
  announce(sentence: string): void;
}

export function mountCards(library: HTMLElement, { api, texts, deleting, announce }: CardsOptions): () => void {
  function closeMenus(except: Element | null = null): void {
    for (const menu of library.querySelectorAll<HTMLDetailsElement>("[data-menu][open]")) {
      if (menu !== except) menu.open = false;
    }
  }

  function rename(card: HTMLElement): void {
    if (card.querySelector(".rename")) return;
    const template = document.getElementById("rename-template") as HTMLTemplateElement;
    const form = template.content.firstElementChild!.cloneNode(true) as HTMLFormElement;
    const box = form.elements.namedItem("title") as HTMLInputElement;
    const heading = card.querySelector<HTMLElement>(".card-title")!;
    const link = card.querySelector<HTMLAnchorElement>("[data-title-link]")!;
    const error = form.querySelector<HTMLElement>("[data-error]")!;
    let saving = false;
    box.value = card.dataset["title"]!;
    heading.hidden = true;
    heading.after(form);
    box.select();
    const done = (): void => {
      form.remove();
      heading.hidden = false;
      card.querySelector<HTMLElement>("[data-menu] summary")?.focus();
    };
    form.querySelector("[data-cancel]")!.addEventListener("click", done);
    form.addEventListener("keydown", (event) => {
      if (event.key === "Escape") done();
    });
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      if (!saving) void save();
    });

    function show(title: string): void {
      card.dataset["title"] = title;
      link.textContent = title || texts("untitled");
    }

    async function save(): Promise<void> {
      saving = true;
      error.hidden = true;
      try {
        const body = { title: box.value.trim(), seen: { title: card.dataset["title"]! } };
        const answer = await api.ask(videoPath(card.dataset["videoId"]!), { method: "PATCH", body });
        show((answer.body as { title: string }).title);
        done();
        announce(texts("renamed"));
      } catch (failure) {
        // Renamed elsewhere meanwhile: that is shown, and Save then means the title that stands in the box.
        const newer = newerAbout(failure);
        if (newer) show(newer.title);
        error.textContent = newer
          ? texts("rename_conflict", { title: `\u2068${newer.title || texts("untitled")}\u2069` })
          : failureSentence(failure, texts);
        error.hidden = false;
      } finally {
        saving = false;
      }
    }
  }

  const onClick = (event: Event): void => {
    const target = event.target as Element;
    closeMenus(target.closest("[data-menu]"));
    const card = target.closest<HTMLElement>("[data-card]");
    if (!card || !library.contains(card)) return;
    if (target.closest("[data-rename]")) {
      closeMenus();
      rename(card);
    } else if (target.closest("[data-delete]")) {
      closeMenus();
      card.querySelector<HTMLElement>("[data-menu] summary")?.focus(); // where a cancelled dialog returns to
      deleting.ask([card]);
    }
  };
  const onKey = (event: KeyboardEvent): void => {
    if (event.key !== "Escape") return;
    const menu = library.querySelector<HTMLDetailsElement>("[data-menu][open]");
    if (!menu) return;
    menu.open = false;
    menu.querySelector<HTMLElement>("summary")!.focus();
  };
  const onFocus = (event: FocusEvent): void => closeMenus((event.target as Element).closest("[data-menu]"));
  document.addEventListener("click", onClick);
  document.addEventListener("keydown", onKey);
  library.addEventListener("focusin", onFocus);
  return () => {
    document.removeEventListener("click", onClick);
    document.removeEventListener("keydown", onKey);
    library.removeEventListener("focusin", onFocus);
  };
}
