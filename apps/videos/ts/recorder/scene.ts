/** Paints one picture of the recording: the screen, or the camera alone, or the screen with the camera's bubble. */
import { type Bubble, bubblePlace, centredSquare, letterbox, type Size } from "./layout.ts";

/** A picture to paint, with its size, because a VideoFrame and a video element name theirs differently. */
export interface Picture extends Size {
  image: CanvasImageSource;
}

export interface Scene {
  /** null: the screen is not recorded, or has shown nothing yet. */
  screen: Picture | null;
  camera: Picture | null;
  /** null: the camera fills the canvas. */
  bubble: Bubble | null;
}

type Context = CanvasRenderingContext2D | OffscreenCanvasRenderingContext2D;

/** Bars and what stands behind a source that has not begun. */
const BACKGROUND = "#101418";
const RING = "rgb(255 255 255 / 0.85)";

export function paint(context: Context, canvas: Size, { screen, camera, bubble }: Scene): void {
  context.fillStyle = BACKGROUND;
  context.fillRect(0, 0, canvas.width, canvas.height);
  if (screen) fit(context, canvas, screen);
  if (!camera) return;
  if (bubble) paintBubble(context, canvas, camera, bubble);
  else fit(context, canvas, camera);
}

function fit(context: Context, canvas: Size, picture: Picture): void {
  const place = letterbox(picture, canvas);
  context.drawImage(picture.image, place.x, place.y, place.width, place.height);
}

function paintBubble(context: Context, canvas: Size, camera: Picture, bubble: Bubble): void {
  const place = bubblePlace(bubble, canvas);
  const from = centredSquare(camera);
  const radius = place.width / 2;
  context.save();
  context.beginPath();
  context.arc(place.x + radius, place.y + radius, radius, 0, 2 * Math.PI);
  context.save();
  context.clip();
  context.drawImage(camera.image, from.x, from.y, from.width, from.height, place.x, place.y, place.width, place.height);
  context.restore();
  context.lineWidth = Math.max(2, Math.round(radius / 40));
  context.strokeStyle = RING;
  context.stroke();
  context.restore();
}
