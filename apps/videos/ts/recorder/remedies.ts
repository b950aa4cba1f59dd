/** The ways on from a problem that came before the recording, so that nobody stands before a closed door. Pure. */
import { type Mode, usesCamera, usesScreen } from "./choice.ts";
import type { ProblemCode } from "./state.ts";

export type Remedy =
  /** Record the screen and leave the camera out. */
  | "without_camera"
  | "without_microphone"
  /** Record the screen, silent. */
  | "without_both"
  /** Record the camera and leave the screen out. */
  | "camera_only"
  /** Bring a file that was made elsewhere. */
  | "upload";

export const REMEDIES: readonly Remedy[] = ["without_camera", "without_microphone", "without_both", "camera_only", "upload"];

export function remediesFor(code: ProblemCode, { mode, can_share }: { mode: Mode; can_share: boolean }): Remedy[] {
  if (code.startsWith("screen_")) return ["camera_only", "upload"];
  if (code.startsWith("camera_and_microphone_")) return can_share ? ["without_both", "upload"] : ["upload"];
  if (code.startsWith("camera_")) return can_share && usesCamera(mode) ? ["without_camera", "upload"] : ["upload"];
  if (code.startsWith("microphone_")) return ["without_microphone"];
  if (code === "device_failed") return usesScreen(mode) ? ["camera_only", "upload"] : ["upload"];
  return [];
}

/** What is to be recorded with this remedy; null for one that records nothing. */
export function remedied(remedy: Remedy, choice: { mode: Mode; microphone: boolean }): { mode: Mode; microphone: boolean } | null {
  switch (remedy) {
    case "without_camera":
      return { mode: "screen", microphone: choice.microphone };
    case "without_microphone":
      return { mode: choice.mode, microphone: false };
    case "without_both":
      return { mode: "screen", microphone: false };
    case "camera_only":
      return { mode: "camera", microphone: choice.microphone };
    case "upload":
      return null;
  }
}
