import assert from "node:assert/strict";
import { test } from "node:test";
import { optionsFor } from "../../../../apps/videos/ts/recorder/device-list.ts";

const NONE = { id: "", label: "" };
const DESK = { id: "d1", label: "Desk camera" };

const camera = (deviceId: string, label: string) => ({ kind: "videoinput" as const, deviceId, label });
const microphone = (deviceId: string, label: string) => ({ kind: "audioinput" as const, deviceId, label });

test("each kind is listed apart, in the browser's order", () => {
  const present = [microphone("m1", "Headset"), camera("d1", "Desk camera"), camera("d2", "Phone")];
  assert.deepEqual(optionsFor("camera", present, NONE).map(({ id }) => id), ["d1", "d2"]);
  assert.deepEqual(optionsFor("microphone", present, NONE).map(({ label }) => label), ["Headset"]);
});

test("before the person allows them browsers give no ids, and nothing is listed", () => {
  assert.deepEqual(optionsFor("camera", [camera("", ""), microphone("", "")], NONE), []);
});

test("the system's own choice is not listed a second time under another name", () => {
  const present = [microphone("default", "Default - Headset"), microphone("communications", "Communications - Headset"), microphone("m1", "Headset")];
  assert.deepEqual(optionsFor("microphone", present, NONE).map(({ id }) => id), ["m1"]);
});

test("a device that was chosen stays in the list while it is away, and is said to be", () => {
  const others = [camera("d2", "Phone")];
  assert.deepEqual(optionsFor("camera", others, DESK).at(-1), { ...DESK, is_missing: true });
  assert.deepEqual(optionsFor("camera", [...others, camera("d1", "Desk camera")], DESK).map(({ is_missing }) => is_missing), [false, false]);
});

test("while no ids are told, a chosen device is not said to be away", () => {
  assert.deepEqual(optionsFor("camera", [camera("", "")], DESK), [{ ...DESK, is_missing: false }]);
});
