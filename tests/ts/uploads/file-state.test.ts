import assert from "node:assert/strict";
import { test } from "node:test";
import { type FileEvent, type FileState, next, toStart, WAITING, wouldLose, wouldStop } from "../../../apps/uploads/ts/file-state.ts";
import type { FileProgress } from "../../../apps/uploads/ts/file-upload.ts";

const PROGRESS: FileProgress = { stage: "sending", compared: 0, sent_bytes: 7, total_bytes: 10, differs: false, trouble: null };
const SENDING: FileState = { name: "sending", progress: PROGRESS };

function walk(...events: FileEvent[]): FileState {
  return events.reduce(next, WAITING);
}

test("a file waits, is sent and is done", () => {
  assert.deepEqual(walk({ type: "started" }, { type: "progressed", progress: PROGRESS }), SENDING);
  assert.deepEqual(next(SENDING, { type: "completed" }), { name: "done" });
});

test("a paused file keeps what is shown of it, and takes its place again", () => {
  const paused = next(SENDING, { type: "pause" });
  assert.deepEqual(paused, { name: "paused", progress: PROGRESS });
  assert.equal(next(paused, { type: "progressed", progress: PROGRESS }), paused, "a late word changes nothing");
  assert.deepEqual(next(paused, { type: "resume" }), { name: "waiting", progress: PROGRESS });
  assert.deepEqual(next(next(paused, { type: "resume" }), { type: "started" }), SENDING);
});

test("a file whose author is signed out waits, without a failure", () => {
  assert.deepEqual(next(SENDING, { type: "held" }), { name: "waiting", progress: PROGRESS });
});

test("a failed file can be tried again or cancelled", () => {
  const failed = next(SENDING, { type: "failed", error: "x" });
  assert.deepEqual(next(failed, { type: "retry" }), { name: "waiting", progress: PROGRESS });
  assert.deepEqual(next(failed, { type: "cancel" }), { name: "cancelled" });
});

test("what has ended stays as it is", () => {
  const events: FileEvent["type"][] = ["started", "completed", "held", "pause", "resume", "retry", "cancel"];
  for (const state of [{ name: "done" }, { name: "cancelled" }] as const) {
    for (const type of events) assert.equal(next(state, { type } as FileEvent), state);
  }
});

test("two files are on their way, the first ones first, and a failed or paused one holds nobody up", () => {
  const failed: FileState = { name: "failed", error: null, progress: null };
  const paused: FileState = { name: "paused", progress: null };
  assert.deepEqual(toStart([WAITING, WAITING, WAITING]), [0, 1]);
  assert.deepEqual(toStart([failed, paused, SENDING, WAITING, WAITING]), [3]);
  assert.deepEqual(toStart([SENDING, SENDING, WAITING]), []);
  assert.deepEqual(toStart([{ name: "done" }, { name: "cancelled" }]), []);
});

test("closing the tab stops what is sent or waits; cancelling loses what was sent", () => {
  assert.deepEqual([WAITING, SENDING, next(SENDING, { type: "pause" })].map(wouldStop), [true, true, false]);
  assert.equal(wouldLose(next(SENDING, { type: "pause" })), 7);
  assert.equal(wouldLose(WAITING), 0);
});
