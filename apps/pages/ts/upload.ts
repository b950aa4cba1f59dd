/** The page /upload/: picks files and uploads them one after the other, each with its own row. */
import { makeApi } from "../../core/ts/api.ts";
import { mountCopyButtons } from "../../core/ts/copy.ts";
import { readTexts } from "../../core/ts/texts.ts";
import { UploadClient } from "../../uploads/ts/client.ts";
import { FileUpload } from "../../uploads/ts/file-upload.ts";
import { putPart } from "../../uploads/ts/put.ts";
import { type FileState, next, wouldLose } from "../../uploads/ts/file-state.ts";
import { makeRow, type Row } from "./upload/row.ts";

interface Item {
  file: File;
  upload: FileUpload;
  row: Row;
  state: FileState;
}

/** Makes the upload page inside `root` work. Returns an undo; what is going up then ends with the page. */
export function mountUploads(root: HTMLElement): () => void {
  if (!globalThis.crypto?.subtle) {
    const notice = root.parentElement?.querySelector<HTMLElement>('[data-lack="insecure"]');
    if (notice) notice.hidden = false;
    return () => undefined;
  }
  root.hidden = false;
  const texts = readTexts();
  const client = new UploadClient(makeApi());
  const picker = root.querySelector<HTMLInputElement>('input[type="file"]') as HTMLInputElement;
  const list = root.querySelector<HTMLElement>('[data-part="list"]') as HTMLElement;
  const template = root.querySelector<HTMLTemplateElement>('template[data-part="row"]') as HTMLTemplateElement;
  const announcer = root.querySelector<HTMLElement>('[data-part="announcer"]') as HTMLElement;
  const announce = (sentence: string): void => {
    announcer.textContent = sentence;
  };
  const items: Item[] = [];

  const move = (item: Item, event: Parameters<typeof next>[1]): void => {
    const before = item.state;
    item.state = next(before, event);
    if (item.state === before) return;
    item.row.render(item.state, item.upload.video);
    if (item.state.name !== before.name && item.state.name !== "sending") announce(item.row.summary());
    if (item.state.name === "waiting" || before.name === "sending") startNext();
  };

  /** One file at a time: each already fills the line with its three parts. */
  const startNext = (): void => {
    if (items.some((item) => item.state.name === "sending")) return;
    const item = items.find((candidate) => candidate.state.name === "waiting");
    if (!item) return;
    move(item, { type: "started" });
    item.upload.run().then(
      () => move(item, { type: "completed" }),
      (error: unknown) => move(item, { type: "failed", error }),
    );
  };

  const add = (file: File): void => {
    const row = makeRow(template, file, texts);
    const item: Item = {
      file,
      row,
      state: { name: "waiting" },
      upload: new FileUpload({
        file,
        client,
        put: putPart,
        onProgress: (progress) => move(item, { type: "progressed", progress }),
      }),
    };
    items.push(item);
    list.append(row.element);
    row.render(item.state, null);
  };

  const onPick = (): void => {
    for (const file of picker.files ?? []) add(file);
    picker.value = ""; // So that picking the same file again is noticed.
    startNext();
  };
  const onClick = (event: MouseEvent): void => {
    const button = (event.target as Element).closest<HTMLElement>("[data-do]");
    const item = items.find((candidate) => button && candidate.row.element.contains(button));
    if (!button || !item || event.detail > 1) return;
    if (button.dataset["do"] === "retry") move(item, { type: "retry" });
    if (button.dataset["do"] === "cancel") {
      move(item, { type: "cancel" });
      item.upload.cancel().catch(() => announce(texts("cancel_failed", { name: item.file.name })));
      picker.focus(); // The row's own buttons are gone.
    }
  };
  const onBeforeUnload = (event: BeforeUnloadEvent): void => {
    if (items.some((item) => wouldLose(item.state))) event.preventDefault();
  };
  const onOnline = (): void => items.forEach((item) => item.upload.wake());
  const undoCopy = mountCopyButtons(root, { copied: texts("copied"), failed: announce, announce });
  picker.addEventListener("change", onPick);
  root.addEventListener("click", onClick);
  window.addEventListener("beforeunload", onBeforeUnload);
  window.addEventListener("online", onOnline);
  return () => {
    undoCopy();
    picker.removeEventListener("change", onPick);
    root.removeEventListener("click", onClick);
    window.removeEventListener("beforeunload", onBeforeUnload);
    window.removeEventListener("online", onOnline);
  };
}

const root = document.querySelector<HTMLElement>("[data-uploads]");
if (root) mountUploads(root);
