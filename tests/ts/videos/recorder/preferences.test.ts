import assert from "node:assert/strict";
import { test } from "node:test";
import type { Choice } from "../../../../apps/videos/ts/recorder/choice.ts";
import { parsePreferences, toPreferences } from "../../../../apps/videos/ts/recorder/preferences.ts";

const CHOICE: Choice = {
  mode: "camera",
  microphone: false,
  camera_id: "d1",
  microphone_id: "",
  quality: 720,
  bubble: { corner: "top-left", size: "large" },
  mirror: "off",
  look: "hidden",
};

test("what was chosen comes back, but for a hidden camera: nobody expects to begin unseen", () => {
  const kept = toPreferences(CHOICE, { camera: "Desk \u202e camera", microphone: "" });
  assert.deepEqual(parsePreferences(JSON.stringify(kept)), kept);
  assert.ok(!JSON.stringify(kept).includes("hidden"));
});

test("whatever else is kept there does no harm", () => {
  const others = [null, "", "{", "null", "7", "[]", '"camera"', '{"mode":"hologram","quality":4000,"bubble":null,"camera":{"id":7}}'];
  for (const text of others) assert.deepEqual(parsePreferences(text), {}, String(text));
});

test("what is understood of another version is taken, the rest left", () => {
  const text = JSON.stringify({ mode: "screen", quality: "1080", bubble: { corner: "top-left", size: "huge" }, colour: "red" });
  assert.deepEqual(parsePreferences(text), { mode: "screen" });
});
