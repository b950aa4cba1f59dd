import assert from "node:assert/strict";
import { test } from "node:test";
import { answerMailPath, browserTimeZone, refusesZone } from "../../../apps/attention/ts/answer-mail.ts";
import { ApiError } from "../../../apps/core/ts/api.ts";

const formatOf = (timeZone: string): Pick<Intl.DateTimeFormat, "resolvedOptions"> => ({
  resolvedOptions: () => ({ timeZone }) as Intl.ResolvedDateTimeFormatOptions,
});

test("the zone is the browser's, and UTC where it hides it", () => {
  assert.equal(browserTimeZone(formatOf("Europe/Berlin")), "Europe/Berlin");
  assert.equal(browserTimeZone(formatOf("")), "UTC");
});

test("an answer that refuses the zone alone is told from all others", () => {
  const invalid = (fields: unknown): ApiError => new ApiError(400, "invalid", "", null, { fields });
  assert.equal(refusesZone(invalid({ time_zone: ["is no time zone that is known here"] })), true);
  assert.equal(refusesZone(invalid({ email: ["x"], time_zone: ["x"] })), false);
  assert.equal(refusesZone(invalid({ email: ["x"] })), false);
  assert.equal(refusesZone(invalid(undefined)), false);
  assert.equal(refusesZone(new ApiError(429, "too_many", "")), false);
  assert.equal(refusesZone(new Error("time_zone")), false);
});

test("an id cannot leave its place in the address", () => {
  assert.equal(answerMailPath("a/b"), "/videos/a%2Fb/answer-mail/");
});
