import assert from "node:assert/strict";
import { test } from "node:test";
import { chooseFormat } from "../../../../apps/videos/ts/recorder/formats.ts";

const choose = (...supported: string[]): string => chooseFormat((type) => supported.includes(type)).mime_type;

const AVC3_OPUS = "video/mp4;codecs=avc3.640028,opus";
const AVC3_AAC = "video/mp4;codecs=avc3.640028,mp4a.40.2";
const AVC1_OPUS = "video/mp4;codecs=avc1.640028,opus";
const VP9 = "video/webm;codecs=vp9,opus";
const VP8 = "video/webm;codecs=vp8,opus";

test("H.264 in MP4 comes before WebM, avc3 before avc1, AAC before Opus", () => {
  assert.equal(choose(VP8, VP9, AVC1_OPUS, AVC3_OPUS, AVC3_AAC), AVC3_AAC);
  assert.equal(choose(VP8, VP9, AVC1_OPUS, AVC3_OPUS), AVC3_OPUS);
  assert.equal(choose(VP8, VP9, AVC1_OPUS), AVC1_OPUS);
  assert.equal(choose(VP8, VP9), VP9);
});

test("the codec is always named to a browser that knows it: plain video/mp4 gives VP9", () => {
  assert.equal(choose("video/mp4", VP8), VP8);
});

test("VP8 is recorded with 720 lines", () => {
  assert.equal(chooseFormat((type) => type === VP8).most_height, 720);
});

test("a browser that knows none of them chooses by itself", () => {
  assert.equal(choose(), "");
});
