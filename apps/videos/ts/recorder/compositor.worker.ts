/**
 * Composes the recorded picture in a worker, where neither frames nor timers are held back while the tab is hidden.
 *
 * The newest frame of each source is kept; `Pace` says when to paint. A frame that the recorder is too busy to take is
 * not made at all, so nothing piles up.
 */
import { Blur } from "./blur.ts";
import type { FromWorker, ToWorker } from "./compositor-messages.ts";
import type { Size } from "./layout.ts";
import { Pace } from "./pace.ts";
import { type Look, paint, type Picture } from "./scene.ts";

const worker = globalThis as unknown as {
  onmessage: ((event: MessageEvent<ToWorker>) => void) | null;
  postMessage: (message: FromWorker) => void;
  close: () => void;
};

type Reader = ReadableStreamDefaultReader<VideoFrame>;

class Composition {
  readonly #size: Size;
  readonly #canvas: OffscreenCanvas;
  readonly #context: OffscreenCanvasRenderingContext2D;
  readonly #output: WritableStreamDefaultWriter<VideoFrame>;
  readonly #pace = new Pace(performance.now());
  readonly #newest: { screen: VideoFrame | null; camera: VideoFrame | null } = { screen: null, camera: null };
  readonly #readers: { screen: Reader | null; camera: Reader | null } = { screen: null, camera: null };
  readonly #blur = new Blur();
  #look: Look;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #isReady = false;

  constructor(start: ToWorker & { type: "compose" }) {
    this.#size = start.canvas;
    this.#canvas = new OffscreenCanvas(start.canvas.width, start.canvas.height);
    const context = this.#canvas.getContext("2d", { alpha: false });
    if (!context) throw new Error("no 2d context in this worker");
    this.#context = context;
    this.#output = start.output.getWriter();
    this.#look = start.look;
    if (start.screen) void this.#follow("screen", start.screen);
    if (start.camera) void this.#follow("camera", start.camera);
    this.#paintWhenDue();
  }

  set look(look: Look) {
    this.#look = look;
    this.#pace.freshen();
    this.#paintWhenDue();
  }

  /** Another camera, or none: its last picture goes too. */
  replaceCamera(frames: ReadableStream<VideoFrame> | null): void {
    void this.#readers.camera?.cancel();
    this.#readers.camera = null;
    this.#newest.camera?.close();
    this.#newest.camera = null;
    if (frames) void this.#follow("camera", frames);
    this.#pace.freshen();
    this.#paintWhenDue();
  }

  /** Lets go of every frame: one that is only forgotten can keep the camera from giving more. */
  async close(): Promise<void> {
    clearTimeout(this.#timer);
    const { screen, camera } = this.#readers;
    await Promise.allSettled([screen?.cancel(), camera?.cancel(), this.#output.close()]);
    this.#newest.screen?.close();
    this.#newest.camera?.close();
  }

  async #follow(source: "screen" | "camera", frames: ReadableStream<VideoFrame>): Promise<void> {
    const reader = frames.getReader();
    this.#readers[source] = reader;
    for (;;) {
      const { value, done } = await reader.read();
      if (done) return; // The last frame stays in the picture; the page decides what the end means.
      if (this.#readers[source] !== reader) return value.close(); // On its way when another took its place.
      this.#newest[source]?.close();
      this.#newest[source] = value;
      this.#pace.freshen();
      this.#paintWhenDue();
    }
  }

  #paintWhenDue(): void {
    clearTimeout(this.#timer);
    if (this.#pace.wait(performance.now()) === 0) this.#paint();
    this.#timer = setTimeout(() => this.#paintWhenDue(), this.#pace.wait(performance.now()));
  }

  #paint(): void {
    const now_ms = performance.now();
    this.#pace.painted(now_ms);
    if ((this.#output.desiredSize ?? 0) <= 0) return;
    const [screen, camera] = [pictureOf(this.#newest.screen), pictureOf(this.#newest.camera)];
    paint(this.#context, this.#size, { screen, camera, look: this.#look }, this.#blur);
    // Its own clock, not the sources': those of screen and camera do not start at the same zero. In microseconds.
    const frame = new VideoFrame(this.#canvas, { timestamp: Math.round(now_ms * 1_000), alpha: "discard" });
    this.#output.write(frame).catch(() => frame.close()); // The page has closed the composition.
    if (!this.#isReady) {
      this.#isReady = true;
      worker.postMessage({ type: "ready" });
    }
  }
}

function pictureOf(frame: VideoFrame | null): Picture | null {
  return frame && { image: frame, width: frame.displayWidth, height: frame.displayHeight };
}

let composition: Composition | null = null;

worker.onmessage = ({ data }) => {
  if (data.type === "compose") composition = new Composition(data);
  else if (data.type === "look" && composition) composition.look = data.look;
  else if (data.type === "camera") composition?.replaceCamera(data.camera);
  else if (data.type === "close") void composition?.close().finally(() => worker.close());
  else if (data.type === "tick") setInterval(() => worker.postMessage({ type: "tick" }), data.interval_ms);
};
