/**
 * Reading ISO BMFF boxes (ISO/IEC 14496-12) out of bytes, as far as the cutter and the mender need them.
 *
 * Every reader returns null instead of guessing when the bytes are not what they should be.
 */

export interface Box {
  type: string;
  /** Where the box starts, header included, in bytes from the start of the array that was read. */
  start: number;
  /** Where its content starts. */
  content: number;
  /** Where it ends (exclusive). */
  end: number;
}

const HEADER_BYTES = 8;
const LARGE_HEADER_BYTES = 16;

/** A view of the same memory, for reading and writing big-endian numbers. */
export function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/**
 * The header of the box at `start`: its type and its whole size. `size` 0 means "to the end of the file".
 * null when fewer bytes than a header are there; "broken" when no box can look like this.
 */
export function readHeader(
  bytes: Uint8Array,
  start: number,
): { type: string; header_bytes: number; size_bytes: number } | null | "broken" {
  if (bytes.length - start < HEADER_BYTES) return null;
  const view = viewOf(bytes);
  const type = String.fromCharCode(...bytes.subarray(start + 4, start + 8));
  // Every registered type is printable ASCII; anything else means that these bytes are not a box.
  if (!/^[\x20-\x7e]{4}$/.test(type)) return "broken";
  const size = view.getUint32(start);
  if (size === 0) return { type, header_bytes: HEADER_BYTES, size_bytes: 0 };
  if (size !== 1) return size < HEADER_BYTES ? "broken" : { type, header_bytes: HEADER_BYTES, size_bytes: size };
  if (bytes.length - start < LARGE_HEADER_BYTES) return null;
  const large = view.getBigUint64(start + HEADER_BYTES);
  if (large < BigInt(LARGE_HEADER_BYTES) || large > BigInt(Number.MAX_SAFE_INTEGER)) return "broken";
  return { type, header_bytes: LARGE_HEADER_BYTES, size_bytes: Number(large) };
}

/** The boxes that fill `start` to `end` exactly; null when they do not. */
export function readBoxes(bytes: Uint8Array, start: number, end: number): Box[] | null {
  const boxes: Box[] = [];
  for (let at = start; at < end; ) {
    const header = readHeader(bytes.subarray(0, end), at);
    if (header === null || header === "broken" || header.size_bytes === 0) return null;
    const boxEnd = at + header.size_bytes;
    if (boxEnd > end) return null;
    boxes.push({ type: header.type, start: at, content: at + header.header_bytes, end: boxEnd });
    at = boxEnd;
  }
  return boxes;
}

/** The children of `box`; null when its content is not boxes alone. */
export function childrenOf(bytes: Uint8Array, box: Box): Box[] | null {
  return readBoxes(bytes, box.content, box.end);
}

/** The first box found by going down `path` from the children of `box`; null when a step is missing. */
export function descend(bytes: Uint8Array, box: Box, ...path: string[]): Box | null {
  let found: Box = box;
  for (const type of path) {
    const child = childrenOf(bytes, found)?.find((candidate) => candidate.type === type);
    if (!child) return null;
    found = child;
  }
  return found;
}
