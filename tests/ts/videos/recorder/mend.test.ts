import assert from "node:assert/strict";
import { test } from "node:test";
import { audioTracks, mendFragment } from "../../../../apps/videos/ts/recorder/mend.ts";
import { AUDIO, box, type Bytes, concat, FTYP, INIT, moof, MOOV_VERSION_1, traf, trun, u32, VIDEO } from "./mp4-bytes.ts";

const TRACKS = new Set([AUDIO]);
const MDAT = box("mdat", new Uint8Array(16));

/** The fragment after mending, and how many samples were mended. */
function mended(fragment: Bytes, tracks: ReadonlySet<number> = TRACKS): { bytes: Bytes; count: number } {
  const bytes = fragment.slice();
  return { count: mendFragment(bytes, tracks), bytes };
}

function assertUntouched(fragment: Bytes, tracks?: ReadonlySet<number>): void {
  assert.deepEqual(mended(fragment, tracks), { count: 0, bytes: fragment });
}

test("the audio tracks of an init segment are found, whatever the version of their headers", () => {
  assert.deepEqual(audioTracks(INIT), TRACKS);
  assert.deepEqual(audioTracks(concat(FTYP, MOOV_VERSION_1)), TRACKS);
});

test("an init segment that cannot be read has no audio tracks", () => {
  assert.deepEqual(audioTracks(INIT.slice(0, -3)), new Set());
  assert.deepEqual(audioTracks(concat(FTYP, box("moov", box("trak", new Uint8Array(3))))), new Set());
});

test("a last audio sample that is too short gets the length of the one before", () => {
  const fragment = concat(moof(traf(AUDIO, trun([2880, 2834, 1008]))), MDAT);
  assert.deepEqual(mended(fragment), { count: 1, bytes: concat(moof(traf(AUDIO, trun([2880, 2834, 2834]))), MDAT) });
});

test("the order of the tracks does not matter", () => {
  const video = traf(VIDEO, trun([1000, 1000]));
  for (const trafs of [[video, traf(AUDIO, trun([2880, 1008]))], [traf(AUDIO, trun([2880, 1008])), video]]) {
    assert.equal(mended(concat(moof(...trafs), MDAT)).count, 1);
  }
});

test("of several runs only the last sample of the last run is mended", () => {
  const fragment = concat(moof(traf(AUDIO, trun([2880, 1008]), trun([2880, 1008]))), MDAT);
  const expected = concat(moof(traf(AUDIO, trun([2880, 1008]), trun([2880, 2880]))), MDAT);
  assert.deepEqual(mended(fragment).bytes, expected);
});

test("durations are found beside every other optional field", () => {
  // Data offset, first sample flags, and for each sample duration, size, flags and composition offset.
  const samples = (last: number): Uint8Array[] => [2880, last].flatMap((d) => [u32(d), u32(100), u32(1), u32(2)]);
  const run = (last: number): Bytes => box("trun", u32(0xf05), u32(2), u32(0), u32(0), ...samples(last));
  assert.deepEqual(mended(concat(moof(traf(AUDIO, run(1008))), MDAT)).bytes, concat(moof(traf(AUDIO, run(2880))), MDAT));
});

test("video is never touched", () => {
  assertUntouched(concat(moof(traf(VIDEO, trun([1000, 999]))), MDAT));
});

test("a last sample as long as its neighbour, or longer, is right", () => {
  assertUntouched(concat(moof(traf(AUDIO, trun([2880, 2880]))), MDAT));
  assertUntouched(concat(moof(traf(AUDIO, trun([2880, 2881]))), MDAT));
});

test("a single sample has no neighbour to learn from", () => {
  assertUntouched(concat(moof(traf(AUDIO, trun([1008]))), MDAT));
});

test("what is not exactly as expected is left alone", () => {
  const withoutDurations = box("trun", u32(0x201), u32(2), u32(0), u32(100), u32(100));
  const samples = [2880, 1008].flatMap((duration) => [u32(duration), u32(100)]);
  const countTooLarge = box("trun", u32(0x301), u32(3), u32(0), ...samples);
  const countTooSmall = box("trun", u32(0x301), u32(2), u32(0), ...samples, u32(2880), u32(100));
  const hugeCount = box("trun", u32(0x301), u32(0xffffffff), u32(0), u32(2880), u32(100));
  const tiny = box("trun", u32(0x301));
  for (const run of [withoutDurations, countTooLarge, countTooSmall, hugeCount, tiny]) {
    assertUntouched(concat(moof(traf(AUDIO, run)), MDAT));
  }
  assertUntouched(concat(moof(box("traf", trun([2880, 1008]))), MDAT));
  assertUntouched(concat(moof(traf(AUDIO, trun([2880, 1008]))), MDAT), new Set());
  assertUntouched(concat(moof(traf(AUDIO, trun([2880, 1008]))), Uint8Array.of(0, 0, 0)));
});
