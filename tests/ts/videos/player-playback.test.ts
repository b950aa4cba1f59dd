import assert from "node:assert/strict";
import { test } from "node:test";
import { type Playback, nextQuestionMs, stageOf } from "../../../apps/videos/ts/playback.ts";

const H264 = { name: "copy", codecs: "avc1.640028,mp4a.40.2", height: 720 };
const VP9 = { name: "copy", codecs: "vp09.00.40.08,opus", height: 720 };
const SOUND = { name: "sound", codecs: "mp4a.40.2", height: null };

function playback(over: Partial<Playback>): Playback {
  return {
    status: "processing",
    playable: false,
    ends_early: false,
    progress: null,
    duration_ms: null,
    playlist_url: null,
    renditions: [],
    poster_url: null,
    storyboard_url: null,
    waveform_url: null,
    captions: [],
    download_url: null,
    failure_code: null,
    failure_detail: null,
    ...over,
  };
}

const playable = (over: Partial<Playback>): Playback => playback({ playable: true, playlist_url: "/play/x/index.m3u8", ...over });
const everything = (): boolean => true;
const nothing = (): boolean => false;
const noVp9 = (codecs: string): boolean => !codecs.startsWith("vp09");

test("it plays as soon as something plays here, though more is still being made", () => {
  assert.deepEqual(stageOf(playable({ renditions: [H264] }), everything), { kind: "playing", audioOnly: false });
});

test("one rendition that plays here is enough", () => {
  assert.equal(stageOf(playable({ renditions: [VP9, H264] }), noVp9).kind, "playing");
});

test("what plays elsewhere and not here is being prepared, as long as there is work left", () => {
  assert.deepEqual(stageOf(playable({ renditions: [VP9], progress: 0.4 }), noVp9), { kind: "preparing", progress: 0.4 });
});

test("when all work is done and nothing plays here, that is said instead of waiting for ever", () => {
  assert.equal(stageOf(playable({ status: "ready", renditions: [VP9] }), noVp9).kind, "unsupported");
});

test("sound alone is a voice update; a picture this browser cannot show does not make one", () => {
  assert.deepEqual(stageOf(playable({ status: "ready", renditions: [SOUND] }), everything), { kind: "playing", audioOnly: true });
  assert.deepEqual(stageOf(playable({ renditions: [SOUND, H264] }), everything), { kind: "playing", audioOnly: false });
});

test("a playlist without a list of renditions is tried", () => {
  assert.deepEqual(stageOf(playable({ renditions: [] }), nothing), { kind: "playing", audioOnly: false });
});

test("before it plays, its status is what is shown", () => {
  assert.equal(stageOf(playback({ status: "recording" }), everything).kind, "recording");
  assert.equal(stageOf(playback({ status: "uploading" }), everything).kind, "uploading");
  assert.equal(stageOf(playback({ status: "failed" }), everything).kind, "failed");
  assert.deepEqual(stageOf(playback({ progress: 0.25 }), everything), { kind: "processing", progress: 0.25 });
});

test("a video that failed after it played goes on playing", () => {
  assert.equal(stageOf(playable({ status: "failed", renditions: [H264] }), everything).kind, "playing");
});

test("processing is asked about within two seconds at first, then ever more patiently", () => {
  const waits = Array.from({ length: 15 }, (_, asked) => nextQuestionMs("processing", asked)!);
  assert.ok(waits[0]! <= 2000 && waits[1]! <= 2000);
  for (let i = 1; i < waits.length; i += 1) assert.ok(waits[i]! >= waits[i - 1]!);
  assert.ok(waits.at(-1)! >= 8000);
});

test("what is settled is not asked about again", () => {
  for (const stage of ["playing", "failed", "unsupported"] as const) assert.equal(nextQuestionMs(stage, 0), null);
});

test("while a recording ends early its rest is asked for, and no more once all of it is there", () => {
  assert.equal(nextQuestionMs("playing", 5, { endsEarly: true }), 30_000);
  assert.equal(nextQuestionMs("playing", 5, { endsEarly: false }), null);
  assert.equal(nextQuestionMs("failed", 0, { endsEarly: true }), null);
});

test("while it plays and more of it is made it is asked about, up to each half minute", () => {
  const more = (asked: number): number | null => nextQuestionMs("playing", asked, { isProcessing: true });
  assert.ok(more(0)! <= 2000);
  assert.equal(more(50), 30_000);
  assert.equal(nextQuestionMs("failed", 0, { isProcessing: true }), null);
});

test("a hidden tab asks less often, and a server that names a wait gets it", () => {
  assert.ok(nextQuestionMs("processing", 3, { hidden: true })! > nextQuestionMs("processing", 3)!);
  assert.equal(nextQuestionMs("processing", 0, { retryAfterMs: 30_000 }), 30_000);
  assert.equal(nextQuestionMs("recording", 9, { retryAfterMs: 10 }), nextQuestionMs("recording", 9));
});
