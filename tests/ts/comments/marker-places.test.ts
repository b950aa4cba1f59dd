import assert from "node:assert/strict";
import { test } from "node:test";
import { marksOf } from "../../../apps/comments/ts/marker-places.ts";
import { EMPTY, type Thread, merge, threadsOf } from "../../../apps/comments/ts/threads.ts";
import { row } from "./rows.ts";

const at = (...times: (number | null)[]): Thread[] =>
  threadsOf(merge(EMPTY, times.map((timestamp_ms, index) => row(`c${index}`, { timestamp_ms }))));
const seconds = (...times: number[]): Thread[] => at(...times.map((time) => time * 1000));

test("a mark stands at its share of the length", () => {
  const marks = marksOf(seconds(0, 25, 100), 100_000, 1000);
  assert.deepEqual(marks.map((mark) => mark.at), [0, 0.25, 1]);
});

test("marks closer than the gap become one, at the first, with all of its threads", () => {
  // 1000 px for 100 s: 10 px a second, so 2.3 s are 23 px and 2.4 s are 24 px.
  assert.equal(marksOf(seconds(10, 12.3), 100_000, 1000).length, 1);
  assert.equal(marksOf(seconds(10, 12.4), 100_000, 1000).length, 2);
  const [mark] = marksOf(seconds(10, 12.3), 100_000, 1000);
  assert.equal(mark!.timestampMs, 10_000);
  assert.deepEqual(mark!.threads.map((thread) => thread.first.timestamp_ms), [10_000, 12_300]);
});

test("a row of close moments is not swallowed by one mark: the gap counts from a mark's first", () => {
  assert.equal(marksOf(seconds(10, 12, 14, 16), 100_000, 1000).length, 2);
});

test("no two marks are closer than the gap, however many there are", () => {
  const marks = marksOf(seconds(...Array.from({ length: 200 }, (_, i) => i / 2)), 100_000, 320);
  for (let i = 1; i < marks.length; i += 1) assert.ok((marks[i]!.timestampMs - marks[i - 1]!.timestampMs) * 320 >= 24 * 100_000);
  assert.equal(marks.reduce((sum, mark) => sum + mark.threads.length, 0), 200);
});

test("threads about the whole video have no mark", () => {
  assert.deepEqual(marksOf(at(null), 100_000, 1000), []);
});

test("a moment past the end stands at the end", () => {
  assert.equal(marksOf(seconds(140), 100_000, 1000)[0]!.at, 1);
});

test("without a length or a width there are no marks", () => {
  for (const [duration, width] of [[0, 1000], [NaN, 1000], [100_000, 0]] as const) {
    assert.deepEqual(marksOf(seconds(1), duration, width), []);
  }
});
