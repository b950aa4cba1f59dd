/** One tab at a time sends an upload. Two would do no harm, but every part would travel twice. */
import { UploadElsewhere } from "./errors.ts";

const nameOf = (uploadId: string): string => `videoshare-upload-${uploadId}`;

/** Runs `action` and returns its result. Rejects with `UploadElsewhere` while another tab of this browser sends it. */
export type Hold = <T>(uploadId: string, action: () => Promise<T>) => Promise<T>;

export const holdUpload: Hold = async (uploadId, action) => {
  const locks = globalThis.navigator?.locks;
  if (!locks) return action(); // Safari before 15.4
  return locks.request(nameOf(uploadId), { ifAvailable: true }, async (lock) => {
    if (!lock) throw new UploadElsewhere();
    return action();
  });
};

/** The ids of the uploads that some tab of this browser sends now, this one included. */
export async function heldUploads(): Promise<ReadonlySet<string>> {
  const held = (await globalThis.navigator?.locks?.query())?.held ?? [];
  const prefix = nameOf("");
  const names = held.map((lock) => lock.name ?? "").filter((name) => name.startsWith(prefix));
  return new Set(names.map((name) => name.slice(prefix.length)));
}

/** Resolves when no tab sends this upload any more: it is complete, or its tab was closed. */
export async function whenReleased(uploadId: string, signal: AbortSignal): Promise<void> {
  await globalThis.navigator?.locks?.request(nameOf(uploadId), { signal }, () => undefined);
}
