/** One file's row on the upload page: made from the page's template, mirrors the file's state. */
import type { Texts } from "../../../core/ts/texts.ts";
import type { Video } from "../../../uploads/ts/client.ts";
import type { FileState } from "../../../uploads/ts/file-state.ts";
import { saying } from "../record/sentences.ts";
import { fileSentences, formatSize, type Pace, shareOf } from "./sentences.ts";

export interface RowOptions {
  readonly pace: Pace;
  readonly signedOut: boolean;
  readonly video: Video | null;
  /** Whole sentences that stand below: what became of its captions, why it begins anew. */
  readonly notes: readonly string[];
}

export interface Row {
  readonly element: HTMLElement;
  render(state: FileState, options: RowOptions): void;
  /** The file's name and its sentence, for who cannot see the row change. */
  summary(): string;
}

/** Where focus goes when the button that was pressed is gone. */
const NEXT_BUTTON: Record<string, string> = { pause: "resume", resume: "cancel", retry: "cancel" };

export function makeRow(template: HTMLTemplateElement, file: File, texts: Texts): Row {
  const element = (template.content.firstElementChild as HTMLElement).cloneNode(true) as HTMLElement;
  const find = <T extends HTMLElement>(name: string): T => element.querySelector<T>(`[data-part="${name}"]`) as T;
  const language = document.documentElement.lang || "en";
  const say = saying(texts);
  const bar = find<HTMLProgressElement>("bar");
  const said = find("said");
  const note = find("note");
  find("name").textContent = file.name;
  find("size").textContent = formatSize(file.size, language);
  bar.setAttribute("aria-label", file.name);
  for (const control of element.querySelectorAll<HTMLElement>("button, a")) {
    // Several rows have the same words on their buttons; the name tells them apart for a screen reader.
    control.setAttribute("aria-description", file.name);
  }
  /** Shows what belongs to a state, and keeps the focus in the row when its button goes. */
  const show = (name: string): void => {
    const focused = document.activeElement;
    element.dataset["state"] = name;
    for (const part of element.querySelectorAll<HTMLElement>("[data-in]")) {
      part.hidden = !(part.dataset["in"] ?? "").split(" ").includes(name);
    }
    if (!(focused instanceof HTMLElement) || !element.contains(focused) || !focused.hidden) return;
    const wanted = element.querySelector<HTMLElement>(`[data-do="${NEXT_BUTTON[focused.dataset["do"] ?? ""]}"]:not([hidden])`);
    (wanted ?? element.querySelector<HTMLElement>("a:not([hidden]), button:not([hidden])"))?.focus();
  };
  return {
    element,
    render(state, { pace, signedOut, video, notes }) {
      const sentences = fileSentences(state, pace, { signedOut, language });
      const text = sentences
        .map(say)
        .join(" · ");
      if (said.textContent !== text) said.textContent = text;
      if (note.textContent !== notes.join("\n")) note.textContent = notes.join("\n");
      note.hidden = notes.length === 0;
      said.classList.toggle("problem", state.name === "failed");
      bar.value = shareOf(state);
      if (element.dataset["state"] !== state.name) show(state.name);
      if (!video) return;
      const watch = find<HTMLAnchorElement>("watch");
      watch.href = (watch.dataset["pattern"] ?? "").replace("_id_", encodeURIComponent(video.id));
      find("copy").dataset["copy"] = video.share_url ?? watch.href;
    },
    summary: () => `${file.name}: ${said.textContent ?? ""}`,
  };
}
