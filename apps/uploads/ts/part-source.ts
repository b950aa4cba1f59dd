/**
 * Where a part's bytes wait until the server has confirmed them.
 *
 * The queue asks for the bytes each time it sends them and says when it needs them no more, so that a source can be
 * memory, a file on disk or a database of the browser.
 */
import { PartUnreadable } from "./errors.ts";

export interface PartSource {
  /** The bytes of part `number`; rejects with `PartUnreadable` when they are gone. */
  read(number: number): Promise<Blob>;
  /** The server holds the part; its bytes may go. Calling it twice is harmless. */
  free(number: number): Promise<void>;
}

/** A source that parts are put into as they are made: what the browser keeps until it is confirmed. */
export interface Spool extends PartSource {
  keep(number: number, bytes: Blob): Promise<void>;
}

/** Keeps parts as Blobs, which the browser may move to disk by itself; gone when the tab is gone. */
export class MemorySpool implements Spool {
  readonly #parts = new Map<number, Blob>();

  async keep(number: number, bytes: Blob): Promise<void> {
    this.#parts.set(number, bytes);
  }

  async read(number: number): Promise<Blob> {
    const bytes = this.#parts.get(number);
    if (!bytes) throw new PartUnreadable(number);
    return bytes;
  }

  async free(number: number): Promise<void> {
    this.#parts.delete(number);
  }

  get size(): number {
    return this.#parts.size;
  }
}
