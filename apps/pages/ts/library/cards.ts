/** What one does with a card: its menu, Rename in the title's place, Delete after a question. */
import { ApiError, type Api } from "../../../core/ts/api.ts";
import type { Texts } from "../../../core/ts/texts.ts";
import { videoPath } from "../../../videos/ts/api-paths.ts";

export interface CardsOptions {
  readonly api: Api;
  readonly texts: Texts;
  announce(sentence: string): void;
}

export function mountCards(library: HTMLElement, { api, texts, announce }: CardsOptions): () => void {
  const dialog = document.querySelector<HTMLDialogElement>("[data-delete-dialog]")!;
  const confirm = dialog.querySelector<HTMLButtonElement>("[data-confirm]")!;
  const complaint = dialog.querySelector<HTMLElement>("[data-error]")!;
  let doomed: HTMLElement | null = null;

  function sentenceFor(error: unknown): string {
    if (error instanceof ApiError && error.code !== "network" && error.detail !== "") return error.detail;
    return texts(error instanceof ApiError && error.code === "network" ? "error_network" : "error_unknown");
  }

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

    async function save(): Promise<void> {
      saving = true;
      error.hidden = true;
      try {
        const answer = await api.ask(videoPath(card.dataset["videoId"]!), {
          method: "PATCH",
          body: { title: box.value.trim() },
        });
        const { title } = answer.body as { title: string };
        card.dataset["title"] = title;
        link.textContent = title || texts("untitled");
        done();
        announce(texts("renamed"));
      } catch (failure) {
        error.textContent = sentenceFor(failure);
        error.hidden = false;
      } finally {
        saving = false;
      }
    }
  }

  function askDelete(card: HTMLElement): void {
    doomed = card;
    complaint.hidden = true;
    dialog.querySelector("[data-delete-name]")!.textContent = card.querySelector("[data-title-link]")!.textContent;
    dialog.showModal();
  }

  async function remove(): Promise<void> {
    const card = doomed;
    if (!card) return;
    try {
      await api.ask(videoPath(card.dataset["videoId"]!), { method: "DELETE" });
    } catch (failure) {
      // Somebody else, or another tab, was quicker: what was wanted is so.
      if (!(failure instanceof ApiError && failure.status === 404)) {
        complaint.textContent = sentenceFor(failure);
        complaint.hidden = false;
        return;
      }
    }
    doomed = null;
    dialog.close();
    const section = card.closest("section")!;
    const neighbour = card.nextElementSibling ?? card.previousElementSibling;
    card.remove();
    (neighbour?.querySelector<HTMLElement>("[data-title-link]") ?? section.querySelector("h2"))?.focus();
    if (!neighbour) {
      const empty = section.querySelector<HTMLElement>("[data-empty]");
      if (empty) empty.hidden = false;
    }
    announce(texts("in_trash"));
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
      askDelete(card);
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
  const onConfirm = (): void => void remove();
  document.addEventListener("click", onClick);
  document.addEventListener("keydown", onKey);
  library.addEventListener("focusin", onFocus);
  confirm.addEventListener("click", onConfirm);
  return () => {
    document.removeEventListener("click", onClick);
    document.removeEventListener("keydown", onKey);
    library.removeEventListener("focusin", onFocus);
    confirm.removeEventListener("click", onConfirm);
  };
}
