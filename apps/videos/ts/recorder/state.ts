/**
 * The life of a recording as the person sees it. Pure: `next` says what follows, whoever calls it acts on the change.
 *
 *     choosing → asking → countdown → recording ⇄ paused → stopping → finishing → done
 *        ↑_________|          ↑___________|_________|  Start over        ⇅
 *        ↑                                                             stuck
 *        └──────── discarding ← countdown, recording, paused, finishing, stuck
 *
 * An event that does not fit the state changes nothing (the very same object comes back), which is what makes a second
 * click on any button harmless.
 */

/** Why something did not work. The page holds the sentence for each code. */
export type ProblemCode =
  | "screen_refused"
  | "screen_failed"
  | `${"camera" | "microphone" | "camera_and_microphone"}_${"refused" | "missing" | "busy"}`
  /** The browser mixes no sound, so another microphone cannot take the place of the one that is recorded. */
  | "microphone_fixed"
  | "device_failed"
  | "sharing_ended"
  | "recorder_failed"
  | "not_signed_in"
  | "server";

export interface Problem {
  code: ProblemCode;
  /** The server's own sentence for `server`; "" otherwise. */
  detail: string;
}

export type State =
  /** Nothing runs. With `devices: "open"` the preview is shown. */
  | { name: "choosing"; devices: "closed" | "open"; problem: Problem | null }
  /** The browser is asking the person for screen, camera or microphone. */
  | { name: "asking"; then: "preview" | "record" }
  /** 3-2-1. `linked` once the video and its upload exist; at `left: 0` only that is waited for. */
  | { name: "countdown"; left: number; linked: boolean }
  | { name: "recording" }
  | { name: "paused" }
  /** The recorder hands over what it still holds. */
  | { name: "stopping" }
  /** The last parts go up and the upload is completed. */
  | { name: "finishing" }
  /** Something in the way that waiting will not cure; the person can try again. */
  | { name: "stuck"; problem: Problem }
  | { name: "done" }
  /** The video is being deleted; `problem` is told afterwards. */
  | { name: "discarding"; problem: Problem | null };

export type Event =
  | { type: "preview" }
  | { type: "start" }
  /** Another mode, quality or the microphone was chosen while the devices are open. */
  | { type: "rechoose" }
  | { type: "opened" }
  | { type: "refused"; problem: Problem }
  | { type: "tick" }
  | { type: "skip" }
  | { type: "linked" }
  | { type: "not_linked"; problem: Problem }
  | { type: "pause" }
  | { type: "resume" }
  | { type: "stop" }
  /** Nothing is left to record: the browser's own "Stop sharing", or the last camera and microphone were unplugged. */
  | { type: "source_ended" }
  | { type: "handed_over" }
  | { type: "completed" }
  | { type: "stuck"; problem: Problem }
  | { type: "retry" }
  | { type: "start_over" }
  | { type: "discard" }
  /** `problem`: the server would not delete the video. */
  | { type: "discarded"; problem: Problem | null };

const COUNTDOWN_FROM = 3;

export const INITIAL: State = { name: "choosing", devices: "closed", problem: null };

export function next(state: State, event: Event): State {
  switch (state.name) {
    case "choosing":
      if (event.type === "preview" && state.devices === "closed") return { name: "asking", then: "preview" };
      if (event.type === "start") return { name: "asking", then: "record" };
      if (event.type === "rechoose" && state.devices === "open") return { name: "asking", then: "preview" };
      if (event.type === "source_ended" && state.devices === "open") return INITIAL;
      return state;
    case "asking":
      if (event.type === "refused") return { name: "choosing", devices: "closed", problem: event.problem };
      if (event.type !== "opened") return state;
      return state.then === "record" ? countdown() : { name: "choosing", devices: "open", problem: null };
    case "countdown":
      return nextInCountdown(state, event);
    case "recording":
    case "paused":
      return nextWhileRecording(state, event);
    case "stopping":
      if (event.type === "handed_over") return { name: "finishing" };
      if (event.type === "stuck") return { name: "stuck", problem: event.problem };
      return state;
    case "finishing":
      if (event.type === "completed") return { name: "done" };
      if (event.type === "stuck") return { name: "stuck", problem: event.problem };
      if (event.type === "discard") return { name: "discarding", problem: null };
      return state;
    case "stuck":
      if (event.type === "retry") return { name: "finishing" };
      if (event.type === "discard") return { name: "discarding", problem: null };
      return state;
    case "discarding":
      if (event.type !== "discarded") return state;
      return { name: "choosing", devices: "closed", problem: event.problem ?? state.problem };
    case "done":
      return state;
  }
}

function nextInCountdown(state: State & { name: "countdown" }, event: Event): State {
  switch (event.type) {
    case "tick":
      return state.left > 0 ? counted({ ...state, left: state.left - 1 }) : state;
    case "skip":
      return state.left > 0 ? counted({ ...state, left: 0 }) : state;
    case "linked":
      return state.linked ? state : counted({ ...state, linked: true });
    case "not_linked":
      return { name: "choosing", devices: "open", problem: event.problem };
    case "source_ended":
      return { name: "discarding", problem: { code: "sharing_ended", detail: "" } };
    case "discard":
      return { name: "discarding", problem: null };
    default:
      return state;
  }
}

function nextWhileRecording(state: State & { name: "recording" | "paused" }, event: Event): State {
  switch (event.type) {
    case "pause":
      return state.name === "recording" ? { name: "paused" } : state;
    case "resume":
      return state.name === "paused" ? { name: "recording" } : state;
    case "stop":
    case "source_ended":
      return { name: "stopping" };
    case "start_over":
      return countdown();
    case "discard":
      return { name: "discarding", problem: null };
    default:
      return state;
  }
}

function countdown(): State {
  return { name: "countdown", left: COUNTDOWN_FROM, linked: false };
}

function counted(state: State & { name: "countdown" }): State {
  return state.left === 0 && state.linked ? { name: "recording" } : state;
}

/** True while closing the tab would lose something that was said. */
export function wouldLose(state: State): boolean {
  return ["recording", "paused", "stopping", "finishing", "stuck"].includes(state.name);
}
