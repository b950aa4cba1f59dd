import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { ApiError } from "../../../apps/core/ts/api.ts";
import { fileSentences, formatSize, leftSentence, NO_PACE, shareOf } from "../../../apps/pages/ts/upload/sentences.ts";
import {
  deviceSentences,
  problemSentence,
  roomSentence,
  shortSentences,
  type Sentence,
  soundSentence,
  statusSentence,
  titleSentence,
  troubleSentence,
  uploadSentence,
  uploadShare,
  wordsSentence,
} from "../../../apps/pages/ts/record/sentences.ts";
import type { Safety } from "../../../apps/pages/ts/record/journey.ts";
import { PartUnreadable, StoreError, UploadElsewhere } from "../../../apps/uploads/ts/errors.ts";
import type { FileProgress } from "../../../apps/uploads/ts/file-upload.ts";
import type { PassedReason } from "../../../apps/uploads/ts/picking.ts";
import type { FileState } from "../../../apps/uploads/ts/file-state.ts";
import type { PartProgress } from "../../../apps/uploads/ts/part-queue.ts";
import type { ProblemCode, State } from "../../../apps/videos/ts/recorder/state.ts";

/** The names of the texts that a page's template holds. */
function textsOf(page: string): Set<string> {
  const html = readFileSync(`apps/pages/templates/pages/${page}.html`, "utf8");
  return new Set([...html.matchAll(/data-text="(\w+)"/g)].map((match) => match[1]!));
}

function assertHeld(texts: Set<string>, sentence: Sentence): void {
  if (!sentence || !("text" in sentence)) return;
  const plural = texts.has(`${sentence.text}_one`) && texts.has(`${sentence.text}_other`);
  assert.ok(plural || texts.has(sentence.text), `the page lacks ${sentence.text}`);
}

