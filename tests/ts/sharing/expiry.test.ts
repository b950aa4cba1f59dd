import assert from "node:assert/strict";
import { test } from "node:test";
import { fromField, momentAfter, toField } from "../../../apps/sharing/ts/expiry.ts";

process.env["TZ"] = "Europe/Berlin"; // read anew at every date that is made

test("a moment is shown in the author's own time, to the minute", () => {
  assert.equal(toField("2027-01-05T08:07:33.000000Z"), "2027-01-05T09:07");
  assert.equal(toField("2027-07-05T22:30:00Z"), "2027-07-06T00:30");
  assert.equal(toField(null), "");
});

test("a field means a moment of the author's own time", () => {
  assert.equal(fromField("2027-01-05T09:07"), "2027-01-05T08:07:00.000Z");
  assert.equal(fromField("2027-07-06T00:30"), "2027-07-05T22:30:00.000Z");
});

test("an empty field, or one that is no date, means none", () => {
  for (const text of ["", "soon", "2027-13-45T99:99"]) assert.equal(fromField(text), null);
});

test("in an hour that the clocks skip, the link ends within an hour of what was written", () => {
  // 02:30 does not exist on that night in Berlin: 01:30 UTC is 03:30 on the clock, 00:30 UTC is 01:30.
  assert.equal(fromField("2027-03-28T02:30"), "2027-03-28T01:30:00.000Z");
});

test("a week later is the same time on the clock, also when the clocks are set back between", () => {
  const now = new Date("2027-10-28T10:15:42.123Z"); // 12:15 in summer time
  assert.equal(momentAfter("week", now), "2027-11-04T11:15:00.000Z"); // 12:15 in winter time
  assert.equal(momentAfter("day", now), "2027-10-29T10:15:00.000Z");
  assert.equal(momentAfter("month", now), "2027-11-27T11:15:00.000Z");
});

test("never and a date of one's own are no number of days", () => {
  assert.equal(momentAfter("never", new Date()), null);
  assert.equal(momentAfter("date", new Date()), null);
});
