import assert from "node:assert/strict";
import { test } from "node:test";
import { initialOf } from "../../../apps/comments/ts/initial.ts";

test("the disc shows the first sign that is seen, as a capital", () => {
  const cases = [
    ["ana", "A"],
    ["  élan", "É"],
    ["\u2067\u05e9\u05dc\u05d5\u05dd\u2069", "\u05e9"],
    ["\u200f\u0301x", "X"],
    ["🧑\u200d🚀 Kim", "🧑"],
    ["7 of 9", "7"],
    ["", ""],
    ["\u200b", ""],
  ] as const;
  for (const [name, initial] of cases) assert.equal(initialOf(name), initial);
});
