import assert from "node:assert/strict";
import { test } from "node:test";
import { dateLanguages, formatWhen } from "../../../apps/comments/ts/when.ts";

const NOW = new Date(2026, 10, 22, 15, 0);
const when = (date: Date, language = "en-GB"): string => formatWhen(date, NOW, [language]);

test("today is told by its time, this year by its day and time, before that by its date", () => {
  assert.equal(when(new Date(2026, 10, 22, 9, 5)), "9:05");
  assert.equal(when(new Date(2026, 10, 3, 14, 5)), "3 Nov, 14:05");
  assert.equal(when(new Date(2024, 10, 3, 14, 5)), "3 Nov 2024");
});

test("the same day and month of another year is not today", () => {
  assert.equal(when(new Date(2025, 10, 22, 9, 5)), "22 Nov 2025");
});

test("dates are in the page's language, in the way of the region that the person prefers", () => {
  assert.deepEqual(dateLanguages("en", ["de-AT", "en-GB", "en-US"]), ["en-GB", "en-US", "en"]);
  assert.deepEqual(dateLanguages("en", ["de-AT"]), ["en"]);
  assert.deepEqual(dateLanguages("", []), ["en"]);
});
