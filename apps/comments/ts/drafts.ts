/**
 * What was typed and not yet sent, kept for this tab: it survives a failed post, an expired session and a reload.
 *
 * One draft for each place where one can write: a new thread, an answer in a thread, an edit of a comment. With the
 * words goes the `client_id` of the last try: sending the same again after a lost answer makes no second comment.
 */
import { newClientId } from "../../core/ts/client-id.ts";
import type { Draft } from "./comment.ts";

export interface KeptDraft {
  readonly body: string;
  /** Only for new threads; null for "about the whole video". */
  readonly timestamp_ms: number | null;
}

interface Stored extends KeptDraft {
  /** The last try: its id and exactly what it said. */
  readonly tried?: { readonly clientId: string; readonly draft: Draft };
}

export type Place = "new" | `reply:${string}` | `edit:${string}`;

export interface Drafts {
  read(place: Place): KeptDraft | null;
  /** Keeps what is written; an empty text is forgotten. */
  keep(place: Place, draft: KeptDraft): void;
  /** Returns the id to send `draft` with: that of the last try when it said the same, else a new one. */
  clientIdFor(place: Place, draft: Draft): string;
  forget(place: Place): void;
}

/** `storage` may refuse (private windows, full): then the drafts live as long as the page. */
export function makeDrafts(videoId: string, storage: Pick<Storage, "getItem" | "setItem" | "removeItem">): Drafts {
  const fallback = new Map<string, string>();
  const keyOf = (place: Place): string => `draft:${videoId}:${place}`;

  function load(place: Place): Stored | null {
    let text: string | null = null;
    try {
      text = storage.getItem(keyOf(place));
    } catch {
      // Refused: see fallback.
    }
    text ??= fallback.get(keyOf(place)) ?? null;
    return text === null ? null : (JSON.parse(text) as Stored);
  }

  function save(place: Place, draft: Stored): void {
    const text = JSON.stringify(draft);
    try {
      storage.setItem(keyOf(place), text);
    } catch {
      fallback.set(keyOf(place), text);
    }
  }

  function forget(place: Place): void {
    fallback.delete(keyOf(place));
    try {
      storage.removeItem(keyOf(place));
    } catch {
      // Refused: nothing was kept there either.
    }
  }

  return {
    read: load,
    forget,
    keep(place, draft) {
      const tried = load(place)?.tried;
      if (draft.body.trim() === "") forget(place);
      else save(place, tried ? { ...draft, tried } : { ...draft });
    },
    clientIdFor(place, draft) {
      const tried = load(place)?.tried;
      if (tried && JSON.stringify(tried.draft) === JSON.stringify(draft)) return tried.clientId;
      const clientId = newClientId();
      save(place, { body: draft.body, timestamp_ms: draft.timestamp_ms, tried: { clientId, draft } });
      return clientId;
    },
  };
}
