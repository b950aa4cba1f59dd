/**
 * One picture of fixed size out of screen and camera, as a video track that can be recorded.
 *
 * Two ways: frames through a worker where the browser hands them out (30 a second, also while the tab is hidden), else
 * a canvas on this page, painted at the tick of a worker's timer (20 to 24 a second while hidden).
 */
import { Blur } from "./blur.ts";
import type { FromWorker, ToWorker } from "./compositor-messages.ts";
import type { Size } from "./layout.ts";
import { Pace } from "./pace.ts";
import { type Look, paint, type Picture } from "./scene.ts";

export interface CompositorOptions {
  /** The address of compositor.worker.js. */
  worker_url: string;
  canvas: Size;
  screen: MediaStreamTrack | null;
  camera: MediaStreamTrack | null;
  look: Look;
}

export interface Compositor {
  readonly track: MediaStreamTrack;
  readonly way: "worker" | "canvas";
  setLook(look: Look): void;
  /** Puts another camera, or none, in the place of the one in the picture. The one before is left alone. */
  setCamera(camera: MediaStreamTrack | null): Promise<void>;
  /** Ends the track; the sources are left alone. */
  close(): void;
}

/** Resolves when the first picture was painted; rejects when the worker cannot run. */
export function openCompositor(options: CompositorOptions): Promise<Compositor> {
  const hasFrames = "MediaStreamTrackProcessor" in globalThis && "MediaStreamTrackGenerator" in globalThis;
  return hasFrames ? composeInWorker(options) : composeOnPage(options);
}

async function composeInWorker(options: CompositorOptions): Promise<Compositor> {
  const { canvas, look } = options;
  const worker = new Worker(options.worker_url, { type: "module" });
  const generator = new MediaStreamTrackGenerator({ kind: "video" });
  // Clones, because the processor of a closed composition still holds the track it was given.
  const clones = { screen: options.screen?.clone() ?? null, camera: options.camera?.clone() ?? null };
  const [screen, camera] = [framesOf(clones.screen), framesOf(clones.camera)];
  const output = generator.writable;
  const close = (): void => {
    say(worker, { type: "close" });
    generator.stop();
    for (const clone of Object.values(clones)) clone?.stop();
  };
  try {
    const start: ToWorker = { type: "compose", canvas, screen, camera, look, output };
    await untilReady(worker, () => say(worker, start, transferable(screen, camera, output)));
  } catch (error) {
    close();
    throw error;
  }
  return {
    track: generator,
    way: "worker",
    setLook: (changed) => say(worker, { type: "look", look: changed }),
    setCamera: async (track) => {
      clones.camera?.stop();
      clones.camera = track?.clone() ?? null;
      const frames = framesOf(clones.camera);
      say(worker, { type: "camera", camera: frames }, transferable(frames));
    },
    close,
  };
}

function transferable(...streams: (ReadableStream | WritableStream | null)[]): Transferable[] {
  return streams.filter((stream) => stream !== null);
}

function framesOf(track: MediaStreamTrack | null): ReadableStream<VideoFrame> | null {
  return track && new MediaStreamTrackProcessor({ track: track as MediaStreamVideoTrack }).readable;
}

function say(worker: Worker, message: ToWorker, transferred: Transferable[] = []): void {
  worker.postMessage(message, transferred);
}

function untilReady(worker: Worker, begin: () => void): Promise<void> {
  return new Promise((resolve, reject) => {
    worker.onmessage = ({ data }: MessageEvent<FromWorker>) => {
      if (data.type === "ready") resolve();
    };
    worker.onerror = (event) => reject(new Error(event.message || "the compositor worker did not load"));
    begin();
  });
}

/** As often as Pace can want; it decides which ticks paint. */
const TICK_MS = 1_000 / 60;

async function composeOnPage(options: CompositorOptions): Promise<Compositor> {
  const canvas = document.createElement("canvas");
  canvas.width = options.canvas.width;
  canvas.height = options.canvas.height;
  const context = canvas.getContext("2d", { alpha: false });
  if (!context) throw new Error("no 2d context");
  let look = options.look;
  const screen = await playing(options.screen);
  let camera = await playing(options.camera);
  const blur = new Blur();
  const pace = new Pace(performance.now());
  const tick = (): void => {
    pace.freshen(); // Video elements do not say whether their picture is new.
    const now_ms = performance.now();
    if (pace.wait(now_ms) > 0) return;
    pace.painted(now_ms);
    paint(context, options.canvas, { screen: pictureOf(screen), camera: pictureOf(camera), look }, blur);
  };
  tick();
  const track = canvas.captureStream(30).getVideoTracks()[0] as MediaStreamTrack;
  const worker = new Worker(options.worker_url, { type: "module" });
  worker.onmessage = tick;
  say(worker, { type: "tick", interval_ms: TICK_MS });
  return {
    track,
    way: "canvas",
    setLook: (changed) => {
      look = changed;
    },
    setCamera: async (changed) => {
      const before = camera;
      camera = await playing(changed);
      if (before) before.srcObject = null;
    },
    close: () => {
      worker.terminate();
      track.stop();
      for (const video of [screen, camera]) if (video) video.srcObject = null;
    },
  };
}

async function playing(track: MediaStreamTrack | null): Promise<HTMLVideoElement | null> {
  if (!track) return null;
  const video = document.createElement("video");
  video.muted = true;
  video.playsInline = true;
  video.srcObject = new MediaStream([track]);
  await video.play();
  return video;
}

function pictureOf(video: HTMLVideoElement | null | undefined): Picture | null {
  // Without a frame (readyState below 2) there is nothing to paint, and drawImage would throw.
  if (!video || video.readyState < HTMLMediaElement.HAVE_CURRENT_DATA) return null;
  return { image: video, width: video.videoWidth, height: video.videoHeight };
}
