/** The files of another day or tab that are not whole yet: shown with what is there of them, to go on or to discard. */
import type { Texts } from "../../../core/ts/texts.ts";
import type { UnfinishedUpload, UploadClient } from "../../../uploads/ts/client.ts";
import { heldUploads } from "../../../uploads/ts/upload-lock.ts";
import { formatSize, percentOf } from "./sentences.ts";

export interface Unfinished {
  /** Those that nobody in this tab goes on with, as the last look at the server has found them. */
  current(): Promise<readonly UnfinishedUpload[]>;
  /** Looks at the server anew. */
  refresh(): void;
  /** Takes one off the list, for a file that goes on with it; false when it was taken before. */
  claim(unfinished: UnfinishedUpload): boolean;
  /** Puts an upload back onto the list: its file was removed from the queue. */
  release(uploadId: string): void;
  undo(): void;
}

export interface UnfinishedOptions {
  readonly client: UploadClient;
  readonly texts: Texts;
  /** Opens the picker. */
  readonly pick: () => void;
  /** Resolves with false when the person wants to keep it. */
  readonly mayDelete: (name: string, lost_bytes: number) => Promise<boolean>;
  readonly announce: (sentence: string) => void;
  /** The uploads that this tab sends itself. */
  readonly own: () => ReadonlySet<string>;
}

export function mountUnfinished(section: HTMLElement, options: UnfinishedOptions): Unfinished {
  const { client, texts, announce } = options;
  const list = section.querySelector<HTMLElement>('[data-part="unfinished-list"]') as HTMLElement;
  const template = section.querySelector<HTMLTemplateElement>('[data-part="unfinished-row"]') as HTMLTemplateElement;
  const title = section.querySelector<HTMLElement>("h2") as HTMLElement;
  const language = document.documentElement.lang || "en";
  const claimed = new Set<string>();
  let known: readonly UnfinishedUpload[] = [];
  let elsewhere: ReadonlySet<string> = new Set();

  const free = (): UnfinishedUpload[] => {
    const own = options.own();
    return known.filter(({ id }) => !claimed.has(id) && !own.has(id));
  };

  const rowOf = (upload: UnfinishedUpload): HTMLElement => {
    const row = (template.content.firstElementChild as HTMLElement).cloneNode(true) as HTMLElement;
    const find = <T extends HTMLElement>(name: string): T => row.querySelector<T>(`[data-part="${name}"]`) as T;
    const name = upload.file_name || upload.title;
    const share = upload.size_bytes > 0 ? upload.confirmed_bytes / upload.size_bytes : 0;
    const isElsewhere = elsewhere.has(upload.id);
    row.dataset["id"] = upload.id;
    find("name").textContent = name;
    find("size").textContent = formatSize(upload.size_bytes, language);
    find<HTMLProgressElement>("bar").value = share;
    find("bar").setAttribute("aria-label", name);
    find("said").textContent = texts("unfinished_said", { percent: percentOf(share) });
    if (isElsewhere) find("said").textContent = texts("unfinished_elsewhere");
    find("actions").hidden = isElsewhere;
    for (const button of row.querySelectorAll("button")) button.setAttribute("aria-description", name);
    return row;
  };
  const render = (): void => {
    const focused = section.contains(document.activeElement);
    const shown = free();
    list.replaceChildren(...shown.map(rowOf));
    section.hidden = shown.length === 0;
    if (focused && !section.hidden && !section.contains(document.activeElement)) title.focus();
  };

  const look = async (): Promise<void> => {
    known = await client.unfinished();
    elsewhere = await heldUploads();
    render();
  };
  /** The last look, which may have failed. Without the list the page works; each file asks again before it begins. */
  let latest = look();
  const refresh = (): void => {
    latest = look();
    latest.catch(() => undefined);
  };
  latest.catch(() => undefined);
  const discard = async (upload: UnfinishedUpload): Promise<void> => {
    const name = upload.file_name || upload.title;
    if (!(await options.mayDelete(name, upload.confirmed_bytes))) return;
    try {
      await client.discard(upload.video, upload.id);
      announce(texts("discarded", { name }));
    } catch {
      announce(texts("discard_failed"));
    }
    refresh();
  };
  const onClick = (event: MouseEvent): void => {
    const button = (event.target as Element).closest<HTMLElement>("[data-do]");
    const id = button?.closest<HTMLElement>("[data-id]")?.dataset["id"];
    const upload = known.find((candidate) => candidate.id === id);
    if (!button || !upload || event.detail > 1) return;
    if (button.dataset["do"] === "pick") options.pick();
    if (button.dataset["do"] === "discard") void discard(upload);
  };
  // Another tab may have finished one, or have been closed in the midst of it.
  const onBack = (): void => {
    if (document.visibilityState === "visible") refresh();
  };
  section.addEventListener("click", onClick);
  document.addEventListener("visibilitychange", onBack);
  return {
    refresh,
    async current() {
      try {
        await latest;
      } catch {
        latest = look();
        await latest;
      }
      return free();
    },
    claim(upload) {
      if (claimed.has(upload.id)) return false;
      claimed.add(upload.id);
      render();
      return true;
    },
    release(uploadId) {
      claimed.delete(uploadId);
    },
    undo() {
      section.removeEventListener("click", onClick);
      document.removeEventListener("visibilitychange", onBack);
    },
  };
}
