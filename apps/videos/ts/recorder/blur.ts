/**
 * Makes a camera's picture unrecognisable: a few large spots of its colours.
 *
 * The picture is made so small that what tells a face is gone, and is painted large again. A canvas filter would do
 * it too, but a browser without filters ignores them in silence and would record the face.
 */
import type { Rect, Size } from "./layout.ts";

/** Samples along the longer side: of a face that fills the bubble about 10 are left. */
const SPOTS = 16;

export class Blur {
  #canvas: OffscreenCanvas | HTMLCanvasElement | null = null;

  /** The part `from` of the picture, blurred and small; good until the next call. null where no canvas can be had. */
  of(image: CanvasImageSource, from: Rect): (Size & { image: CanvasImageSource }) | null {
    const scale = SPOTS / Math.max(from.width, from.height);
    const width = Math.max(1, Math.round(from.width * scale));
    const height = Math.max(1, Math.round(from.height * scale));
    this.#canvas ??= typeof OffscreenCanvas === "undefined" ? document.createElement("canvas") : new OffscreenCanvas(width, height);
    if (this.#canvas.width !== width) this.#canvas.width = width;
    if (this.#canvas.height !== height) this.#canvas.height = height;
    const context = this.#canvas.getContext("2d", { alpha: false }) as CanvasRenderingContext2D | null;
    if (!context) return null;
    // Without it only a few of the picture's pixels would be looked at, and the spots would flicker.
    context.imageSmoothingQuality = "medium";
    context.drawImage(image, from.x, from.y, from.width, from.height, 0, 0, width, height);
    return { image: this.#canvas, width, height };
  }
}