// Typed so that a code or a state that is added cannot be forgotten here.
const CODES: Record<ProblemCode, true> = {
  screen_refused: true,
  screen_failed: true,
  camera_refused: true,
  microphone_refused: true,
  camera_and_microphone_refused: true,
  camera_missing: true,
  microphone_missing: true,
  camera_and_microphone_missing: true,
  camera_busy: true,
  microphone_busy: true,
  camera_and_microphone_busy: true,
  microphone_fixed: true,
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
const SAFE: Safety = { confirmed_ms: 4_000, is_in_memory: false, room_ms: null };
const PROGRESS: PartProgress = { parts: 5, confirmed_parts: 2, total_bytes: 100, sent_bytes: 40, trouble: null, failure: null };

test("the recorder's page holds every sentence its script can ask for", () => {
  const texts = textsOf("record");
  for (const code of Object.keys(CODES) as ProblemCode[]) assertHeld(texts, problemSentence({ code, detail: "" }));
  for (const state of [...Object.values(STATES), { name: "countdown", left: 0, linked: false } as const]) {
    for (const mode of ["screen_camera", "screen", "camera"] as const) assertHeld(texts, statusSentence(state, mode));
    for (const safety of [null, SAFE, { ...SAFE, is_in_memory: true }, { ...SAFE, room_ms: 1 }]) {
      for (const confirmed_parts of [1, 5]) assertHeld(texts, uploadSentence(state, { ...PROGRESS, confirmed_parts }, safety));
      for (const status of [0, 401]) assertHeld(texts, troubleSentence(state, new ApiError(status, "", ""), safety));
      assertHeld(texts, roomSentence(state, safety));
    }
    assertHeld(texts, titleSentence(state));
  }
  assertHeld(texts, statusSentence({ ...STATES.choosing, problem: { code: "not_signed_in", detail: "" } }, "camera"));
  for (const status of [0, 401]) assertHeld(texts, wordsSentence(new ApiError(status, "", "")));
  const BOTH = ["camera", "microphone"] as const;
  const swapped = { lost: new Set(BOTH), is_camera_dark: true, missing: BOTH, swap_problem: PROBLEM };
  for (const mode of ["screen_camera", "camera"] as const) {
    for (const sentence of deviceSentences(swapped, mode, { camera: "", microphone: "" })) assertHeld(texts, sentence);
  }
  for (const sentence of shortSentences({ lost: new Set(BOTH), is_camera_dark: true, is_silent: true })) assertHeld(texts, sentence);
  for (const isShared of [true, false]) for (const isOn of [true, false]) assertHeld(texts, soundSentence(isShared, isOn));
  const others = ["file", "save_failed", "copied", "silent", "not_connected", "saving", "saved"];
  for (const name of [...others, ...BOTH.flatMap((kind) => [`default_${kind}`, `unnamed_${kind}`])]) assert.ok(texts.has(name), name);
});

const FILE_PROGRESS: FileProgress = { stage: "sending", compared: 0, sent_bytes: 1, total_bytes: 2, differs: false, trouble: null };
const UI = { signedOut: false, language: "en" };
const REASONS: Record<PassedReason, true> = {
  no_media: true, empty: true, no_video: true, captions_too_large: true, captions_twice: true, listed: true, unreadable: true, too_many: true,
};

test("the upload page holds every sentence its script can ask for", () => {
  const texts = textsOf("upload");
  const progress = FILE_PROGRESS;
  const errors = [new ApiError(0, "network", ""), new ApiError(401, "", ""), new PartUnreadable(1), new UploadElsewhere(), new StoreError(500), new TypeError("ours")];
  const states: FileState[] = [
    { name: "waiting", progress: null },
    { name: "sending", progress: null },
    ...(["starting", "comparing", "sending", "completing"] as const).map((stage): FileState => ({ name: "sending", progress: { ...progress, stage } })),
    { name: "sending", progress: { ...progress, trouble: new ApiError(0, "network", "") } },
    { name: "paused", progress },
    ...errors.map((error): FileState => ({ name: "failed", error, progress })),
    { name: "cancelled" },
    { name: "done" },
  ];
  for (const state of states) {
    for (const signedOut of [false, true]) {
      for (const sentence of fileSentences(state, { bytes_per_s: 5e6, left_s: 70 }, { ...UI, signedOut })) assertHeld(texts, sentence);
    }
  }
  const plural = (name: string): boolean => texts.has(name) || (texts.has(`${name}_one`) && texts.has(`${name}_other`));
  for (const left_s of [1, 100, 10_000]) assert.ok(plural((leftSentence(left_s) as { text: string }).text));
  for (const reason of Object.keys(REASONS)) assert.ok(texts.has(`passed_${reason}`), reason);
  for (const name of ["cancel_failed", "copied", "differs", "discarded", "summary", "passed"]) assert.ok(plural(name), name);
});

test("what is sent is told with its speed and the time left, once they are known", () => {
  const sending: FileState = { name: "sending", progress: { ...FILE_PROGRESS, sent_bytes: 1, total_bytes: 3 } };
  assert.deepEqual(fileSentences(sending, NO_PACE, UI), [{ text: "sending", values: { percent: 33 } }]);
  assert.deepEqual(fileSentences(sending, { bytes_per_s: 5_300_000, left_s: 130 }, UI), [
    { text: "sending", values: { percent: 33 } },
    { text: "speed", values: { size: "5.3 MB" } },
    { text: "left_minutes", values: { count: 3 } },
  ]);
});

test("a file that waits says why when its author is signed out", () => {
  assert.deepEqual(fileSentences({ name: "waiting", progress: null }, NO_PACE, { ...UI, signedOut: true }), [{ text: "waiting_signed_out" }]);
});

test("the server's own sentence is told where it gave one", () => {
  const full = new ApiError(507, "storage_full", "The disk is full.");
  assert.deepEqual(troubleSentence(STATES.recording, full, SAFE), { said: "The disk is full." });
  assert.deepEqual(problemSentence({ code: "server", detail: "The disk is full." }), { said: "The disk is full." });
  assert.deepEqual(fileSentences({ name: "failed", error: full, progress: null }, NO_PACE, UI), [{ said: "The disk is full." }]);
});

test("a camera that is gone is told with what goes on without it, and one that was not there with its name", () => {
  const nothing = { lost: new Set<"camera">(), is_camera_dark: false, missing: [], swap_problem: null };
  const labels = { camera: "Desk camera", microphone: "" };
  assert.deepEqual(deviceSentences(nothing, "camera", labels), []);
  assert.deepEqual(deviceSentences({ ...nothing, lost: new Set(["camera"] as const) }, "camera", labels), [{ text: "lost_picture" }]);
  assert.deepEqual(deviceSentences({ ...nothing, lost: new Set(["camera"] as const) }, "screen_camera", labels), [{ text: "lost_camera" }]);
  assert.deepEqual(deviceSentences({ ...nothing, is_camera_dark: true }, "camera", labels), [{ text: "dark_camera" }]);
  const missing = deviceSentences({ ...nothing, missing: ["camera"] }, "camera", labels);
  assert.deepEqual(missing, [{ text: "missing_camera", values: { label: "Desk camera" } }]);
});

test("what is refused of title and description is said without the names that programs have for them", () => {
  const fields = { description: ["Too long."] };
  assert.deepEqual(wordsSentence(new ApiError(400, "invalid", "description: Too long.", null, { fields })), { said: "Too long." });
});

test("who presents reads in few words what is wrong, and in the tab's title what goes on", () => {
  const nothing = { lost: new Set<"camera">(), is_camera_dark: false, is_silent: false };
  assert.deepEqual(shortSentences(nothing), []);
  const lost = { ...nothing, lost: new Set(["camera"] as const), is_silent: true };
  assert.deepEqual(shortSentences(lost), [{ text: "short_lost_camera" }, { text: "short_silent" }]);
  assert.deepEqual(shortSentences({ ...nothing, is_camera_dark: true }), [{ text: "short_dark_camera" }]);
  const titles = (["choosing", "recording", "paused", "finishing", "done"] as const).map((name) => titleSentence(STATES[name]));
  assert.deepEqual(titles, [null, { text: "title_recording" }, { text: "title_paused" }, { text: "title_uploading" }, null]);
});

test("what cannot be heard in the recording is said, and nothing where nothing is shared", () => {
  assert.equal(soundSentence(null, true), null);
  assert.deepEqual(soundSentence(true, false), { text: "sound_shared" });
  assert.deepEqual([soundSentence(false, true), soundSentence(false, false)], [{ text: "sound_not_shared" }, { text: "sound_none" }]);
});

test("who is signed out before anything was recorded is not told that a recording is kept", () => {
  const problem = { code: "not_signed_in", detail: "" } as const;
  assert.deepEqual(statusSentence({ ...STATES.choosing, problem }, "camera"), { text: "problem_not_signed_in_yet" });
  assert.deepEqual(statusSentence({ ...STATES.stuck, problem }, "camera"), { text: "problem_not_signed_in" });
});

test("trouble is not told twice: a stuck recording says it as its state", () => {
  assert.equal(troubleSentence(STATES.stuck, new ApiError(0, "network", ""), SAFE), null);
  assert.equal(troubleSentence(STATES.recording, null, SAFE), null);
});

test("what is left to upload is counted in parts", () => {
  assert.deepEqual(uploadSentence(STATES.finishing, PROGRESS, SAFE), { text: "parts_left", values: { count: 3 } });
  assert.deepEqual(uploadSentence(STATES.finishing, { ...PROGRESS, confirmed_parts: 5 }, SAFE), { text: "completing" });
  assert.equal(uploadSentence(STATES.done, PROGRESS, SAFE), null);
});

test("while it is recorded, what is said is where how much of it is safe", () => {
  const confirmed = "0:04";
  assert.deepEqual(uploadSentence(STATES.recording, PROGRESS, SAFE), { text: "safe", values: { confirmed } });
  const behind = { ...PROGRESS, confirmed_parts: 1 };
  assert.deepEqual(uploadSentence(STATES.recording, behind, SAFE), { text: "kept", values: { confirmed } });
  const inTab = { ...SAFE, is_in_memory: true };
  assert.deepEqual(uploadSentence(STATES.recording, behind, inTab), { text: "safe", values: { confirmed } }, "nothing is said to be kept that is not");
  assert.equal(uploadSentence(STATES.recording, { ...PROGRESS, parts: 0, confirmed_parts: 0 }, SAFE), null);
});

test("an outage is told by what becomes of the recording", () => {
  const offline = new ApiError(0, "network", "");
  assert.deepEqual(troubleSentence(STATES.recording, offline, SAFE), { text: "trouble" });
  assert.deepEqual(troubleSentence(STATES.finishing, offline, SAFE), { text: "trouble_stopped" });
  assert.deepEqual(troubleSentence(STATES.finishing, offline, { ...SAFE, is_in_memory: true }), { text: "trouble_in_memory" });
});

test("short room is told in whole minutes, and a tab that keeps all by itself says so instead", () => {
  assert.equal(roomSentence(STATES.recording, SAFE), null);
  assert.deepEqual(roomSentence(STATES.recording, { ...SAFE, room_ms: 179_000 }), { text: "short_of_room", values: { count: 2 } });
  assert.deepEqual(roomSentence(STATES.recording, { ...SAFE, room_ms: 1, is_in_memory: true }), { text: "in_memory" });
  assert.equal(roomSentence(STATES.done, { ...SAFE, room_ms: 1 }), null);
});

test("a share is between nothing and all, also of an empty file", () => {
  assert.equal(uploadShare(PROGRESS), 0.4);
  assert.equal(uploadShare({ ...PROGRESS, total_bytes: 0 }), null);
  assert.equal(shareOf({ name: "sending", progress: { ...FILE_PROGRESS, sent_bytes: 0, total_bytes: 0 } }), 0);
  assert.equal(shareOf({ name: "done" }), 1);
});

test("sizes are told as file managers tell them", () => {
  const cases: [number, string][] = [[0, "0 bytes"], [1, "1 byte"], [999, "999 bytes"], [1_000, "1 kB"], [3_449_999, "3.4 MB"], [12_600_000, "13 MB"], [2e9, "2 GB"], [5e15, "5,000 TB"]];
  for (const [size_bytes, text] of cases) assert.equal(formatSize(size_bytes, "en"), text);
});
