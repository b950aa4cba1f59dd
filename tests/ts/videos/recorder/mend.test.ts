import assert from "node:assert/strict";
import { test } from "node:test";
import { audioTracks, Mender } from "../../../../apps/videos/ts/recorder/mend.ts";
import { AUDIO, box, type Bytes, concat, FTYP, INIT, moof, MOOV_VERSION_1, traf, trun, u32, VIDEO } from "./mp4-bytes.ts";

const MDAT = box("mdat", new Uint8Array(16));

/** The fragments of a recording after mending, and how many samples were mended. */
function mendAll(fragments: Bytes[], init = INIT): { fragments: Bytes[]; count: number } {
  const mender = new Mender(init);
  const copies = fragments.map((fragment) => fragment.slice());
  const count = copies.reduce((sum, fragment) => sum + mender.mend(fragment), 0);
  return { fragments: copies, count };
}

/** One fragment with these audio packets. */
const audio = (...durations: number[]): Bytes => concat(moof(traf(AUDIO, trun(durations))), MDAT);

function mended(fragment: Bytes): { bytes: Bytes; count: number } {
  const { fragments, count } = mendAll([fragment]);
  return { bytes: fragments[0]!, count };
}

function assertUntouched(fragment: Bytes, init?: Bytes): void {
  assert.deepEqual(mendAll([fragment], init), { count: 0, fragments: [fragment] });
}

test("the audio tracks of an init segment are found, whatever the version of their headers", () => {
  assert.deepEqual(audioTracks(INIT), new Set([AUDIO]));
  assert.deepEqual(audioTracks(concat(FTYP, MOOV_VERSION_1)), new Set([AUDIO]));
});

test("an init segment that cannot be read has no audio tracks", () => {
  assert.deepEqual(audioTracks(INIT.slice(0, -3)), new Set());
  assert.deepEqual(audioTracks(concat(FTYP, box("moov", box("trak", new Uint8Array(3))))), new Set());
});

test("a last audio sample that is too short gets the length of the one before", () => {
  assert.deepEqual(mended(audio(2880, 2834, 1008)), { count: 1, bytes: audio(2880, 2834, 2834) });
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
  assertUntouched(audio(2880, 2880));
  assertUntouched(audio(2880, 2881));
});

test("a single sample learns from the fragment before it", () => {
  const { fragments, count } = mendAll([audio(2880, 2834, 1008), audio(1008), audio(1008)]);
  assert.deepEqual(fragments, [audio(2880, 2834, 2834), audio(2834), audio(2834)]);
  assert.equal(count, 3);
});

test("a single sample at the beginning has nothing to learn from", () => {
  assertUntouched(audio(1008));
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
  assertUntouched(audio(2880, 1008), FTYP);
  assertUntouched(concat(moof(traf(AUDIO, trun([2880, 1008]))), Uint8Array.of(0, 0, 0)));
});
