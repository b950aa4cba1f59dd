import assert from "node:assert/strict";
import { test } from "node:test";
import { PartUnreadable } from "../../../apps/uploads/ts/errors.ts";
import { cutFile, FileSource } from "../../../apps/uploads/ts/file-parts.ts";

const sizes = (size: number, part: number): number[] => cutFile(size, part).map((cut) => cut.end_bytes - cut.start_bytes);

test("a file is cut at every boundary without an empty or an oversized part", () => {
  assert.deepEqual(sizes(0, 8), []);
  assert.deepEqual(sizes(1, 8), [1]);
  assert.deepEqual(sizes(7, 8), [7]);
  assert.deepEqual(sizes(8, 8), [8]);
  assert.deepEqual(sizes(9, 8), [8, 1]);
  assert.deepEqual(sizes(15, 8), [8, 7]);
  assert.deepEqual(sizes(16, 8), [8, 8]);
  assert.deepEqual(sizes(17, 8), [8, 8, 1]);
});

test("parts are numbered from 1 and touch each other", () => {
  const cuts = cutFile(100, 7);
  assert.deepEqual(cuts.map((cut) => cut.number), Array.from({ length: 15 }, (_, index) => index + 1));
  cuts.slice(1).forEach((cut, index) => assert.equal(cut.start_bytes, cuts[index]?.end_bytes));
});

test("files beyond four gigabytes are cut right", () => {
  const cuts = cutFile(5 * 2 ** 40, 16 * 2 ** 20);
  assert.deepEqual(cuts.at(-1), { number: 327_680, start_bytes: 5 * 2 ** 40 - 16 * 2 ** 20, end_bytes: 5 * 2 ** 40 });
});

test("a part size that makes no sense is refused", () => {
  for (const part of [0, -1, NaN]) assert.throws(() => cutFile(10, part), RangeError);
});

test("a part is read from its place in the file", async () => {
  const source = new FileSource(new Blob(["abcdefgh"]), cutFile(8, 3));
  assert.equal(await (await source.read(3)).text(), "gh");
  assert.equal(new TextDecoder().decode(await source.bytes(2)), "def");
  await assert.rejects(source.read(4), PartUnreadable);
});

test("a file that was moved meanwhile is told as unreadable", async () => {
  const moved = { slice: () => ({ arrayBuffer: () => Promise.reject(new DOMException("gone", "NotReadableError")) }) };
  const source = new FileSource(moved as unknown as Blob, cutFile(8, 3));
  await assert.rejects(source.bytes(1), PartUnreadable);
});
