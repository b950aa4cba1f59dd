/**
 * What the browser keeps of one recording until the server has all of it.
 *
 * Parts are kept before they are sent. What the server has confirmed stays here too, so that the whole recording can be
 * looked at and saved without any network, unless room gets short: then what is confirmed goes first. All of it is
 * forgotten at once, when the upload is complete or the recording is discarded.
 */
import { PartUnreadable } from "./errors.ts";
import type { PartSource } from "./part-source.ts";
import type { Discarded, KeptPart, SpoolDatabase } from "./spool-database.ts";

export interface Spool extends PartSource {
  /** Keeps a part, in memory when there is no other place for it. */
  keep(part: KeptPart, bytes: Blob): Promise<void>;
  /** Lets go of what the server holds. */
  makeRoom(): Promise<void>;
  /** The whole recording as one file; null when some of it is on the server alone, or nothing is there yet. */
  whole(content_type: string): Promise<Blob | null>;
  /** Lets all bytes go, and keeps in mind that the server has to be told until `forget` is called. */
  discard(what: Discarded): Promise<void>;
  /** Lets go of everything. Twice is harmless. */
  forget(): Promise<void>;
  /** Whether what is recorded now lives in this tab alone, and is gone with it. */
  readonly is_in_memory: boolean;
}

/** What memory keeps of confirmed parts before they go: 8 minutes of the busiest 1080p. */
const MOST_CONFIRMED_BYTES = 256 * 1024 * 1024;

/** Keeps parts as Blobs in the tab: for browsers that keep nothing else. */
export class MemorySpool implements Spool {
  readonly is_in_memory = true;
  readonly #parts = new Map<number, Blob>();
  readonly #confirmed = new Set<number>();
  readonly #most_confirmed_bytes: number;
  #last_number = 0;

  constructor(most_confirmed_bytes = MOST_CONFIRMED_BYTES) {
    this.#most_confirmed_bytes = most_confirmed_bytes;
  }

  async keep({ number }: Pick<KeptPart, "number">, bytes: Blob): Promise<void> {
    this.#parts.set(number, bytes);
    this.#last_number = Math.max(this.#last_number, number);
  }

  async read(number: number): Promise<Blob> {
    const bytes = this.#parts.get(number);
    if (!bytes) throw new PartUnreadable(number);
    return bytes;
  }

  async free(number: number): Promise<void> {
    this.#confirmed.add(number);
    let confirmed_bytes = 0;
    for (const kept of this.#confirmed) confirmed_bytes += this.#parts.get(kept)?.size ?? 0;
    if (confirmed_bytes > this.#most_confirmed_bytes) await this.makeRoom();
  }

  async makeRoom(): Promise<void> {
    for (const number of this.#confirmed) this.#parts.delete(number);
    this.#confirmed.clear();
  }

  async whole(content_type: string): Promise<Blob | null> {
    return joined(this.#parts, this.#last_number, content_type);
  }

  discard(): Promise<void> {
    return this.forget(); // in memory there is no later visit that could tell the server
  }

  async forget(): Promise<void> {
    this.#parts.clear();
    this.#confirmed.clear();
  }
}

/** Keeps parts in the browser's database, and in memory what the database does not take. */
export class DiskSpool implements Spool {
  readonly #database: SpoolDatabase;
  readonly #upload_id: string;
  readonly #memory = new Map<number, Blob>();
  readonly #confirmed = new Set<number>();
  #last_number = 0;
  #is_full = false;

  constructor(database: SpoolDatabase, upload_id: string) {
    this.#database = database;
    this.#upload_id = upload_id;
  }

  get is_in_memory(): boolean {
    return this.#is_full;
  }

  async keep(part: KeptPart, bytes: Blob): Promise<void> {
    this.#last_number = Math.max(this.#last_number, part.number);
    try {
      await this.#database.keep(this.#upload_id, part, bytes).catch(() => this.#keepAfterMakingRoom(part, bytes));
      this.#is_full = false;
    } catch {
      this.#memory.set(part.number, bytes);
      this.#is_full = true;
    }
  }

  async read(number: number): Promise<Blob> {
    const bytes = this.#memory.get(number) ?? (await this.#database.read(this.#upload_id, number));
    if (!bytes) throw new PartUnreadable(number);
    return bytes;
  }

  async free(number: number): Promise<void> {
    this.#confirmed.add(number);
    this.#memory.delete(number);
  }

  async makeRoom(): Promise<void> {
    const numbers = [...this.#confirmed];
    this.#confirmed.clear();
    await this.#database.drop(this.#upload_id, numbers);
  }

  async whole(content_type: string): Promise<Blob | null> {
    const [parts, here] = await Promise.all([
      this.#database.parts(this.#upload_id),
      this.#database.bytes(this.#upload_id),
    ]);
    for (const [number, part] of this.#memory) here.set(number, part);
    return joined(here, Math.max(this.#last_number, parts.at(-1)?.number ?? 0), content_type);
  }

  async discard(what: Discarded): Promise<void> {
    this.#memory.clear();
    await this.#database.discard(this.#upload_id, what);
  }

  async forget(): Promise<void> {
    this.#memory.clear();
    await this.#database.forget(this.#upload_id);
  }

  /** The disk is full, or the browser has closed the database: what is confirmed makes room. */
  async #keepAfterMakingRoom(part: KeptPart, bytes: Blob): Promise<void> {
    await this.makeRoom();
    await this.#database.keep(this.#upload_id, part, bytes);
  }
}

/** The bytes of the parts 1 to `last` as one file; null when one is missing, or there is none. */
function joined(parts: ReadonlyMap<number, Blob>, last: number, content_type: string): Blob | null {
  const pieces: Blob[] = [];
  for (let number = 1; number <= last; number += 1) {
    const piece = parts.get(number);
    if (!piece) return null;
    pieces.push(piece);
  }
  return pieces.length > 0 ? new Blob(pieces, { type: content_type }) : null;
}
