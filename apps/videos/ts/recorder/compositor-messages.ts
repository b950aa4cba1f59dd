/** What page and compositor worker say to each other. */
import type { Bubble, Size } from "./layout.ts";

export type ToWorker =
  /** Compose in the worker: frames come and go through transferred streams. */
  | {
      type: "compose";
      canvas: Size;
      screen: ReadableStream<VideoFrame> | null;
      camera: ReadableStream<VideoFrame> | null;
      bubble: Bubble | null;
      output: WritableStream<VideoFrame>;
    }
  | { type: "bubble"; bubble: Bubble }
  /** Lets go of every frame, and ends the worker. */
  | { type: "close" }
  /** Only keep time, for a page that paints by itself: its own timers nearly stand still while its tab is hidden. */
  | { type: "tick"; interval_ms: number };

export type FromWorker =
  /** The first picture was painted. */
  | { type: "ready" }
  | { type: "tick" };
