/** Ends an upload: waits for its parts, completes it, and sends again what the server says it lacks. */
import { ApiError } from "../../core/ts/api.ts";
import { missingParts, type UploadClient, type Video } from "./client.ts";
import type { PartQueue } from "./part-queue.ts";
import { untilDone, type Waiter } from "./retry.ts";

/** A server that lacks the same parts again after this many rounds will lack them for ever. */
const MOST_ROUNDS = 3;

/** No more bytes are taken; the server keeps those it has. */
const FULL = "quota_reached";

/**
 * Returns the video once the server has taken the upload as complete. Rejects with what cannot be cured by waiting:
 * call it again after `queue.retry()`. Completing twice is harmless.
 *
 * With `mayEndEarly` (a recording), an upload that the server has no more room for is completed with what it holds:
 * the beginning of what was said is worth more than nothing. A file is whole or worthless.
 */
export async function completeUpload({ client, uploadId, queue, mayEndEarly, recorded_ms, waiter, signal, onTrouble }: {
  client: Pick<UploadClient, "complete">;
  uploadId: string;
  queue: Pick<PartQueue, "confirmedFromStart" | "whenConfirmed" | "resend">;
  mayEndEarly: boolean;
  recorded_ms?: number;
  waiter: Pick<Waiter, "wait">;
  signal: AbortSignal;
  onTrouble?: (error: unknown) => void;
}): Promise<Video> {
  for (let round = 1; ; round += 1) {
    try {
      await queue.whenConfirmed();
    } catch (error) {
      const isFull = error instanceof ApiError && error.code === FULL;
      if (!isFull || !mayEndEarly || queue.confirmedFromStart.length === 0) throw error;
    }
    const parts = queue.confirmedFromStart.map(({ number, size_bytes }) => ({ number, size_bytes }));
    const body = recorded_ms === undefined ? { parts } : { parts, recorded_ms: Math.round(recorded_ms) };
    try {
      return await untilDone(() => client.complete(uploadId, body), {
        waiter,
        signal,
        ...(onTrouble ? { onTrouble } : {}),
      });
    } catch (error) {
      const lacking = error instanceof ApiError ? missingParts(error) : [];
      if (lacking.length === 0 || round >= MOST_ROUNDS) throw error;
      queue.resend(lacking);
    }
  }
}
