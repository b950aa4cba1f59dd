import assert from "node:assert/strict";
import { test } from "node:test";

import { mayMove } from "../../../../apps/pages/ts/library/previews.ts";

const wish = { pointer: "mouse", focusShows: false, prefersStill: false, savesData: false };
const byKeyboard = { ...wish, pointer: null, focusShows: true };

test("a preview moves for who points at it with a mouse or a pen, or comes to it by keyboard", () => {
  assert.equal(mayMove(wish), true);
  assert.equal(mayMove({ ...wish, pointer: "pen" }), true);
  assert.equal(mayMove(byKeyboard), true);
});

test("a finger, and a focus that came by a click, move nothing", () => {
  assert.equal(mayMove({ ...wish, pointer: "touch" }), false);
  assert.equal(mayMove({ ...byKeyboard, focusShows: false }), false);
});

test("nothing moves for who prefers it still or saves data, however they come", () => {
  for (const come of [wish, byKeyboard]) {
    assert.equal(mayMove({ ...come, prefersStill: true }), false);
    assert.equal(mayMove({ ...come, savesData: true }), false);
  }
});
