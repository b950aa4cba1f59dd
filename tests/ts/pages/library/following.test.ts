import assert from "node:assert/strict";
import { test } from "node:test";

import { cardStateOf } from "../../../../apps/pages/ts/library/following.ts";

const made = { status: "processing", playable: false, progress: 0, poster_url: null } as const;

test("a card says how far the making has come until it plays", () => {
  assert.deepEqual(cardStateOf(made), { text: "state_processing", percent: null, pending: true });
  assert.deepEqual(cardStateOf({ ...made, progress: 0.456 }), {
    text: "state_processing_percent",
    percent: 45,
    pending: true,
  });
  assert.deepEqual(cardStateOf({ ...made, status: "failed" }), { text: "state_failed", percent: null, pending: false });
});

test("what plays as it was recorded is followed until it has its picture", () => {
  assert.deepEqual(cardStateOf({ ...made, playable: true }), { text: null, percent: null, pending: true });
  const pictured = { ...made, playable: true, poster_url: "/play/x/poster.jpg" };
  assert.deepEqual(cardStateOf(pictured), { text: null, percent: null, pending: false });
  assert.equal(cardStateOf({ ...made, playable: true, status: "ready" }).pending, false);
});
