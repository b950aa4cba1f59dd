import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { En } from "media-chrome/lang/en";

test("every word the page holds for the controls is one that media-chrome asks for", () => {
  const html = readFileSync("apps/videos/templates/videos/player-words.html", "utf8");
  const words = [...html.matchAll(/data-word="([^"]+)"/g)].map((match) => match[1]!);
  assert.ok(words.length > 0);
  assert.deepEqual(
    words.filter((word) => !(word in En)),
    [],
  );
});
