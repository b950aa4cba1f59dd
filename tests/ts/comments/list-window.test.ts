import assert from "node:assert/strict";
import { test } from "node:test";
import { STEP, around, firstWindow, fitted, widened } from "../../../apps/comments/ts/list-window.ts";

test("a short list stands in the page as a whole, of a long one the beginning", () => {
  assert.deepEqual(firstWindow(3), { from: 0, to: 3 });
  assert.deepEqual(firstWindow(5000), { from: 0, to: STEP });
});

test("while a list grows from nothing, its first step fills up", () => {
  assert.deepEqual(fitted({ from: 0, to: 0 }, 5000), { from: 0, to: STEP });
  assert.deepEqual(fitted({ from: 0, to: STEP }, 5000), { from: 0, to: STEP });
});

test("a list that shrinks keeps a window within it", () => {
  assert.deepEqual(fitted({ from: 200, to: 260 }, 210), { from: 200, to: 210 });
  assert.deepEqual(fitted({ from: 200, to: 260 }, 10), { from: 9, to: 10 });
  assert.deepEqual(fitted({ from: 5, to: 9 }, 0), { from: 0, to: 0 });
});

test("looking further adds a step on that side and ends at the ends", () => {
  assert.deepEqual(widened({ from: 100, to: 160 }, 5000, "after"), { from: 100, to: 160 + STEP });
  assert.deepEqual(widened({ from: 100, to: 160 }, 5000, "before"), { from: 100 - STEP, to: 160 });
  assert.deepEqual(widened({ from: 10, to: 160 }, 170, "before"), { from: 0, to: 160 });
  assert.deepEqual(widened({ from: 0, to: 160 }, 170, "after"), { from: 0, to: 170 });
});

test("a jump stays in the window where it can and opens one around its goal where not", () => {
  const window = { from: 0, to: STEP };
  assert.equal(around(window, 5000, STEP - 1), window);
  const moved = around(window, 5000, 3000);
  assert.ok(moved.from < 3000 && moved.to > 3000 && moved.to - moved.from === STEP);
  assert.deepEqual(around(window, 70, 69), { from: 39, to: 70 });
});
