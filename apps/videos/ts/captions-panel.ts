/** The caption tracks of a video, for its author: adds a file, deletes a track, and tells the player of both. */
import { type Api, ApiError } from "../../core/ts/api.ts";
import type { Texts } from "../../core/ts/texts.ts";
import {
  addCaptions, captionName, decodeCaptions, deleteCaptions, LARGEST_CAPTIONS_BYTES, languageOfFile,
} from "./captions.ts";
import type { CaptionTrack } from "./playback.ts";

/** Languages to choose from where a file's name does not say it; any other one goes by the name. */
const OFFERED = [
  "ar", "bg", "bn", "cs", "da", "de", "el", "en", "es", "et", "fa", "fi", "fr", "he", "hi", "hr", "hu", "id", "it", "ja",
  "ko", "lt", "lv", "nb", "nl", "pl", "pt", "pt-BR", "ro", "ru", "sk", "sl", "sr", "sv", "th", "tr", "uk", "vi", "zh-Hans", "zh-Hant",
] as const;

export interface CaptionsPanelOptions {
  readonly api: Api;
  readonly videoId: string;
  readonly texts: Texts;
  readonly tracks: readonly CaptionTrack[];
  /** What an error says, in words of the page where it has none of its own. */
  readonly sentenceFor: (error: unknown) => string;
  /** Hears of every change. */
  readonly onTracks: (tracks: readonly CaptionTrack[]) => void;
}

/** Mounts the panel. Returns an undo. */
export function mountCaptionsPanel(root: HTMLElement, options: CaptionsPanelOptions): () => void {
  const { api, videoId, texts } = options;
  const find = <T extends HTMLElement>(selector: string): T => root.querySelector<T>(selector) as T;
  const list = find("[data-list]");
  const row = find<HTMLTemplateElement>("[data-row]");
  const language = find<HTMLSelectElement>("[data-language]");
  const file = find<HTMLInputElement>("[data-file]");
  const error = find("[data-error]");
  const status = find("[data-status]");
  const dialog = find<HTMLDialogElement>("[data-dialog]");
  const pageLanguage = document.documentElement.lang || "en";
  let tracks = options.tracks;
  let adding = false;

  const nameOf = (track: { language: string; label: string }): string => captionName(track, pageLanguage, texts("captions_unnamed"));
  const render = (): void => {
    list.replaceChildren(
      ...tracks.map((track) => {
        const element = (row.content.firstElementChild as HTMLElement).cloneNode(true) as HTMLElement;
        const link = element.querySelector<HTMLAnchorElement>("[data-name]")!;
        link.textContent = nameOf(track);
        link.href = track.url;
        link.download = `${track.language}.vtt`;
        element.dataset["id"] = track.id;
        element.querySelector("[data-delete]")!.setAttribute("aria-description", nameOf(track));
        return element;
      }),
    );
    find("[data-none]").hidden = tracks.length > 0;
  };
  const change = (changed: readonly CaptionTrack[]): void => {
    tracks = changed;
    render();
    options.onTracks(tracks);
  };
  const complain = (sentence: string): void => {
    error.textContent = sentence;
    error.hidden = sentence === "";
  };

  const add = async (picked: File): Promise<void> => {
    if (picked.size > LARGEST_CAPTIONS_BYTES) return complain(texts("captions_too_large"));
    let vtt: string;
    try {
      vtt = decodeCaptions(await picked.arrayBuffer());
    } catch {
      return complain(texts("captions_unreadable"));
    }
    try {
      const track = await addCaptions(api, videoId, { language: language.value || languageOfFile(picked.name), label: "", vtt });
      change([...tracks, track]);
      status.textContent = texts("captions_added", { name: nameOf(track) });
      language.value = "";
    } catch (failure) {
      complain(options.sentenceFor(failure));
    }
  };
  const remove = async (track: CaptionTrack): Promise<void> => {
    try {
      await deleteCaptions(api, track.id);
    } catch (failure) {
      // Another tab was quicker: what was wanted is so.
      if (!(failure instanceof ApiError && failure.status === 404)) return complain(options.sentenceFor(failure));
    }
    const place = tracks.indexOf(track);
    change(tracks.filter((other) => other !== track));
    status.textContent = texts("captions_deleted", { name: nameOf(track) });
    const neighbour = list.children[Math.min(place, list.children.length - 1)];
    (neighbour?.querySelector<HTMLElement>("[data-delete]") ?? find("h3")).focus();
  };

  const onFile = (): void => {
    const picked = file.files?.[0];
    if (!picked || adding) return;
    adding = true;
    complain("");
    void add(picked).finally(() => {
      adding = false;
      file.value = ""; // so that the same file, mended, is noticed
    });
  };
  const onClick = (event: MouseEvent): void => {
    const id = (event.target as Element).closest("[data-delete]")?.closest<HTMLElement>("[data-id]")?.dataset["id"];
    const track = tracks.find((candidate) => candidate.id === id);
    if (!track || dialog.open) return;
    complain("");
    find("[data-doomed]").textContent = nameOf(track);
    dialog.returnValue = "";
    dialog.showModal();
    dialog.addEventListener("close", () => void (dialog.returnValue === "delete" && remove(track)), { once: true });
  };

  const names = OFFERED.map((tag) => ({ tag, name: captionName({ language: tag, label: "" }, pageLanguage, tag) }));
  names.sort((a, b) => a.name.localeCompare(b.name, pageLanguage));
  language.append(...names.map(({ tag, name }) => new Option(name, tag)));
  file.addEventListener("change", onFile);
  list.addEventListener("click", onClick);
  render();
  root.hidden = false;
  return () => {
    file.removeEventListener("change", onFile);
    list.removeEventListener("click", onClick);
    root.hidden = true;
  };
}
