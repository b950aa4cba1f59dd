/** Sends one part's bytes to its signed address. XMLHttpRequest, because fetch tells no upload progress. */
import { StoreError } from "./errors.ts";

export interface PutTarget {
  url: string;
  method: string;
  headers: Record<string, string>;
}

export type Put = (
  target: PutTarget,
  bytes: Blob,
  options: { signal: AbortSignal; onSent: (sent_bytes: number) => void },
) => Promise<void>;

/** A connection that moves nothing for this long is dead; a Wi-Fi change leaves such ones behind without an error. */
const STALLED_MS = 45_000;

/** Resolves when the store took the bytes; rejects with `StoreError` (status 0 for a broken or stalled connection). */
export const putPart: Put = (target, bytes, { signal, onSent }) =>
  new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    let stalled: ReturnType<typeof setTimeout>;
    const abort = (): void => request.abort();
    const watch = (): void => {
      clearTimeout(stalled);
      stalled = setTimeout(abort, STALLED_MS);
    };
    const end = (settle: () => void) => (): void => {
      clearTimeout(stalled);
      signal.removeEventListener("abort", abort);
      settle();
    };
    request.upload.addEventListener("progress", (event) => {
      watch();
      onSent(event.loaded);
    });
    request.addEventListener(
      "load",
      end(() => {
        if (request.status >= 200 && request.status < 300) resolve();
        else reject(new StoreError(request.status, detailOf(request.responseText)));
      }),
    );
    const broken = end(() => reject(new StoreError(0)));
    request.addEventListener("error", broken);
    request.addEventListener("abort", broken);
    request.open(target.method, target.url);
    for (const [name, value] of Object.entries(target.headers)) request.setRequestHeader(name, value);
    signal.addEventListener("abort", abort);
    watch();
    request.send(bytes);
    if (signal.aborted) abort();
  });

/** The sentence of our local store's error; "" for the XML of an S3 store, which no person should have to read. */
function detailOf(text: string): string {
  try {
    const body: unknown = JSON.parse(text);
    const detail = typeof body === "object" && body !== null ? (body as Record<string, unknown>)["detail"] : "";
    return typeof detail === "string" ? detail : "";
  } catch {
    return "";
  }
}
