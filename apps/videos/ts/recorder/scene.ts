/** Paints one picture of the recording: the screen, or the camera alone, or the screen with the camera's bubble. */
import type { Blur } from "./blur.ts";
import type { CameraLook } from "./choice.ts";
import { type Bubble, bubblePlace, centredSquare, letterbox, type Rect, type Size } from "./layout.ts";

/** A picture to paint, with its size, because a VideoFrame and a video element name theirs differently. */
export interface Picture extends Size {
  image: CanvasImageSource;
}

/** How the camera is painted. */
export interface Look {
  /** null: it fills the canvas. */
  bubble: Bubble | null;
  camera: CameraLook;
  is_mirrored: boolean;
}

export interface Scene {
  /** null: the screen is not recorded, or has shown nothing yet. */
  screen: Picture | null;
  camera: Picture | null;
  look: Look;
}

type Context = CanvasRenderingContext2D | OffscreenCanvasRenderingContext2D;

/** Bars and what stands behind a source that has not begun. */
const BACKGROUND = "#101418";
const RING = "rgb(255 255 255 / 0.85)";

export function paint(context: Context, canvas: Size, { screen, camera, look }: Scene, blur: Blur): void {
  context.fillStyle = BACKGROUND;
  context.fillRect(0, 0, canvas.width, canvas.height);
  if (screen) paintPart(context, screen.image, whole(screen), letterbox(screen, canvas), false);
  if (!camera || look.camera === "hidden") return;
  const place = look.bubble ? bubblePlace(look.bubble, canvas) : letterbox(camera, canvas);
  const part = look.bubble ? centredSquare(camera) : whole(camera);
  const shown = look.camera === "blurred" ? blur.of(camera.image, part) : camera;
  if (!shown) return;
  const from = shown === camera ? part : whole(shown);
  const paintCamera = (): void => paintPart(context, shown.image, from, place, look.is_mirrored);
  if (look.bubble) paintBubble(context, place, paintCamera);
  else paintCamera();
}

function paintPart(context: Context, image: CanvasImageSource, from: Rect, place: Rect, is_mirrored: boolean): void {
  context.save();
  if (is_mirrored) {
    context.translate(2 * place.x + place.width, 0);
    context.scale(-1, 1);
  }
  context.drawImage(image, from.x, from.y, from.width, from.height, place.x, place.y, place.width, place.height);
  context.restore();
}

function paintBubble(context: Context, place: Rect, paintInside: () => void): void {
  const radius = place.width / 2;
  context.save();
  context.beginPath();
  context.arc(place.x + radius, place.y + radius, radius, 0, 2 * Math.PI);
  context.save();
  context.clip();
  paintInside();
  context.restore();
  context.lineWidth = Math.max(2, Math.round(radius / 40));
  context.strokeStyle = RING;
  context.stroke();
  context.restore();
}

function whole({ width, height }: Size): Rect {
  return { x: 0, y: 0, width, height };
}
