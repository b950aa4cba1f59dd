/** Asks the browser for screen, camera and microphone, and says in a code what it refused. */
import { cameraLines, type Choice, type DeviceKind, type Quality, usesCamera, usesScreen } from "./choice.ts";
import { cameraAndMicrophoneRefusal, type Needs, refusal, screenRefusal } from "./refusals.ts";

export type Wanted = Pick<Choice, "mode" | "microphone" | "camera_id" | "microphone_id" | "quality">;

export interface Devices {
  /** With an audio track where the browser gives the sound of what is shared. */
  screen: MediaStream | null;
  camera: MediaStream | null;
  microphone: MediaStream | null;
}

export interface Opened {
  devices: Devices;
  /** Chosen devices that are not connected; another one was opened in their place. */
  missing: DeviceKind[];
}

export const NO_DEVICES: Devices = { screen: null, camera: null, microphone: null };

// `max` lets the browser scale a larger screen down before it costs us anything; 1080p is the most we record.
const SCREEN_VIDEO = { width: { max: 1920 }, height: { max: 1080 }, frameRate: { ideal: 30, max: 30 } };
const CAMERA_VIDEO = {
  720: { width: { ideal: 1280 }, height: { ideal: 720 }, frameRate: { ideal: 30, max: 30 } },
  1080: { width: { ideal: 1920 }, height: { ideal: 1080 }, frameRate: { ideal: 30, max: 30 } },
} as const;
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
export async function openDevices(wanted: Wanted, open: Devices): Promise<Opened> {
  const wantsScreen = usesScreen(wanted.mode);
  const wantsCamera = usesCamera(wanted.mode);
  const devices: Devices = {
    screen: keep(open.screen, wantsScreen),
    camera: keep(open.camera, wantsCamera && serves(open.camera, { id: wanted.camera_id, lines: cameraLines(wanted) })),
    microphone: keep(open.microphone, wanted.microphone && serves(open.microphone, { id: wanted.microphone_id })),
  };
  try {
    if (wantsScreen) devices.screen ??= await shareScreen();
    const needs = { camera: wantsCamera && !devices.camera, microphone: wanted.microphone && !devices.microphone };
    if (!needs.camera && !needs.microphone) return { devices, missing: [] };
    const { missing, ...opened } = await openCameraAndMicrophone(needs, wanted);
    Object.assign(devices, opened);
    return { devices, missing };
  } catch (error) {
    closeDevices(devices);
    throw error;
  }
}

/** Opens the chosen camera or microphone alone. Rejects with `DevicesRefused`. */
export async function openDevice(kind: DeviceKind, wanted: Wanted): Promise<{ stream: MediaStream; isMissing: boolean }> {
  const opened = await openCameraAndMicrophone({ camera: kind === "camera", microphone: kind === "microphone" }, wanted);
  const stream = opened[kind];
  if (!stream) throw refusal("device_failed");
  return { stream, isMissing: opened.missing.includes(kind) };
}

export function closeDevices(devices: Devices): void {
  for (const stream of Object.values(devices) as (MediaStream | null)[]) stopStream(stream);
}

export function stopStream(stream: MediaStream | null): void {
  for (const track of stream?.getTracks() ?? []) track.stop();
}

/** Calls back once when the stream's own track ends by itself: unplugged, or no longer shared. */
export function onEnded(stream: MediaStream | null, kind: "video" | "audio", callback: () => void): () => void {
  const track = stream?.getTracks().find((candidate) => candidate.kind === kind);
  track?.addEventListener("ended", callback, { once: true });
  return () => track?.removeEventListener("ended", callback);
}

/** Calls back whenever the stream's picture stops coming or comes again, while its track lives on: a shutter, another program. */
export function onDark(stream: MediaStream | null, callback: () => void): () => void {
  const track = stream?.getVideoTracks()[0];
  const events = ["mute", "unmute"] as const;
  for (const event of events) track?.addEventListener(event, callback);
  return () => {
    for (const event of events) track?.removeEventListener(event, callback);
  };
}

