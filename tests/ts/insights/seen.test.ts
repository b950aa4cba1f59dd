import assert from "node:assert/strict";
import { test } from "node:test";
import { UNREAD, afterAnswer, toTell } from "../../../apps/insights/ts/seen.ts";

test("what the first answer brings was there when the page opened: nothing to tell", () => {
  assert.equal(toTell(UNREAD), null);
  assert.equal(toTell(afterAnswer(UNREAD, "7", false)), null);
});

test("what came while the page was in front of somebody is told", () => {
  const reading = afterAnswer(afterAnswer(UNREAD, "7", false), "9", false);
  assert.equal(toTell(reading), "9");
  assert.equal(toTell({ read: reading.read, told: "9" }), null);
});

test("what came while nobody could see the page was not read, until they come back", () => {
  const opened = afterAnswer(UNREAD, "7", false);
  const away = afterAnswer(opened, "9", true);
  assert.equal(toTell(away), null);
  assert.equal(toTell(afterAnswer(away, "9", false)), "9");
});

test("a page that was opened in a hidden tab has read nothing before it is shown", () => {
  assert.equal(toTell(afterAnswer(UNREAD, "7", true)), null);
});
