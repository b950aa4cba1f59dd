/** The recorder's settings as the page's form holds them. */
import {
  type Choice,
  type DeviceKind,
  LOOKS,
  MIRRORS,
  type Mode,
  MODES,
  QUALITIES,
} from "../../../videos/ts/recorder/choice.ts";
import { BUBBLE_SIZES, CORNERS } from "../../../videos/ts/recorder/layout.ts";
import type { Preferences } from "../../../videos/ts/recorder/preferences.ts";

/** The person's choice. */
export function readChoice(root: HTMLElement): Choice {
  return {
    mode: oneOf(MODES, checkedIn(root, "mode")) ?? "camera",
    microphone: isTicked(root, "microphone"),
    camera_id: picker(root, "camera").value,
    microphone_id: picker(root, "microphone").value,
    quality: QUALITIES.find((quality) => String(quality) === selectedIn(root, "quality")) ?? 1080,
    bubble: {
      corner: oneOf(CORNERS, checkedIn(root, "corner")) ?? "bottom-left",
      size: oneOf(BUBBLE_SIZES, checkedIn(root, "size")) ?? "medium",
    },
    mirror: oneOf(MIRRORS, selectedIn(root, "mirror")) ?? "view",
    look: oneOf(LOOKS, checkedIn(root, "look")) ?? "shown",
  };
}

/** Puts what was remembered into the form; what is not there stays as the page has it. The pickers fill themselves. */
export function fillForm(root: HTMLElement, { mode, with_microphone, quality, mirror, bubble }: Partial<Preferences>): void {
  if (mode) check(root, "mode", mode);
  if (quality) select(root, "quality", String(quality));
  if (mirror) select(root, "mirror", mirror);
  if (bubble) {
    check(root, "corner", bubble.corner);
    check(root, "size", bubble.size);
  }
  if (with_microphone !== undefined) tick(root, "microphone", with_microphone);
}

/** Chooses what a remedy records instead. */
export function chooseInstead(root: HTMLElement, { mode, microphone }: { mode: Mode; microphone: boolean }): void {
  check(root, "mode", mode);
  tick(root, "microphone", microphone);
}

export function picker(root: HTMLElement, kind: DeviceKind): HTMLSelectElement {
  return root.querySelector<HTMLSelectElement>(`select[name="${kind}_id"]`) as HTMLSelectElement;
}

/** The names of the chosen devices; "" where the choice is the browser's. */
export function chosenLabels(root: HTMLElement): Record<DeviceKind, string> {
  const label = (kind: DeviceKind): string => picker(root, kind).selectedOptions[0]?.dataset["label"] ?? "";
  return { camera: label("camera"), microphone: label("microphone") };
}

function oneOf<T extends string>(known: readonly T[], value: string | undefined): T | undefined {
  return known.find((candidate) => candidate === value);
}

function checkedIn(root: HTMLElement, name: string): string | undefined {
  return root.querySelector<HTMLInputElement>(`input[name="${name}"]:checked`)?.value;
}

function check(root: HTMLElement, name: string, value: string): void {
  const input = root.querySelector<HTMLInputElement>(`input[name="${name}"][value="${value}"]`);
  if (input) input.checked = true;
}

function selectedIn(root: HTMLElement, name: string): string | undefined {
  return root.querySelector<HTMLSelectElement>(`select[name="${name}"]`)?.value;
}

function select(root: HTMLElement, name: string, value: string): void {
  const element = root.querySelector<HTMLSelectElement>(`select[name="${name}"]`);
  if (element) element.value = value;
}

function isTicked(root: HTMLElement, name: string): boolean {
  return root.querySelector<HTMLInputElement>(`input[name="${name}"]`)?.checked ?? true;
}

function tick(root: HTMLElement, name: string, isTicked: boolean): void {
  const input = root.querySelector<HTMLInputElement>(`input[name="${name}"]`);
  if (input) input.checked = isTicked;
}
