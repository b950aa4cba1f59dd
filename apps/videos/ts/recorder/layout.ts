/** Where things stand in the recorded picture. Pure; all numbers are pixels of the canvas. */

export interface Size {
  width: number;
  height: number;
}

export interface Rect extends Size {
  x: number;
  y: number;
}

export type Corner = "top-left" | "top-right" | "bottom-left" | "bottom-right";
export type BubbleSize = "small" | "medium" | "large";

export interface Bubble {
  corner: Corner;
  size: BubbleSize;
}

export const CORNERS: readonly Corner[] = ["top-left", "top-right", "bottom-left", "bottom-right"];
export const BUBBLE_SIZES: readonly BubbleSize[] = ["small", "medium", "large"];

/** The bubble's diameter as a share of the canvas's shorter side: a face is readable from about a sixth of it. */
const DIAMETERS: Record<BubbleSize, number> = { small: 0.18, medium: 0.26, large: 0.36 };

/** The bubble's distance from the edges, as a share of the canvas's shorter side. */
const MARGIN = 0.03;

/** A source may shrink to this share of itself before 720 lines are too few for its text: a 1280 × 800 window still fits. */
const SMALLEST_SCALE = 0.9;

/**
 * The size of the canvas for a source: 16:9, 720 lines or, where those would shrink the source too much, 1080; upright
 * where the source is. It stays for the whole recording, whatever the source does: H.264 in avc1 breaks when the size
 * changes.
 */
export function canvasFor(source: Size, most_height: 720 | 1080): Size {
  const shorter = Math.min(source.width, source.height);
  const longer = Math.max(source.width, source.height);
  const scale = Math.min(1280 / longer, 720 / shorter);
  const lines = most_height === 1080 && scale < SMALLEST_SCALE ? 1080 : 720;
  const long_side = (lines * 16) / 9;
  return source.height > source.width ? { width: lines, height: long_side } : { width: long_side, height: lines };
}

/** The largest place for `source` within `canvas` that keeps its shape, centred: bars on two sides, nothing cut off. */
export function letterbox(source: Size, canvas: Size): Rect {
  const scale = Math.min(canvas.width / source.width, canvas.height / source.height);
  const width = Math.round(source.width * scale);
  const height = Math.round(source.height * scale);
  return { x: Math.round((canvas.width - width) / 2), y: Math.round((canvas.height - height) / 2), width, height };
}

/** The square around the bubble's circle. */
export function bubblePlace(bubble: Bubble, canvas: Size): Rect {
  const shorter = Math.min(canvas.width, canvas.height);
  const side = Math.round(shorter * DIAMETERS[bubble.size]);
  const margin = Math.round(shorter * MARGIN);
  const [vertical, horizontal] = bubble.corner.split("-");
  return {
    x: horizontal === "left" ? margin : canvas.width - margin - side,
    y: vertical === "top" ? margin : canvas.height - margin - side,
    width: side,
    height: side,
  };
}

/** The largest centred square of `source`: what of the camera is seen in the bubble. */
export function centredSquare(source: Size): Rect {
  const side = Math.min(source.width, source.height);
  return { x: Math.round((source.width - side) / 2), y: Math.round((source.height - side) / 2), width: side, height: side };
}
