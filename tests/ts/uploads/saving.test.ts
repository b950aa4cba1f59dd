import assert from "node:assert/strict";
import { test } from "node:test";
import { fileNameOf } from "../../../apps/uploads/ts/saving.ts";

const NOW = new Date(2026, 10, 27, 9, 30);

test("a copy is named by its moment and its kind, without what file systems refuse", () => {
  assert.equal(fileNameOf("Recording", new Date(2026, 0, 5, 7, 3), "video/mp4;codecs=avc3"), "Recording 2026-01-05 07.03.mp4");
  assert.equal(fileNameOf("Recording", NOW, "video/webm;codecs=vp8"), "Recording 2026-11-27 09.30.webm");
});
