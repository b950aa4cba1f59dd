import assert from "node:assert/strict";
import { test } from "node:test";
import { fill, makeTexts } from "../../../apps/core/ts/texts.ts";

const texts = makeTexts(
  new Map([
    ["at", "Comment at {time}"],
    ["comments_one", "{count} comment"],
    ["comments_other", "{count} comments"],
    ["percent", "{count} %"],
  ]),
  "en",
);

test("values stand where the sentence names them", () => {
  assert.equal(texts("at", { time: "0:42" }), "Comment at 0:42");
});

test("a value that looks like a name or a pattern is taken as it is", () => {
  assert.equal(texts("at", { time: "{time} $& {other}" }), "Comment at {time} $& {other}");
});

test("a name without a value stays to be seen", () => {
  assert.equal(fill("{a} and {b}", { a: 1 }), "1 and {b}");
  assert.equal(fill("{constructor}", {}), "{constructor}");
});

test("the language chooses the form for a count, where there are forms", () => {
  assert.equal(texts("comments", { count: 1 }), "1 comment");
  assert.equal(texts("comments", { count: 0 }), "0 comments");
  assert.equal(texts("percent", { count: 1 }), "1 %");
});

test("a missing sentence fails loudly", () => {
  assert.throws(() => texts("nowhere"), /nowhere/);
});
