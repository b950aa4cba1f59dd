import assert from "node:assert/strict";
import { test } from "node:test";
import { formatElapsed, Stopwatch } from "../../../../apps/videos/ts/recorder/stopwatch.ts";

test("pauses do not count", () => {
  const watch = new Stopwatch();
  watch.run(1_000);
  watch.halt(5_000);
  assert.equal(watch.elapsed(60_000), 4_000);
  watch.run(60_000);
  assert.equal(watch.elapsed(64_000), 8_000);
});

test("starting or halting twice changes nothing", () => {
  const watch = new Stopwatch();
  watch.halt(0);
  watch.run(1_000);
  watch.run(2_000);
  watch.halt(3_000);
  watch.halt(9_000);
  assert.equal(watch.elapsed(10_000), 2_000);
});

test("time is written in minutes and seconds, with hours from the first hour on", () => {
  const cases: [number, string][] = [[0, "0:00"], [59_999, "0:59"], [60_000, "1:00"], [3_599_999, "59:59"], [3_600_000, "1:00:00"], [-5, "0:00"]];
  for (const [elapsed_ms, text] of cases) assert.equal(formatElapsed(elapsed_ms), text);
});
