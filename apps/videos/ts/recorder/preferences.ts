/** What this browser remembers of a person's choices, as text. Pure; whatever was kept may be of another version. */
import { type Choice, MIRRORS, type Mirror, type Mode, MODES, QUALITIES, type Quality } from "./choice.ts";
import type { KnownDevice } from "./device-list.ts";
import { type Bubble, BUBBLE_SIZES, CORNERS } from "./layout.ts";

export interface Preferences {
  mode: Mode;
  with_microphone: boolean;
  camera: KnownDevice;
  microphone: KnownDevice;
  quality: Quality;
  mirror: Mirror;
  bubble: Bubble;
}

export const NO_DEVICE: KnownDevice = { id: "", label: "" };

/** Nobody expects to come back hidden, so how the camera looks is not remembered. */
export function toPreferences(choice: Choice, labels: { camera: string; microphone: string }): Preferences {
  return {
    mode: choice.mode,
    with_microphone: choice.microphone,
    camera: { id: choice.camera_id, label: labels.camera },
    microphone: { id: choice.microphone_id, label: labels.microphone },
    quality: choice.quality,
    mirror: choice.mirror,
    bubble: choice.bubble,
  };
}

/** What of `text` is understood; {} for null and for anything that is not ours. */
export function parsePreferences(text: string | null): Partial<Preferences> {
  const kept = objectIn(text);
  const bubble = asObject(kept["bubble"]);
  const corner = CORNERS.find((known) => known === bubble["corner"]);
  const size = BUBBLE_SIZES.find((known) => known === bubble["size"]);
  return withoutUndefined({
    mode: MODES.find((known) => known === kept["mode"]),
    with_microphone: asBoolean(kept["with_microphone"]),
    camera: asDevice(kept["camera"]),
    microphone: asDevice(kept["microphone"]),
    quality: QUALITIES.find((known) => known === kept["quality"]),
    mirror: MIRRORS.find((known) => known === kept["mirror"]),
    bubble: corner && size && { corner, size },
  });
}

function objectIn(text: string | null): Record<string, unknown> {
  try {
    return asObject(JSON.parse(text ?? "null"));
  } catch {
    return {};
  }
}

function asObject(value: unknown): Record<string, unknown> {
  return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
}

function asBoolean(value: unknown): boolean | undefined {
  return typeof value === "boolean" ? value : undefined;
}

function asDevice(value: unknown): KnownDevice | undefined {
  const { id, label } = asObject(value);
  return typeof id === "string" && typeof label === "string" ? { id, label } : undefined;
}

function withoutUndefined<T extends object>(values: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]?: Exclude<T[K], undefined>;
  };
}
