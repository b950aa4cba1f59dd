/** Every page of a member: offers to finish what this browser keeps of recordings that an earlier visit left behind. */
import { makeApi } from "../../core/ts/api.ts";
import { partOf } from "../../core/ts/parts.ts";
import { readTexts } from "../../core/ts/texts.ts";
import { UploadClient } from "../../uploads/ts/client.ts";
import { SpoolDatabase } from "../../uploads/ts/spool-database.ts";
import { whenReleased } from "../../uploads/ts/upload-lock.ts";
import { tellDiscarded, unfinishedRecordings } from "../../uploads/ts/unfinished-recording.ts";
import { makeRow, type Row } from "./unfinished/row.ts";
import { mountBeforeSignOut } from "./unfinished/sign-out.ts";

/** Fills `root` with a row for each recording, and looks again whenever the person comes back to the page. Returns an undo. */
export function mountUnfinished(root: HTMLElement, database: SpoolDatabase): () => void {
  const person = root.dataset["person"] ?? "";
  const watch_url = root.dataset["watchPage"] ?? "";
  const client = new UploadClient(makeApi());
  const texts = readTexts();
  const list = partOf(root, "list");
  const rows = new Map<string, Row>();
  /** Uploads that another tab is at work on: it may be closed before it is done. */
  const awaited = new Set<string>();
  const leaving = new AbortController();

  const remove = (upload_id: string): void => {
    rows.get(upload_id)?.close();
    rows.get(upload_id)?.element.remove();
    rows.delete(upload_id);
    root.hidden = rows.size === 0;
  };
  const look = async (): Promise<void> => {
    const { here, elsewhere } = await unfinishedRecordings(database, person);
    const ids = new Set(here.map(({ upload_id }) => upload_id));
    for (const [upload_id, row] of rows) if (!ids.has(upload_id) && !row.is_busy) remove(upload_id);
    for (const recording of here) {
      const { upload_id } = recording;
      if (rows.has(upload_id)) continue;
      const row = makeRow(recording, { root, client, database, texts, watch_url, onGone: () => remove(upload_id) });
      rows.set(upload_id, row);
      list.append(row.element);
    }
    root.hidden = rows.size === 0;
    for (const { upload_id } of elsewhere) {
      if (rows.has(upload_id) || awaited.has(upload_id)) continue; // this tab is at work on it, or waits already
      awaited.add(upload_id);
      void whenReleased(upload_id, leaving.signal).then(() => {
        awaited.delete(upload_id);
        onBack();
      }, () => undefined);
    }
    // What was thrown away without a network; while there is none still, the next look tries again.
    await tellDiscarded(database, person, client).catch(() => undefined);
  };
  // A database that the browser closes (it clears what sites keep, say) has nothing more to offer.
  const onBack = (): void => {
    for (const row of rows.values()) row.wake();
    look().catch(() => undefined);
  };
  window.addEventListener("online", onBack);
  document.addEventListener("visibilitychange", onBack);
  look().catch(() => undefined);
  return () => {
    leaving.abort();
    window.removeEventListener("online", onBack);
    document.removeEventListener("visibilitychange", onBack);
    for (const upload_id of [...rows.keys()]) remove(upload_id);
  };
}

const root = document.querySelector<HTMLElement>("[data-unfinished]");
const question = document.querySelector<HTMLDialogElement>("[data-before-sign-out]");
const database = root && (await SpoolDatabase.open());
if (root && database) {
  mountUnfinished(root, database);
  const kept = async (): Promise<boolean> =>
    (await database.recordings(root.dataset["person"] ?? "")).some(({ discarded, recorded_ms }) => !discarded && recorded_ms > 0);
  if (question) mountBeforeSignOut(document, question, kept);
}
