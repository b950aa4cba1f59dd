import assert from "node:assert/strict";
import { test } from "node:test";
import { bytesPerSecond, inSteps, measured, secondsLeft, type Speed } from "../../../apps/uploads/ts/speed.ts";

/** Measures `bytes` at each of these moments in ms. */
function over(samples: readonly (readonly [at_ms: number, sent_bytes: number])[]): Speed {
  return samples.reduce<Speed>((speed, [at_ms, sent_bytes]) => measured(speed, at_ms, sent_bytes), []);
}

test("nothing is said in the first three seconds", () => {
  assert.equal(bytesPerSecond([]), null);
  assert.equal(bytesPerSecond(over([[0, 0], [2_999, 1_000]])), null);
  assert.equal(bytesPerSecond(over([[0, 0], [3_000, 3_000]])), 1_000);
});

test("what was there before sending began does not count as fast", () => {
  const speed = over([[0, 900_000], [5_000, 905_000]]);
  assert.equal(bytesPerSecond(speed), 1_000);
  assert.equal(secondsLeft(speed, 95_000), 95);
});

test("bursts are smoothed over twenty seconds, and what is older is forgotten", () => {
  const slowThenFast = over([...Array(100).keys()].map((second) => [second * 1_000, second < 60 ? second * 10 : second * 1_000] as const));
  assert.equal(bytesPerSecond(slowThenFast), 1_000);
  const burst = over([[0, 0], [1_000, 0], [2_000, 8_000], [3_000, 8_000], [4_000, 8_000]]);
  assert.equal(bytesPerSecond(burst), 2_000);
});

test("many samples a second are kept as few", () => {
  const speed = over([...Array(4_000).keys()].map((tick) => [tick * 5, tick * 5] as const));
  assert.ok(speed.length <= 42, String(speed.length));
  assert.ok(Math.abs(bytesPerSecond(speed)! - 1_000) < 1);
});

test("a part that has to be sent again, and a long pause, begin the measurement anew", () => {
  assert.equal(bytesPerSecond(over([[0, 0], [4_000, 8_000], [5_000, 2_000]])), null);
  assert.equal(bytesPerSecond(over([[0, 0], [4_000, 8_000], [60_000, 9_000]])), null);
});

test("a line that moves nothing has no time left to tell", () => {
  assert.equal(secondsLeft(over([[0, 5], [10_000, 5]]), 100), null);
});

test("time is told in the steps that people say it in", () => {
  const cases: [number, ReturnType<typeof inSteps>][] = [
    [0, { unit: "moment" }],
    [54, { unit: "moment" }],
    [55, { unit: "minutes", minutes: 1 }],
    [61, { unit: "minutes", minutes: 2 }],
    [600, { unit: "minutes", minutes: 10 }],
    [601, { unit: "minutes", minutes: 15 }],
    [3_300, { unit: "minutes", minutes: 55 }],
    [3_301, { unit: "hours", hours: 1, minutes: 0 }],
    [3_601, { unit: "hours", hours: 1, minutes: 15 }],
    [7_000, { unit: "hours", hours: 2, minutes: 0 }],
    [36_001, { unit: "hours", hours: 11, minutes: 0 }],
  ];
  for (const [seconds, told] of cases) assert.deepEqual(inSteps(seconds), told, String(seconds));
});
