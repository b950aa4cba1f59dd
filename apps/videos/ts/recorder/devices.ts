/** Asks the browser for screen, camera and microphone, and says in a code what it refused. */
import type { Problem, ProblemCode } from "./state.ts";

export type Mode = "screen_camera" | "screen" | "camera";

export interface Wanted {
  mode: Mode;
  microphone: boolean;
}

export interface Devices {
  /** With an audio track where the browser gives the sound of what is shared. */
  screen: MediaStream | null;
  camera: MediaStream | null;
  microphone: MediaStream | null;
}

export const NO_DEVICES: Devices = { screen: null, camera: null, microphone: null };

/** The browser gave not everything that was asked for. */
export class DevicesRefused extends Error {
  constructor(readonly problem: Problem) {
    super(problem.code);
    this.name = "DevicesRefused";
  }
}

// `max` lets the browser scale a larger screen down before it costs us anything; 1080p is the most we record.
const SCREEN_VIDEO = { width: { max: 1920 }, height: { max: 1080 }, frameRate: { ideal: 30, max: 30 } };
const CAMERA_VIDEO = { width: { ideal: 1280 }, height: { ideal: 720 }, frameRate: { ideal: 30, max: 30 } };
const SPEECH = { echoCancellation: true, noiseSuppression: true, autoGainControl: true };

/** Options of getDisplayMedia that are not in TypeScript's list yet; a browser that does not know one ignores it. */
const SHARING = { surfaceSwitching: "include", systemAudio: "include", selfBrowserSurface: "exclude" };

/**
 * What a recorder needs that this browser lacks: `insecure` (a plain http address has no devices), `unsupported` (no
 * MediaRecorder), or null. Screens are asked about apart: phones have cameras and share no screens.
 */
export function lacksForRecording(): "insecure" | "unsupported" | null {
  if (!globalThis.isSecureContext || !globalThis.crypto?.subtle) return "insecure";
  if (!navigator.mediaDevices || typeof MediaRecorder === "undefined") return "unsupported";
  return null;
}

export function canShareScreens(): boolean {
  return typeof navigator.mediaDevices?.getDisplayMedia === "function";
}

/**
 * Opens what is wanted, keeps of `open` what still serves and stops the rest. Rejects with `DevicesRefused`; everything
 * is closed then. Must be called straight from a click: the screen may only be asked for there, so it comes first.
 */
export async function openDevices(wanted: Wanted, open: Devices): Promise<Devices> {
  const wantsScreen = wanted.mode !== "camera";
  const wantsCamera = wanted.mode !== "screen";
  const devices: Devices = {
    screen: keep(open.screen, wantsScreen),
    camera: keep(open.camera, wantsCamera),
    microphone: keep(open.microphone, wanted.microphone),
  };
  try {
    if (wantsScreen) devices.screen ??= await shareScreen();
    const needs = { camera: wantsCamera && !devices.camera, microphone: wanted.microphone && !devices.microphone };
    if (needs.camera || needs.microphone) Object.assign(devices, await openCameraAndMicrophone(needs));
    return devices;
  } catch (error) {
    closeDevices(devices);
    throw error;
  }
}

export function closeDevices(devices: Devices): void {
  for (const stream of Object.values(devices) as (MediaStream | null)[]) stop(stream);
}

/** Calls back once when what carries the picture ends by itself: the screen where it is shared, else the camera. */
export function onSourceEnded(devices: Devices, callback: () => void): () => void {
  const track = (devices.screen ?? devices.camera)?.getVideoTracks()[0];
  track?.addEventListener("ended", callback, { once: true });
  return () => track?.removeEventListener("ended", callback);
}

/** The size of what the picture is made of, in pixels; 720p where the browser does not tell. */
export function sourceSize(devices: Devices): { width: number; height: number } {
  const settings = (devices.screen ?? devices.camera)?.getVideoTracks()[0]?.getSettings();
  return { width: settings?.width ?? 1280, height: settings?.height ?? 720 };
}

function keep(stream: MediaStream | null, wanted: boolean): MediaStream | null {
  if (wanted && stream?.getTracks().every((track) => track.readyState === "live")) return stream;
  stop(stream);
  return null;
}

function stop(stream: MediaStream | null): void {
  for (const track of stream?.getTracks() ?? []) track.stop();
}

async function shareScreen(): Promise<MediaStream> {
  try {
    return await navigator.mediaDevices.getDisplayMedia({ video: SCREEN_VIDEO, audio: true, ...SHARING });
  } catch (error) {
    // The same name stands for a refusal and for closing the browser's picker.
    throw refusal(nameOf(error) === "NotAllowedError" ? "screen_refused" : "device_failed");
  }
}

async function openCameraAndMicrophone(needs: { camera: boolean; microphone: boolean }): Promise<Partial<Devices>> {
  let stream: MediaStream;
  try {
    stream = await navigator.mediaDevices.getUserMedia({
      video: needs.camera && CAMERA_VIDEO,
      audio: needs.microphone && SPEECH,
    });
  } catch (error) {
    throw refusal(await codeFor(nameOf(error), needs));
  }
  const opened: Partial<Devices> = {};
  if (needs.camera) opened.camera = new MediaStream(stream.getVideoTracks());
  if (needs.microphone) opened.microphone = new MediaStream(stream.getAudioTracks());
  return opened;
}

async function codeFor(name: string, needs: { camera: boolean; microphone: boolean }): Promise<ProblemCode> {
  switch (name) {
    case "NotAllowedError":
    case "SecurityError":
      return refusedCode(needs);
    case "NotFoundError":
    case "OverconstrainedError": {
      const present = await navigator.mediaDevices.enumerateDevices();
      const lacks = (kind: MediaDeviceKind): boolean => !present.some((device) => device.kind === kind);
      return missingCode({
        camera: needs.camera && lacks("videoinput"),
        microphone: needs.microphone && lacks("audioinput"),
      });
    }
    case "NotReadableError":
    case "AbortError":
      return "device_busy";
    default:
      return "device_failed";
  }
}

function refusedCode({ camera, microphone }: { camera: boolean; microphone: boolean }): ProblemCode {
  if (camera && microphone) return "camera_and_microphone_refused";
  return camera ? "camera_refused" : "microphone_refused";
}

function missingCode({ camera, microphone }: { camera: boolean; microphone: boolean }): ProblemCode {
  if (camera && microphone) return "camera_and_microphone_missing";
  if (camera) return "camera_missing";
  return microphone ? "microphone_missing" : "device_failed";
}

function refusal(code: ProblemCode): DevicesRefused {
  return new DevicesRefused({ code, detail: "" });
}

function nameOf(error: unknown): string {
  return error instanceof DOMException || error instanceof Error ? error.name : "";
}
