/** A file on the person's disk, cut into parts by the size that the server names. */
import { PartUnreadable } from "./errors.ts";
import type { PartSource } from "./part-source.ts";

export interface Cut {
  /** Counts from 1. */
  number: number;
  start_bytes: number;
  end_bytes: number;
}

/** The cuts of a file: all of `part_size_bytes` but the last, which is never empty. [] for an empty file. */
export function cutFile(size_bytes: number, part_size_bytes: number): Cut[] {
  if (!(part_size_bytes >= 1)) throw new RangeError(`part_size_bytes is ${part_size_bytes}`);
  const cuts: Cut[] = [];
  for (let start = 0; start < size_bytes; start += part_size_bytes) {
    cuts.push({ number: cuts.length + 1, start_bytes: start, end_bytes: Math.min(start + part_size_bytes, size_bytes) });
  }
  return cuts;
}

/** Reads parts from the file each time they are asked for, so that memory stays flat and nothing needs freeing. */
export class FileSource implements PartSource {
  readonly #file: Blob;
  readonly #cuts: Map<number, Cut>;

  constructor(file: Blob, cuts: readonly Cut[]) {
    this.#file = file;
    this.#cuts = new Map(cuts.map((cut) => [cut.number, cut]));
  }

  async read(number: number): Promise<Blob> {
    const cut = this.#cuts.get(number);
    if (!cut) throw new PartUnreadable(number);
    return this.#file.slice(cut.start_bytes, cut.end_bytes);
  }

  /** The bytes for hashing. Rejects with `PartUnreadable` when the file was moved, changed or unplugged. */
  async bytes(number: number): Promise<ArrayBuffer> {
    const part = await this.read(number);
    try {
      return await part.arrayBuffer();
    } catch {
      throw new PartUnreadable(number);
    }
  }

  async free(): Promise<void> {
    // The file belongs to the person; there is nothing to give back.
  }
}
