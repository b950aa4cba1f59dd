import assert from "node:assert/strict";
import { test } from "node:test";
import { MODES } from "../../../../apps/videos/ts/recorder/choice.ts";
import { remedied, remediesFor } from "../../../../apps/videos/ts/recorder/remedies.ts";
import type { ProblemCode } from "../../../../apps/videos/ts/recorder/state.ts";

const KINDS = ["camera", "microphone", "camera_and_microphone"] as const;
const WHATS = ["refused", "missing", "busy"] as const;
const OF_DEVICES: ProblemCode[] = KINDS.flatMap((kind) => WHATS.map((what) => `${kind}_${what}` as const));

test("every refusal has a way on, with and without screens to share", () => {
  for (const code of [...OF_DEVICES, "screen_refused", "screen_failed", "device_failed"] as const) {
    for (const mode of MODES) {
      for (const can_share of [true, false]) assert.notDeepEqual(remediesFor(code, { mode, can_share }), [], `${code} ${mode}`);
    }
  }
});

test("no way on needs what has just been refused", () => {
  for (const code of OF_DEVICES) {
    for (const can_share of [true, false]) {
      for (const remedy of remediesFor(code, { mode: "screen_camera", can_share })) {
        const instead = remedied(remedy, { mode: "screen_camera", microphone: true });
        if (!instead) continue;
        if (code.startsWith("camera")) assert.equal(instead.mode, "screen", `${code} ${remedy}`);
        if (code.includes("microphone")) assert.equal(instead.microphone, false, `${code} ${remedy}`);
      }
    }
  }
});

test("where no screen can be shared none is offered", () => {
  for (const code of OF_DEVICES) {
    const offered = remediesFor(code, { mode: "camera", can_share: false }).map((remedy) => remedied(remedy, { mode: "camera", microphone: true }));
    assert.ok(offered.every((instead) => instead === null || instead.mode === "camera"), code);
  }
});

test("a file made elsewhere is the way where nothing else is", () => {
  assert.deepEqual(remediesFor("camera_missing", { mode: "camera", can_share: false }), ["upload"]);
});
