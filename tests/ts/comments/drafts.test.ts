import assert from "node:assert/strict";
import { test } from "node:test";
import { makeDrafts } from "../../../apps/comments/ts/drafts.ts";

/** A tab's sessionStorage; `reload` keeps it, as a browser does. */
function makeStorage(): Pick<Storage, "getItem" | "setItem" | "removeItem"> & { size(): number } {
  const kept = new Map<string, string>();
  return {
    getItem: (key) => kept.get(key) ?? null,
    setItem: (key, value) => void kept.set(key, value),
    removeItem: (key) => void kept.delete(key),
    size: () => kept.size,
  };
}

const WORDS = { body: "why this number?", timestamp_ms: 42_000 };
const DRAFT = { ...WORDS, parent: null };

test("what was typed is there after a reload, at its time", () => {
  const storage = makeStorage();
  makeDrafts("v", storage).keep("new", WORDS);
  assert.deepEqual(makeDrafts("v", storage).read("new"), WORDS);
});

test("drafts of other threads and other videos are their own", () => {
  const storage = makeStorage();
  const drafts = makeDrafts("v", storage);
  drafts.keep("new", WORDS);
  drafts.keep("reply:a", { body: "an answer", timestamp_ms: null });
  assert.equal(drafts.read("reply:b"), null);
  assert.equal(drafts.read("reply:a")!.body, "an answer");
  assert.equal(makeDrafts("w", storage).read("new"), null);
});

test("an emptied box and a sent comment leave nothing behind", () => {
  const storage = makeStorage();
  const drafts = makeDrafts("v", storage);
  drafts.keep("new", WORDS);
  drafts.keep("new", { body: " \n", timestamp_ms: 42_000 });
  assert.equal(drafts.read("new"), null);
  drafts.clientIdFor("new", DRAFT);
  drafts.forget("new");
  assert.equal(storage.size(), 0);
});

test("sending the same again uses the same client id, also after a reload", () => {
  const storage = makeStorage();
  const first = makeDrafts("v", storage).clientIdFor("new", DRAFT);
  assert.match(first, /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  assert.equal(makeDrafts("v", storage).clientIdFor("new", DRAFT), first);
});

test("typing on and coming back to the same words still is the same comment", () => {
  const drafts = makeDrafts("v", makeStorage());
  const first = drafts.clientIdFor("new", DRAFT);
  drafts.keep("new", { body: "why this number? And", timestamp_ms: 42_000 });
  drafts.keep("new", WORDS);
  assert.equal(drafts.clientIdFor("new", DRAFT), first);
});

test("other words, another time or another thread is another comment", () => {
  const drafts = makeDrafts("v", makeStorage());
  const ids = new Set([
    drafts.clientIdFor("new", DRAFT),
    drafts.clientIdFor("new", { ...DRAFT, body: "why?" }),
    drafts.clientIdFor("new", { ...DRAFT, timestamp_ms: null }),
    drafts.clientIdFor("reply:a", { ...DRAFT, parent: "a" }),
  ]);
  assert.equal(ids.size, 4);
});

test("where the browser refuses storage, drafts live as long as the page", () => {
  const refuse = (): never => {
    throw new DOMException("no", "SecurityError");
  };
  const drafts = makeDrafts("v", { getItem: refuse, setItem: refuse, removeItem: refuse });
  drafts.keep("new", WORDS);
  assert.deepEqual(drafts.read("new"), WORDS);
  const id = drafts.clientIdFor("new", DRAFT);
  assert.equal(drafts.clientIdFor("new", DRAFT), id);
  drafts.forget("new");
  assert.equal(drafts.read("new"), null);
});
