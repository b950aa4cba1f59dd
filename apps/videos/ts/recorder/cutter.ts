/**
 * Turns what MediaRecorder hands over into the numbered parts of an upload. Pure: bytes in, parts out.
 *
 * MediaRecorder's chunks are nearly, but not quite, segments: one may hold two fragments, `ftyp` and `moov` may come
 * apart, a box may be torn between two chunks. For fragmented MP4 the cutter gives
 *
 *     part 1        ftyp + moov and nothing else
 *     part 2, 3, …  exactly one moof + mdat each, mended (see mend.ts)
 *
 * and drops `mfra` (an index of offsets that no longer hold), empty chunks and a box that never got whole. Everything
 * else (WebM, Matroska, an MP4 of another shape) becomes a part as it comes, cut anywhere, unchanged: joined in the order of
 * their numbers, the parts are what was recorded. Nothing waits here for more to come, or a crash would lose it.
 */
import { Mender } from "./mend.ts";
import { readHeader } from "./mp4-boxes.ts";

export interface CutPart {
  /** Counts from 1 without gaps. */
  number: number;
  bytes: Uint8Array<ArrayBuffer>;
}

export interface CutterOptions {
  /** The server's limit for one part of a recording. A larger fragment is cut into several parts. */
  most_bytes: number;
}

/** Boxes between fragments that say nothing a player or the publisher needs. */
const DROPPED_BOXES: ReadonlySet<string> = new Set(["mfra", "free", "skip", "styp", "sidx"]);

type Mode = "undecided" | "fragments" | "as_it_comes";

export class Cutter {
  readonly #most_bytes: number;
  #mode: Mode = "undecided";
  /** Bytes that are not yet part of a part. */
  #pending: Uint8Array<ArrayBuffer> = new Uint8Array();
  /** null until the init segment was cut. */
  #mender: Mender | null = null;
  #number = 0;

  constructor({ most_bytes }: CutterOptions) {
    this.#most_bytes = most_bytes;
  }

  /** Takes the next bytes and returns the parts they complete. */
  push(bytes: Uint8Array): CutPart[] {
    this.#pending = join(this.#pending, bytes);
    if (this.#mode === "undecided") this.#decide();
    const parts = this.#mode === "fragments" ? this.#fragments(false) : [];
    // #fragments gives up on a shape it does not know by changing the mode: so no "else" here.
    if (this.#mode === "as_it_comes") parts.push(...this.#flush());
    return parts;
  }

  /** The recording has ended: returns what is left. */
  end(): CutPart[] {
    if (this.#mode === "fragments") {
      const parts = this.#fragments(true);
      if (this.#mode === "fragments") {
        this.#pending = new Uint8Array();
        return parts;
      }
      return [...parts, ...this.#flush()];
    }
    return this.#flush();
  }

  #decide(): void {
    const header = readHeader(this.#pending, 0);
    if (header === null) return;
    this.#mode = header !== "broken" && header.type === "ftyp" ? "fragments" : "as_it_comes";
  }

  /** Cuts off every whole init segment or fragment at the front of what is pending. */
  #fragments(ended: boolean): CutPart[] {
    const parts: CutPart[] = [];
    for (;;) {
      const found = frontOf(this.#pending, ended);
      if (found === "unknown") {
        this.#mode = "as_it_comes";
        return parts;
      }
      if (found === "torn") return parts;
      const bytes = this.#pending.slice(0, found.end);
      if (found.kind === "init") {
        if (this.#mender) {
          // A second init segment: another recording begins, and its fragments are not ours to judge.
          this.#mode = "as_it_comes";
          return parts;
        }
        this.#mender = new Mender(bytes);
        parts.push(...this.#parts(bytes));
      } else if (found.kind === "fragment") {
        if (!this.#mender) {
          this.#mode = "as_it_comes";
          return parts;
        }
        this.#mender.mend(bytes);
        parts.push(...this.#parts(bytes));
      }
      this.#pending = this.#pending.slice(found.end);
    }
  }

  #flush(): CutPart[] {
    const parts = this.#parts(this.#pending);
    this.#pending = new Uint8Array();
    return parts;
  }

  /** Numbers `bytes`, as several parts where they are more than the server takes at once. */
  #parts(bytes: Uint8Array<ArrayBuffer>): CutPart[] {
    const parts: CutPart[] = [];
    for (let start = 0; start < bytes.length; start += this.#most_bytes) {
      this.#number += 1;
      parts.push({ number: this.#number, bytes: bytes.slice(start, start + this.#most_bytes) });
    }
    return parts;
  }
}

type Front = { kind: "init" | "fragment" | "dropped"; end: number };

/**
 * What stands at the front of `bytes`: a whole init segment, fragment or box to drop; "torn" when it is not all there
 * yet (or nothing is); "unknown" when it is none of these.
 */
function frontOf(bytes: Uint8Array, ended: boolean): Front | "torn" | "unknown" {
  const first = boxAt(bytes, 0, ended);
  if (typeof first === "string") return first;
  if (DROPPED_BOXES.has(first.type)) return { kind: "dropped", end: first.end };
  const follower = first.type === "ftyp" ? "moov" : first.type === "moof" ? "mdat" : null;
  if (follower === null) return "unknown";
  const second = boxAt(bytes, first.end, ended);
  if (typeof second === "string") return second;
  if (second.type !== follower) return "unknown";
  return { kind: follower === "moov" ? "init" : "fragment", end: second.end };
}

function boxAt(bytes: Uint8Array, start: number, ended: boolean): { type: string; end: number } | "torn" | "unknown" {
  const header = readHeader(bytes, start);
  if (header === null) return "torn";
  if (header === "broken") return "unknown";
  // A box of size 0 reaches to the end of the file, which is known only when the recording has ended.
  if (header.size_bytes === 0) return ended ? { type: header.type, end: bytes.length } : "torn";
  const end = start + header.size_bytes;
  return end <= bytes.length ? { type: header.type, end } : "torn";
}

function join(first: Uint8Array, second: Uint8Array): Uint8Array<ArrayBuffer> {
  const joined = new Uint8Array(first.length + second.length);
  joined.set(first);
  joined.set(second, first.length);
  return joined;
}
