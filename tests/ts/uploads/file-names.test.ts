import assert from "node:assert/strict";
import { test } from "node:test";
import { nameToSend, stemAndEnding, titleFrom } from "../../../apps/uploads/ts/file-names.ts";

test("a name goes in at most 255 characters, with its ending", () => {
  assert.equal(nameToSend("talk.mp4"), "talk.mp4");
  const long = nameToSend(`${"x".repeat(300)}.mp4`);
  assert.equal(long.length, 255);
  assert.ok(long.endsWith("x.mp4"));
  assert.equal([...nameToSend("🎉".repeat(300))].length, 255);
  assert.equal(nameToSend(`a.${"b".repeat(300)}`).length, 255);
});

test("half a character, which JSON cannot carry, is replaced", () => {
  assert.equal(nameToSend("a\ud83d.mp4"), "a\ufffd.mp4");
});

test("the title is the name without its ending", () => {
  const cases: [string, string][] = [
    ["Numbers of November.mp4", "Numbers of November"],
    ["a.b.mov", "a.b"],
    [".mp4", ".mp4"],
    ["no ending", "no ending"],
    ["\u202egpj.mp4", "gpj"],
    ["\u200b\u200d.mp4", ""],
    ["שלום.mp4", "שלום"],
    ["🎉.mp4", "🎉"],
    ["a\nb.mp4", "ab"],
  ];
  for (const [name, title] of cases) assert.equal(titleFrom(name), title, name);
  assert.equal(titleFrom(`${"x".repeat(300)}.mp4`).length, 200);
});

test("an ending is what follows the last dot, but for a name that begins with it", () => {
  assert.deepEqual(stemAndEnding("talk.de.vtt"), { stem: "talk.de", ending: ".vtt" });
  assert.deepEqual(stemAndEnding(".vtt"), { stem: ".vtt", ending: "" });
});
