/** Which of the page's sentences fits what is going on. Pure: names of texts and their values. */
import { ApiError } from "../../../core/ts/api.ts";
import { sentenceOf } from "../../../core/ts/failure.ts";
import type { Texts, Values } from "../../../core/ts/texts.ts";
import { StoreError } from "../../../uploads/ts/errors.ts";
import type { PartProgress } from "../../../uploads/ts/part-queue.ts";
import { type DeviceKind, type Mode, usesScreen } from "../../../videos/ts/recorder/choice.ts";
import type { Problem, State } from "../../../videos/ts/recorder/state.ts";
import { formatElapsed } from "../../../videos/ts/recorder/stopwatch.ts";
import type { Safety } from "./journey.ts";

/** So many parts wait for the server also on a quick line: that is no news. */
const MOST_PARTS_UNDER_WAY = 3;

/** A text of the page by name, a sentence of the server's own, or nothing to say. */
export type Sentence = { text: string; values?: Values } | { said: string } | null;

/** Returns what puts a sentence into words; "" for nothing to say. */
export function saying(texts: Texts): (sentence: Sentence) => string {
  return (sentence) => {
    if (sentence === null) return "";
    return "said" in sentence ? sentence.said : texts(sentence.text, sentence.values);
  };
}

/** What the page says about the state: announced when it changes, so it holds no numbers that move by themselves. */
export function statusSentence(state: State, mode: Mode): Sentence {
  switch (state.name) {
    case "choosing":
      // Nothing was recorded that could be kept.
      if (state.problem?.code === "not_signed_in") return { text: "problem_not_signed_in_yet" };
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

/**
 * What is to be said about camera and microphone, one sentence after the other: which was lost, that the camera gives no
 * picture, which is another than the one that was chosen (`labels` has the names of the chosen), and why one could not
 * be opened.
 */
export function deviceSentences(
  facts: { lost: ReadonlySet<DeviceKind>; is_camera_dark: boolean; missing: readonly DeviceKind[]; swap_problem: Problem | null },
  mode: Mode,
  labels: Readonly<Record<DeviceKind, string>>,
): Sentence[] {
  const lostCamera = usesScreen(mode) ? "lost_camera" : "lost_picture";
  return [
    ...(facts.lost.has("camera") ? [{ text: lostCamera }] : []),
    ...(facts.lost.has("microphone") ? [{ text: "lost_microphone" }] : []),
    ...(facts.is_camera_dark ? [{ text: "dark_camera" }] : []),
    ...facts.missing.map((kind) => ({ text: `missing_${kind}`, values: { label: labels[kind] } })),
    ...(facts.swap_problem ? [problemSentence(facts.swap_problem)] : []),
  ];
}

/** The same in as few words as fit the small window and the tab's title: who presents sees nothing else of this page. */
export function shortSentences(
  { lost, is_camera_dark, is_silent }: { lost: ReadonlySet<DeviceKind>; is_camera_dark: boolean; is_silent: boolean },
): NonNullable<Sentence>[] {
  const names = [
    ...(lost.has("camera") ? ["short_lost_camera"] : []),
    ...(is_camera_dark ? ["short_dark_camera"] : []),
    ...(lost.has("microphone") ? ["short_lost_microphone"] : []),
    ...(is_silent ? ["short_silent"] : []),
  ];
  return names.map((text) => ({ text }));
}

/** What the tab is called while something is recorded or uploaded; null while the page's own title fits. */
export function titleSentence(state: State): Sentence {
  switch (state.name) {
    case "recording":
    case "paused":
      return { text: `title_${state.name}` };
    case "stopping":
    case "finishing":
      return { text: "title_uploading" };
    default:
      return null;
  }
}

/** Whether the sound of what is shared can be heard in the recording; null when nothing is shared. */
export function soundSentence(has_shared_sound: boolean | null, with_microphone: boolean): Sentence {
  if (has_shared_sound === null) return null;
  if (has_shared_sound) return { text: "sound_shared" };
  return { text: with_microphone ? "sound_not_shared" : "sound_none" };
}

/** What is safe where, while it is recorded, and what is still to be uploaded afterwards; null when nothing is. */
export function uploadSentence(state: State, progress: PartProgress | null, safety: Safety | null): Sentence {
  if (!progress || progress.parts === 0 || state.name === "stuck" || state.name === "done") return null;
  const count = progress.parts - progress.confirmed_parts;
  if (safety && (state.name === "recording" || state.name === "paused")) {
    const isKept = count > MOST_PARTS_UNDER_WAY && !safety.is_in_memory;
    return { text: isKept ? "kept" : "safe", values: { confirmed: formatElapsed(safety.confirmed_ms) } };
  }
  if (count > 0) return { text: "parts_left", values: { count } };
  return state.name === "finishing" ? { text: "completing" } : null;
}

/** What is to be said about the room for what is recorded: it is short, or only memory is left; null for enough. */
export function roomSentence(state: State, safety: Safety | null): Sentence {
  if (!safety || !["recording", "paused", "stopping", "finishing"].includes(state.name)) return null;
  if (safety.is_in_memory) return { text: "in_memory" };
  if (safety.room_ms === null || state.name === "finishing") return null;
  return { text: "short_of_room", values: { count: Math.floor(safety.room_ms / 60_000) } };
}

/** What is wrong with the way to the server while tries go on; null when nothing is. */
export function troubleSentence(state: State, trouble: unknown, safety: Safety | null): Sentence {
  const isShownAlready = state.name === "stuck" || state.name === "choosing";
  if (!trouble || isShownAlready) return null;
  if (trouble instanceof ApiError && trouble.status === 401) return { text: "problem_not_signed_in" };
  const said = trouble instanceof ApiError || trouble instanceof StoreError ? trouble.detail : "";
  if (said) return { said };
  if (safety?.is_in_memory) return { text: "trouble_in_memory" };
  return { text: state.name === "finishing" ? "trouble_stopped" : "trouble" };
}

/** Why title and description are not saved, or Done is not done, yet; null when nothing is in the way. */
export function wordsSentence(problem: unknown): Sentence {
  if (!problem) return null;
  if (problem instanceof ApiError && problem.status === 401) return { text: "words_not_signed_in" };
  const said = problem instanceof ApiError ? sentenceOf(problem) : "";
  return said ? { said } : { text: "words_trouble" };
}

export function problemSentence({ code, detail }: Problem): Sentence {
  return detail ? { said: detail } : { text: `problem_${code}` };
}

/** How much of the upload is done, 0 to 1; null while there is nothing to measure. */
export function uploadShare(progress: PartProgress | null): number | null {
  return progress && progress.total_bytes > 0 ? progress.sent_bytes / progress.total_bytes : null;
}
