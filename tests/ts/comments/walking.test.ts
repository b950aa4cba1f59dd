import assert from "node:assert/strict";
import { test } from "node:test";
import { EMPTY, merge, stepFrom, threadsOf } from "../../../apps/comments/ts/threads.ts";
import { type KeyPress, isWalkingKey } from "../../../apps/comments/ts/walking.ts";
import { row } from "./rows.ts";

const THREADS = threadsOf(
  merge(EMPTY, [row("a", { timestamp_ms: 10_000 }), row("b", { timestamp_ms: 20_000 }), row("whole")]),
);
const pressed = (key: string, over: Partial<KeyPress> = {}): KeyPress => ({
  key,
  ctrlKey: false,
  metaKey: false,
  altKey: false,
  defaultPrevented: false,
  target: null,
  ...over,
});

test("from a thread a step leads to its neighbour, and at the ends nowhere", () => {
  assert.equal(stepFrom(THREADS, "a", 0, 1), 1);
  assert.equal(stepFrom(THREADS, "b", 0, -1), 0);
  assert.equal(stepFrom(THREADS, "whole", 0, 1), null);
  assert.equal(stepFrom(THREADS, "a", 0, -1), null);
});

test("without a thread the first step leads to what is said next or was said last", () => {
  assert.equal(stepFrom(THREADS, null, 0, 1), 0);
  assert.equal(stepFrom(THREADS, null, 15_000, 1), 1);
  assert.equal(stepFrom(THREADS, null, 15_000, -1), 0);
  assert.equal(stepFrom(THREADS, null, 5_000, -1), null);
  assert.equal(stepFrom(THREADS, null, 90_000, 1), 2);
  assert.equal(stepFrom(THREADS, "deleted meanwhile", 15_000, 1), 1);
});

test("where nobody has said anything there is nowhere to go", () => {
  assert.equal(stepFrom([], null, 0, 1), null);
  assert.equal(stepFrom([], null, 0, -1), null);
});

test("N and P walk, capital or not; with Ctrl, in a box or in a dialog they do not", () => {
  for (const key of ["n", "N", "p", "P"]) assert.ok(isWalkingKey(pressed(key)));
  assert.ok(!isWalkingKey(pressed("j")));
  assert.ok(!isWalkingKey(pressed("n", { ctrlKey: true })));
  assert.ok(!isWalkingKey(pressed("p", { metaKey: true })));
  assert.ok(!isWalkingKey(pressed("n", { defaultPrevented: true })));
  const box = { closest: (selector: string) => (selector.includes("textarea") ? {} : null) };
  assert.ok(!isWalkingKey(pressed("n", { target: box as unknown as EventTarget })));
});
