import assert from "node:assert/strict";
import { test } from "node:test";
import { barsOf, pathOf, playedShare } from "../../../apps/videos/ts/waveform.ts";

test("a bar is the highest peak of its share, and every peak is in one", () => {
  assert.deepEqual(barsOf([1, 9, 2, 3, 8, 4], 3), [9, 3, 8]);
  assert.deepEqual(barsOf([5, 0, 0, 7], 3), [5, 0, 7]);
  assert.equal(Math.max(...barsOf([...Array.from({ length: 999 }, () => 1), 50], 100)), 50);
});

test("a short sound has fewer bars, and none has none", () => {
  assert.deepEqual(barsOf([3, 4], 100), [3, 4]);
  assert.deepEqual(barsOf([], 100), []);
});

const heights = (bars: number[]): number[] => [...pathOf(bars).matchAll(/v([\d.]+)/g)].map((found) => Number(found[1]));

test("the tallest bar fills the height, silence is a dot, and what is hardly to be heard stays low", () => {
  assert.deepEqual(heights([100, 50, 0]), [100, 50, 2]);
  assert.deepEqual(heights([60, 30]), [100, 50]);
  assert.deepEqual(heights([5, 1]), [20, 4]);
});

test("bars stand around the middle, one beside the other", () => {
  assert.deepEqual([...pathOf([50, 25, 0]).matchAll(/M(\d)\.\d+ ([\d.]+)h/g)].map((found) => [found[1], found[2]]), [
    ["0", "0"],
    ["1", "25"],
    ["2", "49"],
  ]);
});

test("what has been played goes from nothing to all", () => {
  const waveform = { peaks: [1, 2, 3, 4], interval_ms: 500 };
  assert.equal(playedShare(waveform, 0), 0);
  assert.equal(playedShare(waveform, 500), 0.25);
  assert.equal(playedShare(waveform, 99_000), 1);
  assert.equal(playedShare({ peaks: [], interval_ms: 50 }, 10), 0);
});
