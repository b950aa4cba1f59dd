/**
 * One take: MediaRecorder from start to stop, its chunks in order, and the time that was recorded.
 */
import { Stopwatch } from "./stopwatch.ts";

/** A keyframe each 2 s makes each MP4 chunk a segment of its own; Chromium's default (100 frames) starves a still tab. */
const KEYFRAME_INTERVAL_MS = 2_000;

/** How often the recorder hands over what it has: what it holds is what a crash would lose. */
const CHUNK_MS = 1_000;

/** Text on a screen stays sharp at these rates; a still screen uses a fraction of them. In bits a second. */
const VIDEO_BITS = { 720: 2_500_000, 1080: 4_500_000 } as const;
const AUDIO_BITS = 128_000;

export interface TakeOptions {
  stream: MediaStream;
  /** "" leaves the format to the browser. */
  mime_type: string;
  /** Lines of the picture, for the bit rate. */
  height: number;
  /** Called in order, one at a time. */
  onChunk: (bytes: Uint8Array) => Promise<void>;
  /** The browser's recorder broke off; what it has given stays good. */
  onFailure: () => void;
}

export class Take {
  readonly #options: TakeOptions;
  readonly #recorder: MediaRecorder;
  readonly #stopwatch = new Stopwatch();
  /** Resolves when every chunk so far was taken. */
  #taken: Promise<void> = Promise.resolve();
  #isAbandoned = false;

  constructor(options: TakeOptions) {
    this.#options = options;
    const settings: MediaRecorderOptions & { videoKeyFrameIntervalDuration: number } = {
      ...(options.mime_type ? { mimeType: options.mime_type } : {}),
      videoBitsPerSecond: VIDEO_BITS[options.height > 720 ? 1080 : 720],
      audioBitsPerSecond: AUDIO_BITS,
      videoKeyFrameIntervalDuration: KEYFRAME_INTERVAL_MS,
    };
    this.#recorder = new MediaRecorder(options.stream, settings);
    this.#recorder.addEventListener("dataavailable", ({ data }) => this.#take(data));
    this.#recorder.addEventListener("error", () => options.onFailure());
  }

  /** What is really recorded, which may be other than what was asked for; "" when the browser does not tell yet. */
  get mime_type(): string {
    return this.#recorder.mimeType;
  }

  /** Recorded time in ms, pauses left out. */
  get elapsed_ms(): number {
    return this.#stopwatch.elapsed(performance.now());
  }

  start(): void {
    this.#recorder.start(CHUNK_MS);
    this.#stopwatch.run(performance.now());
  }

  pause(): void {
    if (this.#recorder.state === "recording") this.#recorder.pause();
    this.#stopwatch.halt(performance.now());
  }

  resume(): void {
    if (this.#recorder.state === "paused") this.#recorder.resume();
    this.#stopwatch.run(performance.now());
  }

  /** Resolves when the last chunk was taken. Harmless on a recorder that stopped by itself. */
  async stop(): Promise<void> {
    this.#stopwatch.halt(performance.now());
    if (this.#recorder.state !== "inactive") {
      const stopped = new Promise((resolve) => this.#recorder.addEventListener("stop", resolve, { once: true }));
      this.#recorder.stop();
      await stopped;
    }
    await this.#taken;
  }

  /** Ends the take and forgets whatever it still gives. */
  abandon(): void {
    this.#isAbandoned = true;
    if (this.#recorder.state !== "inactive") this.#recorder.stop();
  }

  #take(chunk: Blob): void {
    // A chain, because reading two Blobs at once may finish in either order.
    this.#taken = this.#taken.then(async () => {
      const bytes = new Uint8Array(await chunk.arrayBuffer());
      if (!this.#isAbandoned) await this.#options.onChunk(bytes);
    });
  }
}
