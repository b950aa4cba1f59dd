/** The lists of cameras and microphones, which follow what is plugged in. */
import type { Texts } from "../../../core/ts/texts.ts";
import type { DeviceKind } from "../../../videos/ts/recorder/choice.ts";
import { type DeviceOption, type KnownDevice, optionsFor } from "../../../videos/ts/recorder/device-list.ts";
import { NO_DEVICE } from "../../../videos/ts/recorder/preferences.ts";
import { picker } from "./form.ts";

const KINDS: readonly DeviceKind[] = ["camera", "microphone"];

export interface Pickers {
  /** Asks the browser anew: names are told only after the person has allowed the devices. */
  refresh(): void;
  /** Whether the browser has told any names yet. */
  readonly has_names: boolean;
  close(): void;
}

/** Fills the pickers in `root`, with the devices `remembered` chosen, and again when one is plugged in or out. */
export function mountPickers(
  root: HTMLElement,
  { texts, remembered, onFilled }: {
    texts: Texts;
    remembered: Partial<Record<DeviceKind, KnownDevice>>;
    onFilled: () => void;
  },
): Pickers {
  let hasNames = false;
  const fillFrom = (present: readonly MediaDeviceInfo[], chosen: (kind: DeviceKind) => KnownDevice): void => {
    for (const kind of KINDS) {
      const device = chosen(kind);
      const options = optionsFor(kind, present, device).map((option, at) => optionOf(option, at, texts, kind));
      fill(picker(root, kind), [new Option(texts(`default_${kind}`), ""), ...options], device.id);
    }
  };
  fillFrom([], (kind) => remembered[kind] ?? NO_DEVICE);
  const refresh = async (): Promise<void> => {
    const present = await navigator.mediaDevices.enumerateDevices();
    hasNames = present.some((device) => device.deviceId !== "");
    fillFrom(present, (kind) => chosenIn(picker(root, kind)));
    onFilled();
  };
  const onDevices = (): void => void refresh();
  navigator.mediaDevices.addEventListener("devicechange", onDevices);
  onDevices();
  return {
    refresh: onDevices,
    get has_names() {
      return hasNames;
    },
    close: () => navigator.mediaDevices.removeEventListener("devicechange", onDevices),
  };
}

function chosenIn(select: HTMLSelectElement): KnownDevice {
  return { id: select.value, label: select.selectedOptions[0]?.dataset["label"] ?? "" };
}

/** A list that is the same is left alone: the browser would close it under the person's hand. */
function fill(select: HTMLSelectElement, options: readonly HTMLOptionElement[], chosen_id: string): void {
  const looks = (list: Iterable<HTMLOptionElement>): string => JSON.stringify([...list].map(({ value, text }) => [value, text]));
  if (looks(options) === looks(select.options)) return;
  select.replaceChildren(...options);
  select.value = chosen_id;
}

function optionOf({ id, label, is_missing }: DeviceOption, at: number, texts: Texts, kind: DeviceKind): HTMLOptionElement {
  const name = label || texts(`unnamed_${kind}`, { number: at + 1 });
  const option = new Option(is_missing ? texts("not_connected", { label: name }) : name, id);
  option.dataset["label"] = name;
  return option;
}
