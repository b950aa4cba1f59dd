import assert from "node:assert/strict";
import { test } from "node:test";
import type { CommentRow, CommentsApi } from "../../../apps/comments/ts/comment.ts";
import { tellingWhenPosted } from "../../../apps/pages/ts/watch/way-back.ts";

const draft = { body: "Why?", timestamp_ms: null, parent: null } as unknown as Parameters<CommentsApi["add"]>[0];

test("who waits for a comment hears of it once the server has taken it, and not of one that failed", async () => {
  let posted = 0;
  let fails = true;
  const api = { add: () => (fails ? Promise.reject(new Error("lost")) : Promise.resolve({ id: "1" } as CommentRow)) };
  const telling = tellingWhenPosted(api as unknown as CommentsApi, () => (posted += 1));
  await assert.rejects(telling.add(draft, "client-id"));
  assert.equal(posted, 0);
  fails = false;
  assert.equal((await telling.add(draft, "client-id")).id, "1");
  assert.equal(posted, 1);
});
