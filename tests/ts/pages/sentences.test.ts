import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { ApiError } from "../../../apps/core/ts/api.ts";
import { fileSentence, formatSize, shareOf } from "../../../apps/pages/ts/upload/sentences.ts";
import {
  problemSentence,
  type Sentence,
  statusSentence,
  troubleSentence,
  uploadSentence,
  uploadShare,
} from "../../../apps/pages/ts/record/sentences.ts";
import { PartUnreadable, StoreError } from "../../../apps/uploads/ts/errors.ts";
import type { FileState } from "../../../apps/uploads/ts/file-state.ts";
import type { PartProgress } from "../../../apps/uploads/ts/part-queue.ts";
import type { ProblemCode, State } from "../../../apps/videos/ts/recorder/state.ts";

/** The names of the texts that a page's template holds. */
function textsOf(page: string): Set<string> {
  const html = readFileSync(`apps/pages/templates/pages/${page}.html`, "utf8");
  return new Set([...html.matchAll(/data-text="(\w+)"/g)].map((match) => match[1]!));
}

function assertHeld(texts: Set<string>, sentence: Sentence): void {
  if (sentence && "text" in sentence) assert.ok(texts.has(sentence.text), `the page lacks ${sentence.text}`);
}

// Typed so that a code or a state that is added cannot be forgotten here.
const CODES: Record<ProblemCode, true> = {
  screen_refused: true,
  camera_refused: true,
  microphone_refused: true,
  camera_and_microphone_refused: true,
  camera_missing: true,
  microphone_missing: true,
  camera_and_microphone_missing: true,
  device_busy: true,
  device_failed: true,
  sharing_ended: true,
  recorder_failed: true,
  not_signed_in: true,
  server: true,
};
const PROBLEM = { code: "server", detail: "" } as const;
const STATES: { [Name in State["name"]]: State & { name: Name } } = {
  choosing: { name: "choosing", devices: "closed", problem: PROBLEM },
  asking: { name: "asking", then: "record" },
  countdown: { name: "countdown", left: 3, linked: false },
  recording: { name: "recording" },
  paused: { name: "paused" },
  stopping: { name: "stopping" },
  finishing: { name: "finishing" },
  stuck: { name: "stuck", problem: PROBLEM },
  done: { name: "done" },
  discarding: { name: "discarding", problem: null },
};
const PROGRESS: PartProgress = { parts: 5, confirmed_parts: 2, total_bytes: 100, sent_bytes: 40, trouble: null, failure: null };

test("the recorder's page holds every sentence its script can ask for", () => {
  const texts = textsOf("record");
  for (const code of Object.keys(CODES) as ProblemCode[]) assertHeld(texts, problemSentence({ code, detail: "" }));
  for (const state of [...Object.values(STATES), { name: "countdown", left: 0, linked: false } as const]) {
    for (const mode of ["screen_camera", "screen", "camera"] as const) assertHeld(texts, statusSentence(state, mode));
    for (const confirmed_parts of [2, 5]) assertHeld(texts, uploadSentence(state, { ...PROGRESS, confirmed_parts }));
    for (const status of [0, 401]) assertHeld(texts, troubleSentence(state, new ApiError(status, "", "")));
  }
  for (const name of ["sound_shared", "sound_not_shared", "copied"]) assert.ok(texts.has(name), name);
});

test("the upload page holds every sentence its script can ask for", () => {
  const texts = textsOf("upload");
  const progress = { stage: "sending", sent_bytes: 1, total_bytes: 2, trouble: null } as const;
  const states: FileState[] = [
    { name: "waiting" },
    { name: "sending", progress: null },
    ...(["starting", "sending", "completing"] as const).map((stage): FileState => ({ name: "sending", progress: { ...progress, stage } })),
    { name: "sending", progress: { ...progress, trouble: new ApiError(0, "network", "") } },
    ...[new ApiError(0, "network", ""), new ApiError(401, "", ""), new PartUnreadable(1), new StoreError(500), new TypeError("ours")].map(
      (error): FileState => ({ name: "failed", error }),
    ),
    { name: "cancelled" },
    { name: "done" },
  ];
  for (const state of states) assertHeld(texts, fileSentence(state));
  for (const name of ["cancel_failed", "copied"]) assert.ok(texts.has(name), name);
});

test("the server's own sentence is told where it gave one", () => {
  const full = new ApiError(507, "storage_full", "The disk is full.");
  assert.deepEqual(troubleSentence(STATES.recording, full), { said: "The disk is full." });
  assert.deepEqual(problemSentence({ code: "server", detail: "The disk is full." }), { said: "The disk is full." });
  assert.deepEqual(fileSentence({ name: "failed", error: full }), { said: "The disk is full." });
});

test("trouble is not told twice: a stuck recording says it as its state", () => {
  assert.equal(troubleSentence(STATES.stuck, new ApiError(0, "network", "")), null);
  assert.equal(troubleSentence(STATES.recording, null), null);
});

test("what is left to upload is counted in parts", () => {
  assert.deepEqual(uploadSentence(STATES.finishing, PROGRESS), { text: "parts_left", values: { count: 3 } });
  assert.equal(uploadSentence(STATES.recording, { ...PROGRESS, confirmed_parts: 5 }), null);
  assert.deepEqual(uploadSentence(STATES.finishing, { ...PROGRESS, confirmed_parts: 5 }), { text: "completing" });
  assert.equal(uploadSentence(STATES.done, PROGRESS), null);
});

test("a share is between nothing and all, also of an empty file", () => {
  assert.equal(uploadShare(PROGRESS), 0.4);
  assert.equal(uploadShare({ ...PROGRESS, total_bytes: 0 }), null);
  assert.equal(shareOf({ name: "sending", progress: { stage: "sending", sent_bytes: 0, total_bytes: 0, trouble: null } }), 0);
  assert.equal(shareOf({ name: "done" }), 1);
});

test("sizes are told as file managers tell them", () => {
  const cases: [number, string][] = [[0, "0 bytes"], [1, "1 byte"], [999, "999 bytes"], [1_000, "1 kB"], [3_449_999, "3.4 MB"], [12_600_000, "13 MB"], [2e9, "2 GB"], [5e15, "5,000 TB"]];
  for (const [size_bytes, text] of cases) assert.equal(formatSize(size_bytes, "en"), text);
});
