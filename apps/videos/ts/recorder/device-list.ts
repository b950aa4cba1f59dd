/** The cameras and microphones to choose from. Pure. */
import type { DeviceKind } from "./choice.ts";

/** A device by the id that this browser gives it here, with the name people know it by. */
export interface KnownDevice {
  id: string;
  label: string;
}

export interface DeviceOption extends KnownDevice {
  /** Chosen before, and not here now. */
  is_missing: boolean;
}

const KINDS: Record<DeviceKind, MediaDeviceKind> = { camera: "videoinput", microphone: "audioinput" };

/** Stand for another entry of the same list: the system's own choice, which the picker offers under a name of its own. */
const ALIASES: readonly string[] = ["", "default", "communications"];

/**
 * What can be chosen beside the system's own choice, in the browser's order. Empty until the person has allowed the
 * device: before, browsers give neither ids nor names. A device `chosen` before stays in the list while it is away.
 */
export function optionsFor(
  kind: DeviceKind,
  present: readonly Pick<MediaDeviceInfo, "kind" | "deviceId" | "label">[],
  chosen: KnownDevice,
): DeviceOption[] {
  const found = present
    .filter((device) => device.kind === KINDS[kind] && !ALIASES.includes(device.deviceId))
    .map((device) => ({ id: device.deviceId, label: device.label, is_missing: false }));
  if (chosen.id === "" || found.some((device) => device.id === chosen.id)) return found;
  // While no ids are told, whether it is here cannot be known.
  return [...found, { ...chosen, is_missing: found.length > 0 }];
}
