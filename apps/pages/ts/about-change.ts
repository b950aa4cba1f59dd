/** Changing title and description without writing over what somebody else has changed meanwhile: a pure core. */
import { ApiError } from "../../core/ts/api.ts";

export interface About {
  readonly title: string;
  readonly description: string;
}

/** What is sent to change `seen` into `typed`; null where that is the same. */
export function changeOf(seen: About, typed: About): (Partial<About> & { readonly seen: Partial<About> }) | null {
  const names = (["title", "description"] as const).filter((name) => typed[name] !== seen[name]);
  if (names.length === 0) return null;
  const only = (about: About): Partial<About> => Object.fromEntries(names.map((name) => [name, about[name]]));
  return { ...only(typed), seen: only(seen) };
}

/** Returns what the server says of title and description in an edit_conflict, null for any other error. */
export function newerAbout(error: unknown): About | null {
  if (!(error instanceof ApiError) || error.code !== "edit_conflict") return null;
  const { title, description } = (error.body["video"] ?? {}) as Partial<About>;
  return typeof title === "string" && typeof description === "string" ? { title, description } : null;
}
