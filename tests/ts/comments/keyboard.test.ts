import assert from "node:assert/strict";
import { test } from "node:test";
import { coveredPx, pushedPx } from "../../../apps/comments/ts/keyboard.ts";

test("a keyboard laid over the page covers what the visual viewport lacks", () => {
  assert.equal(coveredPx(740, 440, 0, 1), 300);
});

test("what was scrolled out at the top is not covered at the bottom", () => {
  assert.equal(coveredPx(740, 440, 120, 1), 180);
  assert.equal(coveredPx(740, 740, 30, 1), 0);
});

test("zooming in by hand is no keyboard", () => {
  assert.equal(coveredPx(740, 370, 100, 2), 0);
  assert.equal(pushedPx(100, 2), 0);
  assert.equal(pushedPx(100, 1), 100);
});
