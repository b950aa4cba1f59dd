import assert from "node:assert/strict";
import { test } from "node:test";
import { keptUnder } from "../../../apps/core/ts/keeping.ts";

test("what is written is read again", () => {
  const stored = new Map<string, string>();
  const kept = keptUnder("key", () => ({ getItem: (key) => stored.get(key) ?? null, setItem: (key, text) => void stored.set(key, text) }));
  assert.equal(kept.read(), null);
  assert.equal(kept.write("words"), true);
  assert.equal(kept.read(), "words");
});

test("a browser that refuses its storage, or to write into it, does no harm", () => {
  const refuse = (): never => {
    throw new DOMException("no", "SecurityError");
  };
  for (const open of [refuse, () => ({ getItem: refuse, setItem: refuse })]) {
    const kept = keptUnder("key", open);
    assert.deepEqual([kept.write("words"), kept.read()], [false, null]);
  }
});
