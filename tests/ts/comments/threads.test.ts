import assert from "node:assert/strict";
import { test } from "node:test";
import { EMPTY, countKept, merge, threadAt, threadsOf } from "../../../apps/comments/ts/threads.ts";
import { DELETED, row } from "./rows.ts";

test("threads stand along the video, those about the whole of it after them, the older first", () => {
  const rows = merge(EMPTY, [
    row("whole-1"),
    row("late", { timestamp_ms: 90_000 }),
    row("early", { timestamp_ms: 0 }),
    row("whole-2"),
    row("early-too", { timestamp_ms: 0 }),
  ]);
  assert.deepEqual(
    threadsOf(rows).map((thread) => thread.id),
    ["early", "early-too", "late", "whole-1", "whole-2"],
  );
});

test("answers stand in their thread, oldest first, in whatever order they arrive", () => {
  const [first, a, b] = [row("first"), row("a", { parent: "first" }), row("b", { parent: "first" })];
  for (const order of [[first, a, b], [b, a, first], [a, first, b]]) {
    const [thread] = threadsOf(merge(EMPTY, order));
    assert.equal(thread!.first.id, "first");
    assert.deepEqual(thread!.replies.map((reply) => reply.id), ["a", "b"]);
  }
});

test("an answer whose beginning has not arrived yet is shown, not hidden", () => {
  const [thread] = threadsOf(merge(EMPTY, [row("answer", { parent: "missing" })]));
  assert.equal(thread!.id, "missing");
  assert.equal(thread!.first.id, "answer");
});

test("a deleted beginning stays while an answer hangs on it, and goes with the last", () => {
  const kept = merge(EMPTY, [row("first", DELETED), row("answer", { parent: "first" })]);
  assert.equal(threadsOf(kept).length, 1);
  assert.notEqual(threadsOf(kept)[0]!.first.deleted_at, null);
  const gone = merge(kept, [row("answer", { parent: "first", ...DELETED })]);
  assert.deepEqual(threadsOf(gone), []);
});

test("a deleted answer is gone from its thread", () => {
  const rows = merge(EMPTY, [row("first"), row("a", { parent: "first", ...DELETED }), row("b", { parent: "first" })]);
  assert.deepEqual(threadsOf(rows)[0]!.replies.map((reply) => reply.id), ["b"]);
});

test("what is deleted while somebody writes at it stays in sight until they are done", () => {
  const rows = merge(EMPTY, [row("first", DELETED), row("other"), row("answer", { parent: "other", ...DELETED })]);
  assert.deepEqual(threadsOf(rows, new Set(["first"])).map((thread) => thread.id), ["first", "other"]);
  assert.equal(threadsOf(rows, new Set(["answer"]))[0]!.replies.length, 1);
});

test("a tombstone of what was never seen shows nothing", () => {
  assert.deepEqual(threadsOf(merge(EMPTY, [row("x", DELETED)])), []);
});

test("a deletion is final: an older answer that arrives late does not bring it back", () => {
  const alive = row("x");
  const rows = merge(merge(EMPTY, [{ ...alive, ...DELETED }]), [alive]);
  assert.notEqual(rows.get("x")!.deleted_at, null);
});

test("of two texts the one edited later stays, whichever arrives last", () => {
  const original = row("x", { body: "one" });
  const newer = { ...original, body: "three", edited_at: "2026-11-01T11:00:00.000000Z" };
  const older = { ...original, body: "two", edited_at: "2026-11-01T10:00:00.000000Z" };
  for (const order of [[original, older, newer], [newer, older, original], [older, newer, original]]) {
    assert.equal(merge(EMPTY, order).get("x")!.body, "three");
  }
});

test("the same rows again are no news, so nothing is drawn anew", () => {
  const comment = row("x");
  const rows = merge(EMPTY, [comment]);
  assert.equal(merge(rows, [{ ...comment }]), rows);
  assert.equal(merge(rows, []), rows);
});

test("a change that is no edit is taken in", () => {
  const comment = row("x");
  const rows = merge(merge(EMPTY, [comment]), [{ ...comment, resolved_at: "2026-11-01T12:00:00.000000Z" }]);
  assert.notEqual(rows.get("x")!.resolved_at, null);
});

test("what was merged into is not changed", () => {
  const rows = merge(EMPTY, [row("x")]);
  merge(rows, [row("y")]);
  assert.equal(rows.size, 1);
  assert.equal(EMPTY.size, 0);
});

test("deleted comments are not counted", () => {
  assert.equal(countKept(merge(EMPTY, [row("a"), row("b", DELETED), row("c", { parent: "a" })])), 2);
});

test("the thread whose moment was reached last is the one of now, until its time is over", () => {
  const threads = threadsOf(merge(EMPTY, [row("a", { timestamp_ms: 10_000 }), row("b", { timestamp_ms: 12_000 }), row("whole")]));
  assert.equal(threadAt(threads, 9_999), null);
  assert.equal(threadAt(threads, 10_000), "a");
  assert.equal(threadAt(threads, 12_000), "b");
  assert.equal(threadAt(threads, 19_999, 8000), "b");
  assert.equal(threadAt(threads, 20_000, 8000), null);
});
