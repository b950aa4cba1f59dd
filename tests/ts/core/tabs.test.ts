import assert from "node:assert/strict";
import { test } from "node:test";
import { tabAfter } from "../../../apps/core/ts/tabs.ts";

test("arrows go from tab to tab and around", () => {
  assert.equal(tabAfter("ArrowRight", 0, 3), 1);
  assert.equal(tabAfter("ArrowRight", 2, 3), 0);
  assert.equal(tabAfter("ArrowLeft", 0, 3), 2);
});

test("where one writes from right to left, the arrows are the other way round", () => {
  assert.equal(tabAfter("ArrowLeft", 0, 3, false), 1);
  assert.equal(tabAfter("ArrowRight", 0, 3, false), 2);
});

test("Home and End lead to the ends, other keys nowhere", () => {
  assert.equal(tabAfter("Home", 2, 3), 0);
  assert.equal(tabAfter("End", 0, 3), 2);
  assert.equal(tabAfter("n", 0, 3), null);
});
