import assert from "node:assert/strict";
import { test } from "node:test";
import {
  BUBBLE_SIZES,
  bubblePlace,
  canvasFor,
  centredSquare,
  CORNERS,
  letterbox,
  type Size,
} from "../../../../apps/videos/ts/recorder/layout.ts";

const HD: Size = { width: 1280, height: 720 };
const FULL_HD: Size = { width: 1920, height: 1080 };

test("a canvas has 720 lines for sources that fit into them nearly unshrunk, else 1080", () => {
  for (const source of [{ width: 640, height: 480 }, HD, { width: 1280, height: 800 }]) {
    assert.deepEqual(canvasFor(source, 1080), HD);
  }
  for (const source of [{ width: 1440, height: 900 }, FULL_HD, { width: 3840, height: 2160 }, { width: 2560, height: 700 }]) {
    assert.deepEqual(canvasFor(source, 1080), FULL_HD);
  }
});

test("a format that cannot carry 1080 lines keeps 720", () => {
  assert.deepEqual(canvasFor(FULL_HD, 720), HD);
});

test("an upright source gets an upright canvas", () => {
  assert.deepEqual(canvasFor({ width: 720, height: 1280 }, 1080), { width: 720, height: 1280 });
});

test("every canvas has even sides, which H.264 needs", () => {
  for (const most of [720, 1080] as const) {
    const { width, height } = canvasFor({ width: 999, height: 1777 }, most);
    assert.equal(width % 2 + height % 2, 0);
  }
});

test("a source of any shape is shown whole, in the middle, its shape kept", () => {
  assert.deepEqual(letterbox({ width: 640, height: 480 }, HD), { x: 160, y: 0, width: 960, height: 720 });
  assert.deepEqual(letterbox({ width: 2560, height: 720 }, HD), { x: 0, y: 180, width: 1280, height: 360 });
  assert.deepEqual(letterbox(FULL_HD, HD), { x: 0, y: 0, ...HD });
});

test("the bubble lies whole within the canvas, in its corner, larger with its size", () => {
  for (const canvas of [HD, FULL_HD, { width: 720, height: 1280 }]) {
    for (const corner of CORNERS) {
      const places = BUBBLE_SIZES.map((size) => bubblePlace({ corner, size }, canvas));
      for (const { x, y, width, height } of places) {
        assert.equal(width, height);
        assert.ok(x > 0 && y > 0 && x + width < canvas.width && y + height < canvas.height);
        assert.equal(x + width / 2 < canvas.width / 2, corner.endsWith("left"));
        assert.equal(y + height / 2 < canvas.height / 2, corner.startsWith("top"));
      }
      const widths = places.map((place) => place.width);
      assert.deepEqual(widths, [...widths].sort((a, b) => a - b));
    }
  }
});

test("the bubble shows the middle of the camera", () => {
  assert.deepEqual(centredSquare(HD), { x: 280, y: 0, width: 720, height: 720 });
  assert.deepEqual(centredSquare({ width: 480, height: 640 }), { x: 0, y: 80, width: 480, height: 480 });
});
