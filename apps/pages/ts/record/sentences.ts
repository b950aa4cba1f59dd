/** Which of the page's sentences fits what is going on. Pure: names of texts and their values. */
import { ApiError } from "../../../core/ts/api.ts";
import type { Values } from "../../../core/ts/texts.ts";
import { StoreError } from "../../../uploads/ts/errors.ts";
import type { PartProgress } from "../../../uploads/ts/part-queue.ts";
import type { Mode } from "../../../videos/ts/recorder/devices.ts";
import type { Problem, State } from "../../../videos/ts/recorder/state.ts";

/** A text of the page by name, a sentence of the server's own, or nothing to say. */
export type Sentence = { text: string; values?: Values } | { said: string } | null;

/** What the page says about the state: announced when it changes, so it holds no numbers that move by themselves. */
export function statusSentence(state: State, mode: Mode): Sentence {
  switch (state.name) {
    case "choosing":
      return state.problem && problemSentence(state.problem);
    case "asking":
      return { text: mode === "camera" ? "asking_camera" : "asking_screen" };
    case "countdown":
      return { text: state.left > 0 ? "countdown" : "linking" };
    case "stuck":
      return problemSentence(state.problem);
    default:
      return { text: state.name };
  }
}

/** What is still to be uploaded; null when nothing is. */
export function uploadSentence(state: State, progress: PartProgress | null): Sentence {
  if (!progress || state.name === "stuck" || state.name === "done") return null;
  const count = progress.parts - progress.confirmed_parts;
  if (count > 0) return { text: "parts_left", values: { count } };
  return state.name === "finishing" ? { text: "completing" } : null;
}

/** What is wrong with the way to the server while tries go on; null when nothing is. */
export function troubleSentence(state: State, trouble: unknown): Sentence {
  const isShownAlready = state.name === "stuck" || state.name === "choosing";
  if (!trouble || isShownAlready) return null;
  if (trouble instanceof ApiError && trouble.status === 401) return { text: "problem_not_signed_in" };
  const said = trouble instanceof ApiError || trouble instanceof StoreError ? trouble.detail : "";
  return said ? { said } : { text: "trouble" };
}

export function problemSentence({ code, detail }: Problem): Sentence {
  return detail ? { said: detail } : { text: `problem_${code}` };
}

/** How much of the upload is done, 0 to 1; null while there is nothing to measure. */
export function uploadShare(progress: PartProgress | null): number | null {
  return progress && progress.total_bytes > 0 ? progress.sent_bytes / progress.total_bytes : null;
}
