/** The life of one file on the upload page. Pure; an event that does not fit gives the very same state back. */
import type { FileProgress } from "./file-upload.ts";

export type FileState =
  /** Another file is before it. */
  | { name: "waiting" }
  | { name: "sending"; progress: FileProgress | null }
  | { name: "failed"; error: unknown }
  | { name: "cancelled" }
  | { name: "done" };

export type FileEvent =
  | { type: "started" }
  | { type: "progressed"; progress: FileProgress }
  | { type: "completed" }
  | { type: "failed"; error: unknown }
  | { type: "retry" }
  | { type: "cancel" };

export function next(state: FileState, event: FileEvent): FileState {
  switch (state.name) {
    case "waiting":
      if (event.type === "started") return { name: "sending", progress: null };
      return event.type === "cancel" ? { name: "cancelled" } : state;
    case "sending":
      if (event.type === "progressed") return { name: "sending", progress: event.progress };
      if (event.type === "completed") return { name: "done" };
      if (event.type === "failed") return { name: "failed", error: event.error };
      return event.type === "cancel" ? { name: "cancelled" } : state;
    case "failed":
      if (event.type === "retry") return { name: "waiting" };
      return event.type === "cancel" ? { name: "cancelled" } : state;
    case "cancelled":
    case "done":
      return state;
  }
}

/** True while closing the tab would end an upload. */
export function wouldLose(state: FileState): boolean {
  return state.name === "waiting" || state.name === "sending";
}
