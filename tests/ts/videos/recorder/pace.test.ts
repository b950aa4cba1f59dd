import assert from "node:assert/strict";
import { test } from "node:test";
import { Pace } from "../../../../apps/videos/ts/recorder/pace.ts";

/** When pictures are painted while something new comes at `arrivals` (ms), for `duration_ms`, timers `late_ms` late. */
function painted(arrivals: number[], duration_ms: number, late_ms = 0): number[] {
  const pace = new Pace(0);
  const times: number[] = [];
  const waiting = [...arrivals];
  for (let now = 0; now < duration_ms; ) {
    if (pace.wait(now) === 0) {
      pace.painted(now);
      times.push(now);
    }
    const timer = now + pace.wait(now) + late_ms;
    const arrival = waiting[0] ?? Infinity;
    if (arrival <= timer) {
      pace.freshen();
      waiting.shift();
      now = Math.max(now, arrival);
    } else {
      now = timer;
    }
  }
  return times;
}

const every = (step_ms: number, duration_ms: number, first = 0): number[] =>
  Array.from({ length: Math.floor(duration_ms / step_ms) }, (_, index) => first + index * step_ms);

const longest = (times: number[]): number => Math.max(...times.slice(1).map((time, index) => time - times[index]!));

test("a source of 30 frames a second is painted frame by frame, though timers are late", () => {
  const count = painted(every(1_000 / 30, 10_000, 5), 10_000, 1.5).length;
  assert.ok(count >= 298 && count <= 302, `${count} pictures`);
});

test("sources of 60 a second, or two of 30, are painted 30 times a second", () => {
  const two = [...every(1_000 / 30, 10_000), ...every(1_000 / 30, 10_000, 16)].sort((a, b) => a - b);
  for (const arrivals of [every(1_000 / 60, 10_000), two]) {
    const times = painted(arrivals, 10_000, 1.5);
    assert.ok(times.length >= 295 && times.length <= 302, `${times.length} pictures`);
    assert.ok(longest(times) < 60);
  }
});

test("a still source is painted five times a second", () => {
  const times = painted([], 10_000);
  assert.equal(times.length, 50);
  assert.ok(longest(times) <= 201);
});

test("something new after a stillness is painted at once", () => {
  assert.ok(painted([950], 1_000).includes(950));
});

test("after the machine was away, pictures do not come in a burst", () => {
  const pace = new Pace(0);
  pace.painted(0);
  pace.freshen();
  assert.equal(pace.wait(5_000), 0);
  pace.painted(5_000);
  pace.freshen();
  assert.ok(pace.wait(5_001) > 30);
});
