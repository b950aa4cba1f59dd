/** The life of one file on the upload page. Pure; an event that does not fit gives the very same state back. */
import type { FileProgress } from "./file-upload.ts";

export type FileState =
  /** Others are before it, or it waits for its author to sign in again. */
  | { name: "waiting"; progress: FileProgress | null }
  | { name: "sending"; progress: FileProgress | null }
  | { name: "paused"; progress: FileProgress | null }
  | { name: "failed"; error: unknown; progress: FileProgress | null }
  | { name: "cancelled" }
  | { name: "done" };

export type FileEvent =
  | { type: "started" }
  | { type: "progressed"; progress: FileProgress }
  | { type: "completed" }
  | { type: "failed"; error: unknown }
  /** Not its fault, and nothing to press: it takes its place in the queue again. */
  | { type: "held" }
  | { type: "pause" }
  | { type: "resume" }
  | { type: "retry" }
  | { type: "cancel" };

/** Where each file begins. */
export const WAITING: FileState = { name: "waiting", progress: null };

export function next(state: FileState, event: FileEvent): FileState {
  switch (state.name) {
    case "waiting":
      if (event.type === "started") return { name: "sending", progress: state.progress };
      if (event.type === "pause") return { name: "paused", progress: state.progress };
      return event.type === "cancel" ? { name: "cancelled" } : state;
    case "sending":
      if (event.type === "progressed") return { name: "sending", progress: event.progress };
      if (event.type === "completed") return { name: "done" };
      if (event.type === "failed") return { name: "failed", error: event.error, progress: state.progress };
      if (event.type === "held") return { name: "waiting", progress: state.progress };
      if (event.type === "pause") return { name: "paused", progress: state.progress };
      return event.type === "cancel" ? { name: "cancelled" } : state;
    case "paused":
      if (event.type === "resume") return { name: "waiting", progress: state.progress };
      return event.type === "cancel" ? { name: "cancelled" } : state;
    case "failed":
      if (event.type === "retry") return { name: "waiting", progress: state.progress };
      return event.type === "cancel" ? { name: "cancelled" } : state;
    case "cancelled":
    case "done":
      return state;
  }
}

/**
 * Two files at once: while the bytes of one are on their way, the other one is begun, hashed or completed, which
 * counts when there are many small ones. More would only finish each of them later.
 */
export const MOST_AT_ONCE = 2;

/** Which of the files, in the order in which they were picked, begin now. */
export function toStart(states: readonly FileState[], most: number = MOST_AT_ONCE): number[] {
  const room = most - states.filter((state) => state.name === "sending").length;
  const waiting = [...states.keys()].filter((place) => states[place]?.name === "waiting");
  return waiting.slice(0, Math.max(0, room));
}

/** True while closing the tab would stop an upload. */
export function wouldStop(state: FileState): boolean {
  return state.name === "waiting" || state.name === "sending";
}

/** What of it is safe on the server and would be lost by Cancel, in bytes. */
export function wouldLose(state: FileState): number {
  return "progress" in state ? (state.progress?.sent_bytes ?? 0) : 0;
}
