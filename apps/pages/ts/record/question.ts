/** Asks before something that was said is lost. */
import type { Event, State } from "../../../videos/ts/recorder/state.ts";
import type { RecordSession } from "./session.ts";

export type About = "start_over" | "discard";

export interface Question {
  /** Asks, or does it at once where nothing worth a question is lost. */
  ask(about: About): void;
  /** Takes the question back where it makes no sense any more. */
  render(): void;
  close(): void;
}

/** A take this short is said again sooner than a question about it is answered. */
const WORTH_ASKING_MS = 3_000;

const ASKED_IN: Record<About, readonly State["name"][]> = {
  start_over: ["recording", "paused"],
  discard: ["recording", "paused", "finishing", "stuck"],
};

/** `dialog` has one [data-about] for each question, whose heading is question-`about`; its buttons answer with `about`. */
export function mountQuestion(dialog: HTMLDialogElement, session: RecordSession): Question {
  let asked: About | null = null;
  const onClose = (): void => {
    const answer = dialog.returnValue;
    dialog.returnValue = "";
    if (asked !== null && answer === asked) session.send({ type: asked } satisfies Event);
    asked = null;
  };
  dialog.addEventListener("close", onClose);
  return {
    ask(about) {
      const isNothing = session.state.name === "countdown" || (about === "start_over" && session.elapsed_ms < WORTH_ASKING_MS);
      if (isNothing) return session.send({ type: about });
      if (dialog.open) return;
      asked = about;
      for (const form of dialog.querySelectorAll<HTMLElement>("[data-about]")) form.hidden = form.dataset["about"] !== about;
      dialog.setAttribute("aria-labelledby", `question-${about}`);
      dialog.showModal();
    },
    render() {
      if (asked !== null && !ASKED_IN[asked].includes(session.state.name)) dialog.close("");
    },
    close: () => dialog.removeEventListener("close", onClose),
  };
}
