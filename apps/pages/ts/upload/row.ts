/** One file's row on the upload page: made from the page's template, mirrors the file's state. */
import type { Texts } from "../../../core/ts/texts.ts";
import type { StartedVideo } from "../../../uploads/ts/client.ts";
import type { FileState } from "../../../uploads/ts/file-state.ts";
import { fileSentence, formatSize, shareOf } from "./sentences.ts";

export interface Row {
  readonly element: HTMLElement;
  render(state: FileState, video: StartedVideo | null): void;
  /** The file's name and its sentence, for who cannot see the row change. */
  summary(): string;
}

export function makeRow(template: HTMLTemplateElement, file: File, texts: Texts): Row {
  const element = (template.content.firstElementChild as HTMLElement).cloneNode(true) as HTMLElement;
  const find = <T extends HTMLElement>(name: string): T => element.querySelector<T>(`[data-part="${name}"]`) as T;
  const bar = find<HTMLProgressElement>("bar");
  const said = find("said");
  find("name").textContent = file.name;
  find("size").textContent = formatSize(file.size, document.documentElement.lang || "en");
  bar.setAttribute("aria-label", file.name);
  for (const button of element.querySelectorAll<HTMLElement>("button")) {
    // Several rows have the same words on their buttons; the name tells them apart for a screen reader.
    button.setAttribute("aria-description", file.name);
  }
  return {
    element,
    render(state, video) {
      const sentence = fileSentence(state);
      const text = sentence === null ? "" : "said" in sentence ? sentence.said : texts(sentence.text, sentence.values);
      if (said.textContent !== text) said.textContent = text;
      said.classList.toggle("problem", state.name === "failed");
      bar.value = shareOf(state);
      element.dataset["state"] = state.name;
      for (const part of element.querySelectorAll<HTMLElement>("[data-in]")) {
        part.hidden = !(part.dataset["in"] ?? "").split(" ").includes(state.name);
      }
      if (!video) return;
      const watch = find<HTMLAnchorElement>("watch");
      watch.href = (watch.dataset["pattern"] ?? "").replace("_id_", encodeURIComponent(video.id));
      find("copy").dataset["copy"] = video.share_url ?? watch.href;
    },
    summary: () => `${file.name}: ${said.textContent ?? ""}`,
  };
}
