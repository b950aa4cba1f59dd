import assert from "node:assert/strict";
import { test } from "node:test";
import { parseNotes, scrolledTo } from "../../../../apps/pages/ts/record/notes.ts";

test("notes move by their speed and stop at their end, however slowly the screen is painted", () => {
  let place = 0;
  for (let frame = 0; frame < 60; frame += 1) place = scrolledTo(place, 20, 1_000 / 60, 500);
  assert.ok(Math.abs(place - 20) < 1e-6);
  assert.equal(scrolledTo(0, 20, 1_000, 500), 20);
  assert.equal(scrolledTo(490, 20, 60_000, 500), 500);
});

test("notes come back as they were kept, and whatever else is kept there does no harm", () => {
  const notes = { text: "Hello\n\u202e…", size: "2", speed: "35" };
  assert.deepEqual(parseNotes(JSON.stringify(notes)), notes);
  for (const text of [null, "", "null", "[1]", '{"text":7}']) assert.deepEqual(parseNotes(text), {}, String(text));
});
