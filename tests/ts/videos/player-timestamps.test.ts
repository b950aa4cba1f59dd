import assert from "node:assert/strict";
import { test } from "node:test";
import { formatTimestamp, parseTimestamp, startFromAddress } from "../../../apps/videos/ts/timestamps.ts";

test("every way of writing a time that the links promise means the same", () => {
  for (const text of ["80", "80s", "1m20s", "1:20", "01:20", "0:01:20", " 80 ", "80S", "1M20S"]) {
    assert.equal(parseTimestamp(text), 80_000, text);
  }
});

test("hours and parts of a second are read", () => {
  assert.equal(parseTimestamp("1:02:03"), 3_723_000);
  assert.equal(parseTimestamp("1h2m3s"), 3_723_000);
  assert.equal(parseTimestamp("2h"), 7_200_000);
  assert.equal(parseTimestamp("12.5"), 12_500);
  assert.equal(parseTimestamp("0:01.05"), 1_050);
});

test("minutes alone may be more than 59, but not after hours, and seconds never after a colon", () => {
  assert.equal(parseTimestamp("75:00"), 4_500_000);
  assert.equal(parseTimestamp("1:75:00"), null);
  assert.equal(parseTimestamp("1:60"), null);
  assert.equal(parseTimestamp("1:59"), 119_000);
});

test("what is no time is null, never zero", () => {
  for (const text of ["", " ", "abc", "-5", "1:", ":20", "1:2:3:4", "80x", "1e3", "NaN", "1m20s5", "s", "0x10"]) {
    assert.equal(parseTimestamp(text), null, JSON.stringify(text));
  }
});

test("a time is written as on a clock, and cut, not rounded, to the second", () => {
  assert.equal(formatTimestamp(0), "0:00");
  assert.equal(formatTimestamp(42_999), "0:42");
  assert.equal(formatTimestamp(59_999), "0:59");
  assert.equal(formatTimestamp(60_000), "1:00");
  assert.equal(formatTimestamp(725_000), "12:05");
  assert.equal(formatTimestamp(3_599_999), "59:59");
  assert.equal(formatTimestamp(3_600_000), "1:00:00");
  assert.equal(formatTimestamp(-5), "0:00");
});

test("what was written can be read back", () => {
  for (const ms of [0, 1000, 59_000, 60_000, 3_599_000, 3_600_000, 35_999_000]) {
    assert.equal(parseTimestamp(formatTimestamp(ms)), ms);
  }
});

test("the address says where to start, or nothing", () => {
  assert.equal(startFromAddress("?t=1m20s"), 80_000);
  assert.equal(startFromAddress("?comment=x&t=1:20"), 80_000);
  assert.equal(startFromAddress("?t=soon"), null);
  assert.equal(startFromAddress(""), null);
});