/** The size of what the picture is made of, in pixels; 720p where the browser does not tell. */
export function sourceSize(devices: Devices): { width: number; height: number } {
  const settings = (devices.screen ?? devices.camera)?.getVideoTracks()[0]?.getSettings();
  return { width: settings?.width ?? 1280, height: settings?.height ?? 720 };
}

function keep(stream: MediaStream | null, wanted: boolean): MediaStream | null {
  if (wanted && stream?.getTracks().every((track) => track.readyState === "live")) return stream;
  stopStream(stream);
  return null;
}

/** The device that was asked for, and of a camera its lines. */
interface Asked {
  id: string;
  lines?: Quality;
}

/** What each open stream was asked for: what came may be another or less, and asking again would not change that. */
const ASKED = new WeakMap<MediaStream, Asked>();

function serves(stream: MediaStream | null, wanted: Asked): boolean {
  const asked = stream && ASKED.get(stream);
  return asked?.id === wanted.id && asked.lines === wanted.lines;
}

async function shareScreen(): Promise<MediaStream> {
  try {
    return await navigator.mediaDevices.getDisplayMedia({ video: SCREEN_VIDEO, audio: true, ...SHARING });
  } catch (error) {
    throw screenRefusal(error);
  }
}

type CameraAndMicrophone = Partial<Pick<Devices, DeviceKind>> & { missing: DeviceKind[] };

async function openCameraAndMicrophone(needs: Needs, wanted: Wanted): Promise<CameraAndMicrophone> {
  const lines = cameraLines(wanted);
  const ask = (ids: Record<DeviceKind, string>): Promise<MediaStream> =>
    navigator.mediaDevices.getUserMedia({
      video: needs.camera && { ...CAMERA_VIDEO[lines], ...exactly(ids.camera) },
      audio: needs.microphone && { ...SPEECH, ...exactly(ids.microphone) },
    });
  const chosen = { camera: wanted.camera_id, microphone: wanted.microphone_id };
  let stream: MediaStream;
  try {
    stream = await ask(chosen).catch(async (error: unknown) => {
      // A device that was chosen once may be in another room today: then whatever is here serves.
      const isGone = error instanceof DOMException && ["OverconstrainedError", "NotFoundError"].includes(error.name);
      if (!isGone || (!chosen.camera && !chosen.microphone)) throw error;
      return ask(await presentOf(chosen));
    });
  } catch (error) {
    throw await cameraAndMicrophoneRefusal(error, needs);
  }
  const opened: CameraAndMicrophone = { missing: [] };
  if (needs.camera) {
    opened.camera = new MediaStream(stream.getVideoTracks());
    ASKED.set(opened.camera, { id: chosen.camera, lines });
  }
  if (needs.microphone) {
    opened.microphone = new MediaStream(stream.getAudioTracks());
    ASKED.set(opened.microphone, { id: chosen.microphone });
  }
  for (const kind of ["camera", "microphone"] as const) {
    const used = opened[kind]?.getTracks()[0]?.getSettings().deviceId;
    if (used && chosen[kind] && used !== chosen[kind]) opened.missing.push(kind);
  }
  return opened;
}

// Only `exact` is kept to: as an ideal, an id is weighed against the size and may lose.
function exactly(id: string): MediaTrackConstraints {
  return id ? { deviceId: { exact: id } } : {};
}

/** The chosen ids without those of devices that are not connected. */
async function presentOf(chosen: Record<DeviceKind, string>): Promise<Record<DeviceKind, string>> {
  const present = new Set((await navigator.mediaDevices.enumerateDevices()).map((device) => device.deviceId));
  const known = (id: string): string => (present.has(id) ? id : "");
  return { camera: known(chosen.camera), microphone: known(chosen.microphone) };
}
