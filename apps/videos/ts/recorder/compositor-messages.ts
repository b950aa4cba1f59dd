/** What page and compositor worker say to each other. */
import type { Size } from "./layout.ts";
import type { Look } from "./scene.ts";

export type ToWorker =
  /** Compose in the worker: frames come and go through transferred streams. */
  | {
      type: "compose";
      canvas: Size;
      screen: ReadableStream<VideoFrame> | null;
      camera: ReadableStream<VideoFrame> | null;
      look: Look;
      output: WritableStream<VideoFrame>;
    }
  | { type: "look"; look: Look }
  /** Another camera, or none any more. */
  | { type: "camera"; camera: ReadableStream<VideoFrame> | null }
  /** Lets go of every frame, and ends the worker. */
  | { type: "close" }
  /** Only keep time, for a page that paints by itself: its own timers nearly stand still while its tab is hidden. */
  | { type: "tick"; interval_ms: number };

export type FromWorker =
  /** The first picture was painted. */
  | { type: "ready" }
  | { type: "tick" };
