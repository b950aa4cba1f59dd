import assert from "node:assert/strict";
import { test } from "node:test";
import { Cutter, type CutPart } from "../../../../apps/videos/ts/recorder/cutter.ts";
import { ascii, box, type Bytes, concat, FTYP, fragment, INIT, largeBox, MOOV, u32 } from "./mp4-bytes.ts";

const MIB = 1024 * 1024;
const WEBM_START = Uint8Array.of(0x1a, 0x45, 0xdf, 0xa3, 1, 2, 3, 4);

/** Cuts `chunks`. */
function cut(chunks: Uint8Array[], most_bytes = 16 * MIB): CutPart[] {
  const cutter = new Cutter({ most_bytes });
  return [...chunks.flatMap((chunk) => cutter.push(chunk)), ...cutter.end()];
}

function inPieces(bytes: Bytes, size: number): Bytes[] {
  const pieces: Bytes[] = [];
  for (let at = 0; at < bytes.length; at += size) pieces.push(bytes.slice(at, at + size));
  return pieces;
}

const joined = (parts: CutPart[]): Bytes => concat(...parts.map((part) => part.bytes));

test("part 1 is ftyp and moov, each later part one fragment", () => {
  const [first, second] = [fragment({ fill: 1 }), fragment({ fill: 2 })];
  const parts = cut([INIT, first, second]);
  assert.deepEqual(parts, [
    { number: 1, bytes: INIT },
    { number: 2, bytes: first },
    { number: 3, bytes: second },
  ]);
});

test("a chunk with two fragments gives two parts at once", () => {
  const cutter = new Cutter({ most_bytes: 16 * MIB });
  cutter.push(INIT);
  const parts = cutter.push(concat(fragment({ fill: 1 }), fragment({ fill: 2 })));
  assert.deepEqual(parts.map((part) => part.number), [2, 3]);
});

test("wherever chunks are torn, the parts are the same", () => {
  const whole = concat(INIT, fragment({ fill: 1 }), fragment({ fill: 2 }), box("mfra", new Uint8Array(20)));
  const expected = cut([whole]);
  assert.equal(expected.length, 3);
  for (const size of [1, 2, 3, 7, 8, 9, 15, 16, 17, 100, whole.length - 1]) {
    assert.deepEqual(cut(inPieces(whole, size)), expected, `pieces of ${size} bytes`);
  }
});

test("a part is given as soon as its last byte is there, not before", () => {
  const cutter = new Cutter({ most_bytes: 16 * MIB });
  const bytes = fragment();
  cutter.push(INIT);
  assert.deepEqual(cutter.push(bytes.slice(0, -1)), []);
  assert.deepEqual(cutter.push(bytes.slice(-1)), [{ number: 2, bytes }]);
});

test("ftyp and moov that come apart are still one part", () => {
  assert.deepEqual(cut([FTYP, new Uint8Array(), MOOV]), [{ number: 1, bytes: INIT }]);
});

test("a recording in one chunk with its index gives init and fragment without the index", () => {
  const bytes = fragment();
  const parts = cut([concat(INIT, bytes, box("mfra", new Uint8Array(40)))]);
  assert.deepEqual(parts.map((part) => part.bytes), [INIT, bytes]);
});

test("empty chunks give nothing and take no number", () => {
  const parts = cut([new Uint8Array(), INIT, new Uint8Array(), fragment(), new Uint8Array()]);
  assert.deepEqual(parts.map((part) => part.number), [1, 2]);
});

test("the last audio sample of a fragment is mended", () => {
  const parts = cut([INIT, fragment({ audio: [2880, 2880, 1008] })]);
  assert.deepEqual(parts[1]?.bytes, fragment({ audio: [2880, 2880, 2880] }));
});

test("boxes with a 64-bit size are cut like others", () => {
  const big = concat(fragment().slice(0, fragment().length - 72), largeBox("mdat", new Uint8Array(64).fill(7)));
  assert.deepEqual(cut([INIT, big, fragment()]).map((part) => part.bytes.length), [INIT.length, big.length, fragment().length]);
});

test("an mdat that reaches to the end of the file is cut when the recording ends", () => {
  const bytes = fragment();
  const open = concat(bytes.slice(0, bytes.length - 72), u32(0), ascii("mdat"), new Uint8Array(64).fill(7));
  const cutter = new Cutter({ most_bytes: 16 * MIB });
  cutter.push(INIT);
  assert.deepEqual(cutter.push(open), []);
  assert.deepEqual(cutter.end(), [{ number: 2, bytes: open }]);
});

test("a fragment that never got whole is dropped", () => {
  assert.deepEqual(cut([INIT, fragment().slice(0, -5)]).map((part) => part.number), [1]);
});

test("an MP4 of another shape goes up unchanged, nothing lost", () => {
  for (const [name, file] of Object.entries({
    "moov at the end": concat(FTYP, box("mdat", new Uint8Array(3 * MIB)), MOOV),
    "an unknown box": concat(INIT, fragment(), box("wxyz", new Uint8Array(10)), fragment()),
    "a second init segment": concat(INIT, fragment(), INIT, fragment()),
    "a fragment before any init segment": concat(FTYP, fragment()),
    "a moof without its mdat": concat(INIT, box("moof", new Uint8Array(8)), fragment()),
    "a size smaller than a header": concat(INIT, fragment(), u32(3), ascii("moof"), new Uint8Array(30)),
    "bytes that are no box": concat(INIT, new Uint8Array(40).fill(255)),
  })) {
    const parts = cut(inPieces(file, 1000));
    assert.deepEqual(joined(parts), file, name);
    assert.deepEqual(parts.map((part) => part.number), parts.map((_, index) => index + 1), name);
  }
});

test("a moof without its mdat is not passed off as a fragment", () => {
  const torn = concat(box("moof", new Uint8Array(8)), fragment());
  assert.deepEqual(cut([INIT, torn]).map((part) => part.bytes), [INIT, torn]);
});

test("WebM becomes parts as it comes, byte for byte: nothing waits that a crash would lose", () => {
  const chunks = [WEBM_START, new Uint8Array(9).fill(1), new Uint8Array(400_000).fill(2)];
  const cutter = new Cutter({ most_bytes: 16 * MIB });
  const during = chunks.flatMap((chunk) => cutter.push(chunk));
  assert.deepEqual(during.map(({ number, bytes }) => [number, bytes.length]), [[1, 8], [2, 9], [3, 400_000]]);
  assert.deepEqual(cutter.end(), []);
  assert.deepEqual(joined(during), concat(...chunks));
});

test("no part is larger than the server takes", () => {
  const file = concat(INIT, fragment(), fragment());
  const parts = cut([file], 100);
  assert.ok(parts.every((part) => part.bytes.length <= 100));
  assert.deepEqual(joined(parts), file);
  assert.deepEqual(parts.map((part) => part.number), parts.map((_, index) => index + 1));
});

test("a recording of nothing gives no parts", () => {
  assert.deepEqual(cut([]), []);
  assert.deepEqual(cut([new Uint8Array()]), []);
});

test("a recording of three bytes is kept", () => {
  assert.deepEqual(cut([Uint8Array.of(1, 2, 3)]), [{ number: 1, bytes: Uint8Array.of(1, 2, 3) }]);
});
