/** Ends an upload: waits for its parts, completes it, and sends again what the server says it lacks. */
import { ApiError } from "../../core/ts/api.ts";
import { missingParts, type UploadClient, type Video } from "./client.ts";
import type { PartQueue } from "./part-queue.ts";
import { untilDone, type Waiter } from "./retry.ts";

/** A server that lacks the same parts again after this many rounds will lack them for ever. */
const MOST_ROUNDS = 3;

/**
 * Returns the video once the server has taken the upload as complete. Rejects with what cannot be cured by waiting:
 * call it again after `queue.retry()`. Completing twice is harmless.
 */
export async function completeUpload({ client, uploadId, queue, recorded_ms, waiter, signal, onTrouble }: {
  client: Pick<UploadClient, "complete">;
  uploadId: string;
  queue: Pick<PartQueue, "plans" | "whenConfirmed" | "resend">;
  recorded_ms?: number;
  waiter: Pick<Waiter, "wait">;
  signal: AbortSignal;
  onTrouble?: (error: unknown) => void;
}): Promise<Video> {
  for (let round = 1; ; round += 1) {
    await queue.whenConfirmed();
    const parts = queue.plans.map(({ number, size_bytes }) => ({ number, size_bytes }));
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
