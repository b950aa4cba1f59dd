/** Whether a picked file is the one that an unfinished upload was begun with: by the sums of its parts. */
import type { KnownUpload } from "./client.ts";
import { cutFile, type FileSource } from "./file-parts.ts";
import { sha256Hex } from "./hashing.ts";

/**
 * True when every part that the server knows has the same bytes in the file. The first and the last confirmed part
 * are looked at first, because there most other files differ; then all others, because a film that was edited in the
 * middle begins and ends alike, and a mixture of two files plays as neither.
 *
 * Without a single known part nothing can be said: false. `onCompared` hears the share that was compared, 0 to 1.
 * Rejects with `PartUnreadable` when the file cannot be read, and when `signal` ends it.
 */
export async function isSameFile(
  file: FileSource,
  size_bytes: number,
  upload: KnownUpload,
  { signal, onCompared = () => undefined }: { signal: AbortSignal; onCompared?: (share: number) => void },
): Promise<boolean> {
  const cuts = new Map(cutFile(size_bytes, upload.part_size_bytes).map((cut) => [cut.number, cut]));
  const parts = inOrderOfDoubt(upload.parts);
  for (const [compared, part] of parts.entries()) {
    const cut = cuts.get(part.number);
    if (!cut || cut.end_bytes - cut.start_bytes !== part.size_bytes) return false;
    const sha256 = await sha256Hex(await file.bytes(part.number));
    signal.throwIfAborted();
    if (sha256 !== part.sha256) return false;
    onCompared((compared + 1) / parts.length);
  }
  return parts.length > 0;
}

function inOrderOfDoubt(parts: KnownUpload["parts"]): KnownUpload["parts"] {
  const confirmed = parts.filter((part) => part.state === "confirmed");
  const first = new Set([confirmed[0], confirmed.at(-1)]);
  return [...parts.filter((part) => first.has(part)), ...parts.filter((part) => !first.has(part))];
}
