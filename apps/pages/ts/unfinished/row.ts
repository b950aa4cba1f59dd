/** One unfinished recording: Finish, Watch first, Save a copy, Discard. */
import { ApiError } from "../../../core/ts/api.ts";
import { partOf, setText } from "../../../core/ts/parts.ts";
import type { Texts } from "../../../core/ts/texts.ts";
import type { UploadClient } from "../../../uploads/ts/client.ts";
import { UploadElsewhere } from "../../../uploads/ts/errors.ts";
import { putPart } from "../../../uploads/ts/put.ts";
import { Waiter } from "../../../uploads/ts/retry.ts";
import { fileNameOf, saveAs } from "../../../uploads/ts/saving.ts";
import { DiskSpool } from "../../../uploads/ts/spool.ts";
import type { KeptRecording, SpoolDatabase } from "../../../uploads/ts/spool-database.ts";
import { discardRecording, finishRecording, UploadGone } from "../../../uploads/ts/unfinished-recording.ts";
import { nameOf } from "./words.ts";

export interface RowOptions {
  readonly root: HTMLElement;
  readonly client: UploadClient;
  readonly database: SpoolDatabase;
  readonly texts: Texts;
  readonly watch_url: string;
  /** It is discarded: the row can go. */
  readonly onGone: () => void;
}

export interface Row {
  readonly element: HTMLElement;
  /** Whether something goes on in it, or has been said in it that should stay. */
  readonly is_busy: boolean;
  /** The network or the person is back. */
  wake(): void;
  close(): void;
}

export function makeRow(recording: KeptRecording, { root, client, database, texts, watch_url, onGone }: RowOptions): Row {
  const template = partOf<HTMLTemplateElement>(root, "row");
  const element = (template.content.firstElementChild as HTMLElement).cloneNode(true) as HTMLElement;
  const language = document.documentElement.lang || "en";
  const name = nameOf(recording, new Date(), texts, language);
  const said = partOf(element, "said");
  const bar = partOf<HTMLProgressElement>(element, "bar");
  const open = partOf<HTMLAnchorElement>(element, "open");
  const waiter = new Waiter();
  const leaving = new AbortController();
  const spool = new DiskSpool(database, recording.upload_id);
  let isBusy = false;
  setText(partOf(element, "name"), name);
  setText(said, texts("kept_here"));
  bar.setAttribute("aria-label", name);
  open.href = watch_url.replace("_id_", encodeURIComponent(recording.video_id));
  for (const button of element.querySelectorAll("button")) button.setAttribute("aria-description", name);

  const button = (what: string): HTMLButtonElement => element.querySelector(`[data-do="${what}"]`) as HTMLButtonElement;
  const whole = async (): Promise<Blob | null> => {
    const bytes = await spool.whole(recording.content_type);
    if (!bytes) setText(said, texts("kept_partly"));
    return bytes;
  };
  const finish = async (): Promise<void> => {
    isBusy = true;
    button("finish").disabled = button("discard").disabled = true;
    bar.hidden = false;
    setText(said, texts("kept_sending"));
    try {
      await finishRecording(recording, {
        client,
        database,
        put: putPart,
        waiter,
        signal: leaving.signal,
        onProgress: ({ sent_bytes, total_bytes }) => (bar.value = total_bytes > 0 ? sent_bytes / total_bytes : 0),
        onTrouble: (trouble) => setText(said, texts(trouble ? "kept_trouble" : "kept_sending")),
      });
      setText(said, texts("kept_finished"));
      for (const gone of element.querySelectorAll<HTMLElement>("[data-do]")) gone.hidden = true;
      open.hidden = false;
      open.focus();
    } catch (error) {
      if (leaving.signal.aborted) return;
      setText(said, sentenceOf(error, texts));
      isBusy = error instanceof UploadGone; // else a look at what is kept may find it finished by another tab
      button("finish").hidden = error instanceof UploadGone;
      button("finish").disabled = button("discard").disabled = false;
    } finally {
      bar.hidden = true;
    }
  };
  const watch = async (): Promise<void> => {
    const bytes = await whole();
    if (!bytes) return;
    const dialog = partOf<HTMLDialogElement>(root, "watch");
    // Made for the moment: the pages that this stands on have a video of their own.
    const stage = partOf(dialog, "stage");
    const video = document.createElement("video");
    Object.assign(video, { controls: true, playsInline: true, preload: "metadata", src: URL.createObjectURL(bytes) });
    video.setAttribute("aria-label", stage.dataset["label"] ?? "");
    stage.replaceChildren(video);
    setText(partOf(dialog, "watch-name"), name);
    const onClose = (): void => {
      URL.revokeObjectURL(video.src);
      stage.replaceChildren();
    };
    dialog.addEventListener("close", onClose, { once: true });
    dialog.showModal();
  };
  const save = async (): Promise<void> => {
    const bytes = await whole();
    const { began_at_ms, content_type } = recording;
    if (bytes) saveAs(bytes, fileNameOf(texts("kept_file"), new Date(began_at_ms), content_type));
  };
  const discard = (): void => {
    const dialog = partOf<HTMLDialogElement>(root, "discard");
    const onClose = (): void => {
      const answer = dialog.returnValue;
      dialog.returnValue = "";
      if (answer !== "yes") return;
      onGone();
      // What the server is not told now it is told by the next visit.
      discardRecording(recording, database, client).catch(() => undefined);
    };
    dialog.addEventListener("close", onClose, { once: true });
    dialog.showModal();
  };
  const actions: Readonly<Record<string, () => void>> = {
    finish: () => void finish(),
    watch: () => void watch(),
    save: () => void save(),
    discard,
  };
  const onClick = (event: MouseEvent): void => {
    const asked = (event.target as Element).closest<HTMLElement>("[data-do]")?.dataset["do"] ?? "";
    if (event.detail <= 1) actions[asked]?.();
  };
  element.addEventListener("click", onClick);
  return {
    element,
    get is_busy() {
      return isBusy;
    },
    wake: () => waiter.wake(),
    close() {
      leaving.abort();
      element.removeEventListener("click", onClick);
    },
  };
}

function sentenceOf(error: unknown, texts: Texts): string {
  if (error instanceof UploadGone) return texts("kept_gone");
  if (error instanceof UploadElsewhere) return texts("kept_elsewhere");
  if (error instanceof ApiError && error.status === 401) return texts("kept_not_signed_in");
  return error instanceof ApiError && error.detail ? error.detail : texts("kept_failed");
}
