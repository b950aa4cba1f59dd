/** The parts call for an upload that the server may have ended meanwhile, because nothing was heard of its author. */
import { ApiError } from "../../core/ts/api.ts";
import type { PartAnswer, PartPlan, UploadClient } from "./client.ts";

/**
 * Returns the parts call of this upload. Where the server has ended it in its author's absence, the upload is opened again
 * and the call repeated; one that its author has ended stays closed, and the call rejects as before.
 */
export function reopening(
  client: Pick<UploadClient, "parts" | "reopen">,
  uploadId: string,
): (parts: readonly PartPlan[], stored: readonly number[]) => Promise<PartAnswer[]> {
  return async (parts, stored) => {
    try {
      return await client.parts(uploadId, parts, stored);
    } catch (error) {
      if (!(error instanceof ApiError && error.code === "upload_closed")) throw error;
      await client.reopen(uploadId);
      return client.parts(uploadId, parts, stored);
    }
  };
}
