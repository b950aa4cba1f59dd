import assert from "node:assert/strict";
import { test } from "node:test";
import { FRESH, type PollState, afterPoll, pollDelayMs } from "../../../apps/comments/ts/polling.ts";
import { ApiError } from "../../../apps/core/ts/api.ts";

const OFFLINE = new ApiError(0, "network", "");

function after(times: number, outcome: Parameters<typeof afterPoll>[1], from: PollState = FRESH): PollState {
  let state = from;
  for (let i = 0; i < times; i += 1) state = afterPoll(state, outcome)!;
  return state;
}

test("it asks often at first and seldom when it is quiet", () => {
  assert.ok(pollDelayMs(FRESH, false) <= 5000);
  assert.ok(pollDelayMs(after(10, { news: false }), false) >= 20_000);
});

test("news makes it ask often again", () => {
  assert.deepEqual(afterPoll(after(10, { news: false }), { news: true }), FRESH);
});

test("a hidden tab asks far less often", () => {
  assert.ok(pollDelayMs(FRESH, true) >= 60_000);
});

test("without a connection it asks on, ever more patiently", () => {
  const once = pollDelayMs(after(1, { error: OFFLINE }), false);
  const often = pollDelayMs(after(8, { error: OFFLINE }), false);
  assert.ok(once < often && often <= 60_000);
});

test("after a failure an answer brings back the usual pace", () => {
  const state = afterPoll(after(5, { error: OFFLINE }), { news: false })!;
  assert.equal(state.failures, 0);
  assert.ok(pollDelayMs(state, false) <= 5000);
});

test("a wait that the server names is kept", () => {
  const state = afterPoll(FRESH, { error: new ApiError(429, "too_many", "", 45_000) })!;
  assert.equal(pollDelayMs(state, false), 45_000);
});

test("what will never be answered is not asked again", () => {
  for (const status of [401, 403, 404, 410]) {
    assert.equal(afterPoll(FRESH, { error: new ApiError(status, "x", "") }), null, String(status));
  }
  for (const status of [0, 429, 500, 503]) {
    assert.notEqual(afterPoll(FRESH, { error: new ApiError(status, "x", "") }), null, String(status));
  }
});
