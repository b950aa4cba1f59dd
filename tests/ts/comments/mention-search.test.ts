import assert from "node:assert/strict";
import { test } from "node:test";
import { inserted, matching, queryAt, stillNamed } from "../../../apps/comments/ts/mention-search.ts";

const PEOPLE = ["Ana Ferreira", "Ben Okafor", "Benny Ana", "Zoë Ångström"].map((name, index) => ({ id: String(index), name }));
const names = (query: string): string[] => matching(PEOPLE, query).map((person) => person.name);

test("an @ at the beginning of a word asks for a name, up to the caret", () => {
  assert.deepEqual(queryAt("Ask @be", 7), { from: 4, text: "be" });
  assert.deepEqual(queryAt("@", 1), { from: 0, text: "" });
  assert.deepEqual(queryAt("(@Ben Ok", 8), { from: 1, text: "Ben Ok" });
  assert.deepEqual(queryAt("Ask @be and so on", 6), { from: 4, text: "b" });
});

test("an address of mail, a lone @ and what lies a line back ask for nothing", () => {
  for (const text of ["ana@be", "5 @ home", "@ben\nso", `@${"x".repeat(41)}`, "no"]) {
    assert.equal(queryAt(text, text.length), null, text);
  }
});

test("names are found by the beginnings of their words, the first name before the others, accents or not", () => {
  assert.deepEqual(names("be"), ["Ben Okafor", "Benny Ana"]);
  assert.deepEqual(names("ana"), ["Ana Ferreira", "Benny Ana"]);
  assert.deepEqual(names("zoe ang"), ["Zoë Ångström"]);
  assert.deepEqual(names("kafor"), []);
});

test("a name takes the place of what was typed, and the caret stands after it", () => {
  const query = queryAt("Ask @be now", 7)!;
  assert.deepEqual(inserted("Ask @be now", 7, query, "Ben Okafor"), { text: "Ask @Ben Okafor now", caret: 16 });
});

test("whose name was taken out again is not named", () => {
  assert.deepEqual(stillNamed(PEOPLE, "@Ben Okafor, not Ana Ferreira").map((person) => person.id), ["1"]);
});
