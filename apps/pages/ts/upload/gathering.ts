/** From what people drop or pick to a list of files with their paths; folders are walked. */
import type { PassedOver, Picked } from "../../../uploads/ts/picking.ts";

export interface PickedFile extends Picked {
  readonly file: File;
}

export interface Gathered {
  readonly picked: readonly PickedFile[];
  /** What could not be opened, and what was too much. */
  readonly passedOver: readonly PassedOver[];
}

/** Somebody who drops a whole disk gets the beginning of it, and a sentence. */
export const MOST_PICKED = 2_000;

/** The files of an <input type="file">, with the paths that a picked folder gives them. */
export function fromInput(input: HTMLInputElement): Gathered {
  const picked = [...(input.files ?? [])].map((file) => ({ path: file.webkitRelativePath || file.name, file }));
  // A picked folder comes in the order of the disk; files picked one by one come in the person's.
  if (picked.some(({ path }) => path.includes("/"))) picked.sort((a, b) => inOrder(a.path, b.path));
  return atMost(picked, []);
}

/** The files of a drop, folders walked. Call it in the event's own turn: afterwards the browser forgets the files. */
export function fromDrop(transfer: DataTransfer): Promise<Gathered> {
  const found = [...transfer.items]
    .filter((item) => item.kind === "file")
    .map((item) => ({ entry: item.webkitGetAsEntry(), file: item.getAsFile() }));
  return walk(found);
}

async function walk(found: readonly { entry: FileSystemEntry | null; file: File | null }[]): Promise<Gathered> {
  const picked: PickedFile[] = [];
  const passedOver: PassedOver[] = [];
  const enter = async (entry: FileSystemEntry): Promise<void> => {
    if (picked.length > MOST_PICKED) return;
    const path = entry.fullPath.replace(/^\//, "");
    try {
      if (entry.isDirectory) {
        const children = await childrenOf(entry as FileSystemDirectoryEntry);
        for (const child of children.sort((a, b) => inOrder(a.name, b.name))) await enter(child);
      } else picked.push({ path, file: await fileOf(entry as FileSystemFileEntry) });
    } catch {
      passedOver.push({ path, reason: "unreadable" });
    }
  };
  for (const { entry, file } of found) {
    if (entry) await enter(entry);
    else if (file) picked.push({ path: file.name, file });
  }
  return atMost(picked, passedOver);
}

function atMost(picked: readonly PickedFile[], passedOver: readonly PassedOver[]): Gathered {
  const first = picked[MOST_PICKED];
  if (!first) return { picked, passedOver };
  return { picked: picked.slice(0, MOST_PICKED), passedOver: [...passedOver, { path: first.path, reason: "too_many" }] };
}

/** A folder gives its children in portions, an empty one at the end. */
async function childrenOf(folder: FileSystemDirectoryEntry): Promise<FileSystemEntry[]> {
  const reader = folder.createReader();
  const children: FileSystemEntry[] = [];
  for (;;) {
    const portion = await new Promise<FileSystemEntry[]>((resolve, reject) => reader.readEntries(resolve, reject));
    if (portion.length === 0) return children;
    children.push(...portion);
  }
}

const fileOf = (entry: FileSystemFileEntry): Promise<File> => new Promise((resolve, reject) => entry.file(resolve, reject));

/** As file managers sort: day 2 before day 10. */
const inOrder = (a: string, b: string): number => a.localeCompare(b, undefined, { numeric: true });

/**
 * Makes the whole window a place to drop files; `zone` gets [data-dragging] while some are over it. Returns an undo.
 *
 * The whole window, because a file that is dropped beside a small zone makes the browser leave the page.
 */
export function mountDropping(zone: HTMLElement, onDrop: (gathered: Promise<Gathered>) => void): () => void {
  const hasFiles = (event: DragEvent): boolean => event.dataTransfer?.types.includes("Files") ?? false;
  const onOver = (event: DragEvent): void => {
    if (!hasFiles(event)) return;
    event.preventDefault();
    zone.dataset["dragging"] = "";
  };
  const onLeave = (event: DragEvent): void => {
    if (event.relatedTarget === null) delete zone.dataset["dragging"]; // out of the window
  };
  const onDropped = (event: DragEvent): void => {
    delete zone.dataset["dragging"];
    if (!hasFiles(event) || !event.dataTransfer) return;
    event.preventDefault();
    onDrop(fromDrop(event.dataTransfer));
  };
  window.addEventListener("dragover", onOver);
  window.addEventListener("dragleave", onLeave);
  window.addEventListener("drop", onDropped);
  return () => {
    window.removeEventListener("dragover", onOver);
    window.removeEventListener("dragleave", onLeave);
    window.removeEventListener("drop", onDropped);
  };
}
