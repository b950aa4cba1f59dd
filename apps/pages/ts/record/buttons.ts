/** What the buttons of the recorder ask for, by their [data-do]. */
import { REMEDIES, remedied } from "../../../videos/ts/recorder/remedies.ts";
import type { Event as RecordEvent } from "../../../videos/ts/recorder/state.ts";
import { chooseInstead, readChoice } from "./form.ts";
import type { RecordSession } from "./session.ts";

const EVENTS: Readonly<Record<string, RecordEvent>> = {
  preview: { type: "preview" },
  start: { type: "start" },
  skip: { type: "skip" },
  pause: { type: "pause" },
  resume: { type: "resume" },
  stop: { type: "stop" },
  retry: { type: "retry" },
};

/** Returns what hears the clicks, in the page and in the small window; `others` has what is not the recording's own. */
export function makeClicks(
  root: HTMLElement,
  session: RecordSession,
  others: Readonly<Record<string, () => void>>,
): (event: MouseEvent) => void {
  return (event) => {
    const button = (event.target as Element).closest<HTMLElement>("[data-do]");
    // The second click of a double click was meant for the button that has just gone from here.
    if (!button || event.detail > 1) return;
    const asked = button.dataset["do"] ?? "";
    const known = EVENTS[asked];
    const remedy = REMEDIES.find((candidate) => candidate === asked);
    if (known) session.send(known);
    else if (remedy) {
      const instead = remedied(remedy, session.choice);
      if (instead) chooseInstead(root, instead);
      session.choose(readChoice(root));
      session.send({ type: "start" });
    } else others[asked]?.();
  };
}
