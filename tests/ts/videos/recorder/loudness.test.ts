import assert from "node:assert/strict";
import { test } from "node:test";
import { meterShare, SilenceWatch } from "../../../../apps/videos/ts/recorder/loudness.ts";

const SPEECH = 0.2;
const HUM = 0.001;

/** What is said after looking at these peaks, one every 100 ms, from `from_ms` on. */
function afterHearing(watch: SilenceWatch, peak: number | null, duration_ms: number, from_ms = 0): boolean {
  let isSilent = false;
  for (let now_ms = from_ms; now_ms <= from_ms + duration_ms; now_ms += 100) isSilent = watch.hear(peak, now_ms);
  return isSilent;
}

test("a microphone is silent after five seconds below speech, not before", () => {
  assert.equal(afterHearing(new SilenceWatch(), HUM, 4_900), false);
  assert.equal(afterHearing(new SilenceWatch(), HUM, 5_000), true);
  assert.equal(afterHearing(new SilenceWatch(), 0, 5_000), true);
});

test("one word takes it back, and five more seconds have to pass", () => {
  const watch = new SilenceWatch();
  afterHearing(watch, HUM, 5_000);
  assert.equal(watch.hear(SPEECH, 5_100), false);
  assert.equal(afterHearing(watch, HUM, 4_900, 5_200), false);
  assert.equal(afterHearing(watch, HUM, 200, 10_200), true);
});

test("without a microphone nothing is silent", () => {
  assert.equal(afterHearing(new SilenceWatch(), null, 60_000), false);
});

test("what nobody listened to is not called silent: a hidden tab may look once a minute", () => {
  const watch = new SilenceWatch();
  for (const now_ms of [0, 60_000, 120_000]) assert.equal(watch.hear(0, now_ms), false);
});

test("the meter is empty at -60 dB, full at 0, half at -30, and never beyond", () => {
  const shares = [0, 0.001, 10 ** (-30 / 20), 1, 4].map((peak) => Math.round(meterShare(peak) * 100) / 100);
  assert.deepEqual(shares, [0, 0, 0.5, 1, 1]);
});
