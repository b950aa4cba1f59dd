/**
 * Whether single keys (N, P, the space bar) do something on this page. Who speaks to their computer, or whose hand
 * trembles, sets them off by chance; so one switch, an `input[data-keys]` wherever keys are listed, turns them off for
 * this browser (WCAG 2.1.4).
 */
import { keptUnder } from "./keeping.ts";

const KEY = "keys";

export interface Keys {
  readonly areOn: boolean;
  undo(): void;
}

/** Mounts the switches in `page`. `onChange` hears how it is: at once, and whenever it changes, in another tab too. */
export function mountKeys(page: Document, onChange: (areOn: boolean) => void): Keys {
  const kept = keptUnder(KEY, () => window.localStorage);
  const switches = page.querySelectorAll<HTMLInputElement>("input[data-keys]");
  let areOn = true;
  const show = (now: boolean): void => {
    areOn = now;
    for (const input of switches) input.checked = now;
    onChange(now);
  };
  const onSwitch = (event: Event): void => {
    show((event.target as HTMLInputElement).checked);
    kept.write(areOn ? "on" : "off"); // a browser that keeps nothing has it for this page
  };
  const onStorage = (event: StorageEvent): void => {
    if (event.key === KEY) show(event.newValue !== "off");
  };
  for (const input of switches) input.addEventListener("change", onSwitch);
  window.addEventListener("storage", onStorage);
  show(kept.read() !== "off");
  return {
    get areOn() {
      return areOn;
    },
    undo() {
      for (const input of switches) input.removeEventListener("change", onSwitch);
      window.removeEventListener("storage", onStorage);
    },
  };
}
