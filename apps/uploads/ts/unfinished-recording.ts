/**
 * A recording that an earlier visit left behind: what is kept of it, and how it is brought to its end.
 *
 * Whatever the server has heard of meanwhile is asked first. An upload that is open goes on, one that the server ended in
 * its author's absence is opened again, and one that its author had ended before the page died only leaves its rows to be
 * cleared. A recording whose upload is gone (its video was deleted, or something else was recorded in its place) can still
 * be watched and saved.
 */
import { ApiError } from "../../core/ts/api.ts";
import { type KnownUpload, type UploadClient } from "./client.ts";
import { completeUpload } from "./completion.ts";
import { type PartProgress, PartQueue } from "./part-queue.ts";
import type { Put } from "./put.ts";
import { untilDone, type Waiter } from "./retry.ts";
import { DiskSpool } from "./spool.ts";
import type { KeptPart, KeptRecording, SpoolDatabase } from "./spool-database.ts";
import { heldUploads, type Hold, holdUpload } from "./upload-lock.ts";

/** The server takes no part of it any more: it was deleted there, or other parts were completed in its place. */
export class UploadGone extends Error {
  constructor() {
    super("the upload is gone");
    this.name = "UploadGone";
  }
}

/** What is kept for this person: what can be finished in this tab, and what another tab is at work on. */
export async function unfinishedRecordings(
  database: SpoolDatabase,
  person: string,
): Promise<{ here: KeptRecording[]; elsewhere: KeptRecording[] }> {
  const [recordings, held] = await Promise.all([database.recordings(person), heldUploads()]);
  const kept = recordings.filter(({ discarded, recorded_ms }) => !discarded && recorded_ms > 0);
  const isHeld = ({ upload_id }: KeptRecording): boolean => held.has(upload_id);
  return { here: kept.filter((recording) => !isHeld(recording)), elsewhere: kept.filter(isHeld) };
}

/** Brings what is missing to the server and completes it. Rejects with `UploadGone`, `UploadElsewhere`, and what waiting cannot cure. */
export function finishRecording(
  recording: KeptRecording,
  { client, database, put, waiter, signal, onProgress, onTrouble = () => undefined, hold = holdUpload }: {
    client: UploadClient;
    database: SpoolDatabase;
    put: Put;
    waiter: Waiter;
    signal: AbortSignal;
    onProgress: (progress: PartProgress) => void;
    onTrouble?: (error: unknown) => void;
    hold?: Hold;
  },
): Promise<void> {
  const { upload_id, recorded_ms } = recording;
  const patience = { waiter, signal, onTrouble };
  return hold(upload_id, async () => {
    const parts = await database.parts(upload_id);
    const known = await untilDone(() => goOn(client, upload_id, parts), patience);
    if (known !== "ended") {
      const spool = new DiskSpool(database, upload_id);
      const queue = new PartQueue({
        exchange: (parts, stored) => client.parts(upload_id, parts, stored),
        put,
        source: spool,
        waiter,
        onChange: onProgress,
      });
      const stop = (): void => queue.abort();
      signal.addEventListener("abort", stop);
      try {
        for (const { number, size_bytes, sha256, state } of known.parts) {
          if (state === "confirmed") queue.addConfirmed({ number, size_bytes, sha256 });
        }
        for (const { number, size_bytes, sha256 } of parts) queue.add({ number, size_bytes, sha256 });
        await completeUpload({ client, uploadId: upload_id, queue, mayEndEarly: true, recorded_ms, ...patience });
      } finally {
        signal.removeEventListener("abort", stop);
      }
    }
    await database.forget(upload_id);
  });
}

/** Tells the server what was thrown away while it could not be reached, and forgets it. Tries once. */
export async function tellDiscarded(database: SpoolDatabase, person: string, client: UploadClient): Promise<void> {
  const held = await heldUploads();
  for (const { upload_id, video_id, discarded } of await database.recordings(person)) {
    if (!discarded || held.has(upload_id)) continue;
    await (discarded === "take" ? client.drop(upload_id) : discard(client, video_id, upload_id));
    await database.forget(upload_id);
  }
}

/** Throws a recording and its video away. Rejects when the server cannot be reached; the next visit tells it then. */
export async function discardRecording(recording: KeptRecording, database: SpoolDatabase, client: UploadClient): Promise<void> {
  await database.discard(recording.upload_id, "video");
  await discard(client, recording.video_id, recording.upload_id);
  await database.forget(recording.upload_id);
}

async function discard(client: UploadClient, video_id: string, upload_id: string): Promise<void> {
  try {
    await client.discard(video_id, upload_id);
  } catch (error) {
    if (!(error instanceof ApiError && error.status === 404)) throw error;
  }
}

/** The open upload with what the server has of it, or "ended" when it is complete with all of `parts`. */
async function goOn(client: UploadClient, upload_id: string, parts: readonly KeptPart[]): Promise<KnownUpload | "ended"> {
  try {
    const known = await client.upload(upload_id);
    if (known.status === "open") return known;
    if (known.status === "complete" && known.rest_until !== null) return await client.reopen(upload_id);
    const there = new Set(known.parts.filter(({ state }) => state === "confirmed").map(({ sha256 }) => sha256));
    if (known.status === "complete" && parts.every(({ sha256 }) => there.has(sha256))) return "ended";
  } catch (error) {
    const isGone = error instanceof ApiError && (error.status === 404 || error.code === "upload_closed");
    if (!isGone) throw error;
  }
  throw new UploadGone();
}
