/**
 * The spool's database: recordings that this browser keeps until the server has all of them.
 *
 * A recording is written down before its first part, each part before it is sent, and all of it goes when the server has
 * taken the upload as complete, or when its author discards it. Whatever ends the page in between (a closed tab, a killed
 * browser, a power cut) leaves the rows, from which the next visit offers to finish. Rows belong to a person: pages show
 * those of who is signed in.
 *
 * Bytes stand in a store of their own, so that listing parts touches none of them.
 */
import { type DBSchema, type IDBPDatabase, openDB } from "idb";

export interface KeptRecording {
  readonly upload_id: string;
  readonly video_id: string;
  /** The public id of whose recording it is. */
  readonly person: string;
  readonly share_url: string | null;
  readonly content_type: string;
  /** When it began, in ms since 1970. */
  readonly began_at_ms: number;
  /** Recorded time up to the last part, pauses left out. */
  readonly recorded_ms: number;
  /** What its author threw away and the server has not heard of yet; null while it is to be kept. */
  readonly discarded: Discarded | null;
}

/** A "take" that was started over leaves its video to the next one; a "video" goes with all that it has. */
export type Discarded = "take" | "video";

export interface KeptPart {
  /** Counts from 1 without gaps. */
  readonly number: number;
  readonly size_bytes: number;
  readonly sha256: string;
  /** Recorded time at its end, pauses left out. */
  readonly recorded_ms: number;
}

interface Tables extends DBSchema {
  recordings: { key: string; value: KeptRecording; indexes: { person: string } };
  parts: { key: [string, number]; value: KeptPart & { readonly upload_id: string } };
  bytes: { key: [string, number]; value: Blob };
}

const NAME = "videoshare-spool";

/** Written to the disk itself, not only to the system's memory: a power cut costs no more than a crash. */
const STRICT = { durability: "strict" } as const;

export class SpoolDatabase {
  readonly #database: IDBPDatabase<Tables>;

  private constructor(database: IDBPDatabase<Tables>) {
    this.#database = database;
  }

  /** null in a browser that keeps nothing for pages (switched off, some private windows). */
  static async open(): Promise<SpoolDatabase | null> {
    try {
      const database = await openDB<Tables>(NAME, 1, {
        upgrade(fresh) {
          fresh.createObjectStore("recordings", { keyPath: "upload_id" }).createIndex("person", "person");
          fresh.createObjectStore("parts", { keyPath: ["upload_id", "number"] });
          fresh.createObjectStore("bytes");
        },
        // A newer version in another tab waits for this; what is recorded here goes on in memory.
        blocking: (_current, _blocked, event) => (event.target as IDBDatabase).close(),
      });
      return new SpoolDatabase(database);
    } catch {
      return null;
    }
  }

  async begin(recording: KeptRecording): Promise<void> {
    const change = this.#database.transaction("recordings", "readwrite", STRICT);
    await Promise.all([change.store.put(recording), change.done]);
  }

  /** Keeps a part. Rejects with the browser's QuotaExceededError, among others, when there is no room for it. */
  async keep(upload_id: string, part: KeptPart, bytes: Blob): Promise<void> {
    const change = this.#database.transaction(["recordings", "parts", "bytes"], "readwrite", STRICT);
    const write = async (): Promise<void> => {
      const recording = await change.objectStore("recordings").get(upload_id);
      if (!recording) return change.abort(); // Forgotten meanwhile: nobody would ever find the bytes.
      await Promise.all([
        change.objectStore("parts").put({ ...part, upload_id }),
        change.objectStore("bytes").put(bytes, [upload_id, part.number]),
        change.objectStore("recordings").put({ ...recording, recorded_ms: part.recorded_ms }),
      ]);
    };
    await Promise.all([write(), change.done]);
  }

  /** The bytes of a part; undefined when they are gone. */
  read(upload_id: string, number: number): Promise<Blob | undefined> {
    return this.#database.get("bytes", [upload_id, number]);
  }

  /** Lets bytes go and keeps what is known of the parts. */
  async drop(upload_id: string, numbers: readonly number[]): Promise<void> {
    const change = this.#database.transaction("bytes", "readwrite");
    await Promise.all([...numbers.map((number) => change.store.delete([upload_id, number])), change.done]);
  }

  /** The parts of a recording, in the order of their numbers. */
  parts(upload_id: string): Promise<KeptPart[]> {
    return this.#database.getAll("parts", allOf(upload_id));
  }

  /** All bytes that are here, by the number of their part. The browser reads them from the disk when somebody does. */
  async bytes(upload_id: string): Promise<Map<number, Blob>> {
    const look = this.#database.transaction("bytes").store;
    const [keys, values] = await Promise.all([look.getAllKeys(allOf(upload_id)), look.getAll(allOf(upload_id))]);
    return new Map(keys.map(([, number], index) => [number, values[index] as Blob]));
  }

  /** The recordings of a person, oldest first; those that were thrown away among them. */
  async recordings(person: string): Promise<KeptRecording[]> {
    const found = await this.#database.getAllFromIndex("recordings", "person", person);
    return found.sort((a, b) => a.began_at_ms - b.began_at_ms);
  }

  /** Notes that a recording was thrown away, and lets its bytes go; the row stays until the server knows. */
  async discard(upload_id: string, discarded: Discarded): Promise<void> {
    const change = this.#database.transaction(["recordings", "parts", "bytes"], "readwrite", STRICT);
    const recordings = change.objectStore("recordings");
    const write = async (): Promise<void> => {
      const recording = await recordings.get(upload_id);
      if (recording) await recordings.put({ ...recording, discarded });
    };
    await Promise.all([
      write(),
      change.objectStore("parts").delete(allOf(upload_id)),
      change.objectStore("bytes").delete(allOf(upload_id)),
      change.done,
    ]);
  }

  /** Forgets a recording and all its bytes. Twice is harmless. */
  async forget(upload_id: string): Promise<void> {
    const change = this.#database.transaction(["recordings", "parts", "bytes"], "readwrite");
    await Promise.all([
      change.objectStore("recordings").delete(upload_id),
      change.objectStore("parts").delete(allOf(upload_id)),
      change.objectStore("bytes").delete(allOf(upload_id)),
      change.done,
    ]);
  }

  close(): void {
    this.#database.close();
  }
}

function allOf(upload_id: string): IDBKeyRange {
  return IDBKeyRange.bound([upload_id, 0], [upload_id, Infinity]);
}
