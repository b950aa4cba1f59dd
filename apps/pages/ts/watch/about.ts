/**
 * The author's own words about a video: title and description, saved in their place.
 *
 * What is sent is what was changed, with what it said before: where somebody (oneself, on another device) was quicker,
 * nothing is written over. Both texts are shown then, and one of them is kept, or what is made of both.
 */
import type { Api } from "../../../core/ts/api.ts";
import { failureSentence } from "../../../core/ts/failure.ts";
import type { Texts } from "../../../core/ts/texts.ts";
import { videoPath } from "../../../videos/ts/api-paths.ts";
import { type About, changeOf, newerAbout } from "../about-change.ts";

export interface AboutOptions {
  readonly api: Api;
  readonly videoId: string;
  readonly texts: Texts;
  /** The title as the page shows it now. */
  onTitle(title: string): void;
}

/** Mounts the form. What was typed stays in it when saving fails. Returns an undo. */
export function mountAbout(form: HTMLFormElement, { api, videoId, texts, onTitle }: AboutOptions): () => void {
  const title = form.elements.namedItem("title") as HTMLInputElement;
  const description = form.elements.namedItem("description") as HTMLTextAreaElement;
  const find = (selector: string): HTMLElement => form.querySelector<HTMLElement>(selector)!;
  const [error, saved, button] = [find("[data-error]"), find("[data-saved]"), find("[type=submit]")];
  const [newerBox, keepNewer] = [find("[data-newer]"), find("[data-keep-newer]")];
  const typedNow = (): About => ({ title: title.value, description: description.value });
  // Not the values: a browser that goes back to the page fills in what was typed before.
  let seen: About = { title: title.defaultValue, description: description.defaultValue };
  let saving = false;

  /** Shows what the server has; what was typed on since `typed`, or is not `seen` any more (`mine`), stays. */
  function take(now: About, typed: About, mine: Partial<About> = {}): void {
    if (title.value === typed.title && mine.title === undefined) title.value = now.title;
    if (description.value === typed.description && mine.description === undefined) description.value = now.description;
    seen = now;
    onTitle(now.title);
  }

  function showNewer(newer: About | null): void {
    newerBox.hidden = newer === null;
    find("[data-newer-title]").textContent = newer ? newer.title || texts("untitled") : "";
    find("[data-newer-description]").textContent = newer?.description ?? "";
    find("[data-save-label]").textContent = texts(newer ? "save_mine" : "save");
  }

  async function save(): Promise<void> {
    const typed = typedNow();
    const change = changeOf(seen, typed);
    saving = true;
    button.setAttribute("aria-disabled", "true");
    error.hidden = true;
    saved.textContent = "";
    try {
      if (change) take((await api.ask(videoPath(videoId), { method: "PATCH", body: change })).body as About, typed);
      showNewer(null);
      saved.textContent = texts("saved");
    } catch (failure) {
      const newer = newerAbout(failure);
      error.textContent = newer ? texts("about_conflict") : failureSentence(failure, texts);
      error.hidden = false;
      if (newer) {
        take(newer, typed, change ?? {});
        showNewer(newer);
      }
    } finally {
      saving = false;
      button.removeAttribute("aria-disabled");
    }
  }

  const onSubmit = (event: Event): void => {
    event.preventDefault();
    if (!saving) void save();
  };
  const onInput = (): void => void (saved.textContent = "");
  const onKeepNewer = (): void => {
    [title.value, description.value] = [seen.title, seen.description];
    showNewer(null);
    error.hidden = true;
    title.focus();
  };
  form.addEventListener("submit", onSubmit);
  form.addEventListener("input", onInput);
  keepNewer.addEventListener("click", onKeepNewer);
  return () => {
    form.removeEventListener("submit", onSubmit);
    form.removeEventListener("input", onInput);
    keepNewer.removeEventListener("click", onKeepNewer);
  };
}
