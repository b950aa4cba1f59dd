/** What it means when the browser gives no screen, camera or microphone. */
import type { DeviceKind } from "./choice.ts";
import type { Problem, ProblemCode } from "./state.ts";

/** The browser gave not everything that was asked for. */
export class DevicesRefused extends Error {
  constructor(readonly problem: Problem) {
    super(problem.code);
    this.name = "DevicesRefused";
  }
}

/** What was asked for at once. */
export type Needs = Record<DeviceKind, boolean>;

export function refusal(code: ProblemCode): DevicesRefused {
  return new DevicesRefused({ code, detail: "" });
}

export function screenRefusal(error: unknown): DevicesRefused {
  // The same name stands for a refusal and for closing the browser's picker.
  return refusal(nameOf(error) === "NotAllowedError" ? "screen_refused" : "screen_failed");
}

/** Finds out which of the two the browser means: of both at once it names only what went wrong. */
export async function cameraAndMicrophoneRefusal(error: unknown, needs: Needs): Promise<DevicesRefused> {
  switch (nameOf(error)) {
    case "NotAllowedError":
    case "SecurityError":
      return refusal(codeOf("refused", await onlyWhere(needs, isDenied)));
    case "NotFoundError":
    case "OverconstrainedError": {
      const present = await navigator.mediaDevices.enumerateDevices();
      const has = (kind: MediaDeviceKind): boolean => present.some((device) => device.kind === kind);
      const missing = { camera: needs.camera && !has("videoinput"), microphone: needs.microphone && !has("audioinput") };
      return refusal(missing.camera || missing.microphone ? codeOf("missing", missing) : "device_failed");
    }
    case "NotReadableError":
    case "AbortError":
      return refusal(codeOf("busy", await onlyWhere(needs, isBusy)));
    default:
      return refusal("device_failed");
  }
}

function codeOf(what: "refused" | "missing" | "busy", { camera, microphone }: Needs): ProblemCode {
  if (camera && microphone) return `camera_and_microphone_${what}`;
  return camera ? `camera_${what}` : `microphone_${what}`;
}

/** Of two needs those of which `holds` is true; both where that leaves none, because then it cannot be told. */
async function onlyWhere(needs: Needs, holds: (kind: DeviceKind) => Promise<boolean>): Promise<Needs> {
  if (!needs.camera || !needs.microphone) return needs;
  const found = { camera: await holds("camera"), microphone: await holds("microphone") };
  return found.camera || found.microphone ? found : needs;
}

async function isDenied(kind: DeviceKind): Promise<boolean> {
  try {
    return (await navigator.permissions.query({ name: kind as PermissionName })).state === "denied";
  } catch {
    return false; // This browser does not tell.
  }
}

/** Asked only after the person has allowed both, so nothing is asked again. */
async function isBusy(kind: DeviceKind): Promise<boolean> {
  try {
    const stream = await navigator.mediaDevices.getUserMedia(kind === "camera" ? { video: true } : { audio: true });
    for (const track of stream.getTracks()) track.stop();
    return false;
  } catch {
    return true;
  }
}

function nameOf(error: unknown): string {
  return error instanceof DOMException || error instanceof Error ? error.name : "";
}
