/** What the person wants recorded, and how. Pure. */
import type { Bubble } from "./layout.ts";

export type Mode = "screen_camera" | "screen" | "camera";

/** The most lines of the picture. */
export type Quality = 720 | 1080;

/** Who sees the camera as in a mirror: the speaker alone, everybody, or nobody. */
export type Mirror = "view" | "recording" | "off";

/** What of the camera goes into the picture. Blurred is a picture of a few large spots: nobody can be told from it. */
export type CameraLook = "shown" | "blurred" | "hidden";

/** A device that can be chosen, lost and replaced. */
export type DeviceKind = "camera" | "microphone";

export interface Choice {
  mode: Mode;
  microphone: boolean;
  /** As enumerateDevices names it; "" leaves the choice to the browser. */
  camera_id: string;
  microphone_id: string;
  quality: Quality;
  bubble: Bubble;
  mirror: Mirror;
  look: CameraLook;
}

export const MODES: readonly Mode[] = ["screen_camera", "screen", "camera"];
export const QUALITIES: readonly Quality[] = [720, 1080];
export const MIRRORS: readonly Mirror[] = ["view", "recording", "off"];
export const LOOKS: readonly CameraLook[] = ["shown", "blurred", "hidden"];

export const usesScreen = (mode: Mode): boolean => mode !== "camera";
export const usesCamera = (mode: Mode): boolean => mode !== "screen";

/** The lines to ask a camera for: a bubble of a 1080p picture is 390 lines high at most, a whole picture needs them all. */
export function cameraLines({ mode, quality }: Pick<Choice, "mode" | "quality">): Quality {
  return mode === "camera" ? quality : 720;
}

/** Whether what is open must be opened anew: another device can be put in place of one, another picture cannot. */
export function needsReopening(before: Choice, after: Choice): boolean {
  return before.mode !== after.mode || before.microphone !== after.microphone || before.quality !== after.quality;
}
