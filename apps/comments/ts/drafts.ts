/**
 * What was typed and not yet sent: it survives a failed post, an expired session, a reload and a closed tab.
 *
 * One draft for each place where one can write (a new thread, an answer in a thread, an edit of a comment), for each
 * video and each person: whoever signs in at the same browser finds their own. An edit is kept with the moment of the
 * text it began from, so that what somebody else has written since is not taken for read. A guest who has not said a name yet is
 * "visitor"; the name takes the visitor's drafts along. With the words go what decides who will read them (team only)
 * and the `client_id` of the last try: sending the same again after a lost answer makes no second comment.
 *
 * Two tabs share the draft of a place: what is typed in one appears in the other (`watch`). Should both have been
 * typed in at once, `keep` writes nothing over the other's words and hands them out instead.
 */
import { newClientId } from "../../core/ts/client-id.ts";
import type { Draft } from "./comment.ts";

export interface KeptDraft {
  readonly body: string;
  /** Only for new threads; null for "about the whole video". */
  readonly timestamp_ms: number | null;
  readonly team_only: boolean;
  /** Whom the words name, as chosen from the list of colleagues. */
  readonly mentions: readonly { readonly id: string; readonly name: string }[];
  /** Only for edits: `edited_at` of the text they began from. */
  readonly seen?: string | null;
}

interface Stored extends KeptDraft {
  /** When it was last written, ms since 1970: old ones are swept out. */
  readonly at: number;
  /** The last try: its id and exactly what it said. */
  readonly tried?: { readonly clientId: string; readonly draft: Draft };
}

export type Place = "new" | `reply:${string}` | `edit:${string}`;

export interface Drafts {
  read(place: Place): KeptDraft | null;
  /**
   * Keeps what is written; an empty text is forgotten. Returns null; or, with nothing kept, what another tab has
   * written here that this one has not read: put it beside one's own words and keep both.
   */
  keep(place: Place, draft: KeptDraft): KeptDraft | null;
  /** Returns where drafts are kept. */
  places(): Set<Place>;
  /** Returns the id to send `draft` with: that of the last try when it said the same, else a new one. */
  clientIdFor(place: Place, draft: Draft): string;
  /** Forgets what this tab has kept, and leaves what another one has written since. */
  forget(place: Place): void;
  /** Calls back with a place whose draft another tab has changed; null: it is gone there. Returns an undo. */
  watch(listener: (place: Place, draft: KeptDraft | null) => void): () => void;
}

export type DraftStorage = Pick<Storage, "getItem" | "setItem" | "removeItem" | "key" | "length">;

export interface DraftsOptions {
  readonly videoId: string;
  /** Who speaks, as the server names them; "" for a visitor without a name. */
  readonly speaker: string;
  readonly isGuest: boolean;
  /** May refuse (private windows, full): then the drafts live as long as the page. */
  readonly storage: DraftStorage;
  /** Where changes of other tabs are heard. */
  readonly events?: Pick<EventTarget, "addEventListener" | "removeEventListener">;
  readonly now?: () => number;
}

const PREFIX = "draft:";
const KEPT_MS = 60 * 24 * 3600 * 1000; // a draft that nobody has come back to in two months

/** Returns the storage that the browser gives, or one that keeps nothing where even asking for it is refused. */
export function browserStorage(): DraftStorage {
  try {
    return window.localStorage;
  } catch {
    return { getItem: () => null, setItem: refuse, removeItem: refuse, key: () => null, length: 0 };
  }
}

function refuse(): never {
  throw new DOMException("refused", "SecurityError");
}

export function makeDrafts({ videoId, speaker, isGuest, storage, events, now = Date.now }: DraftsOptions): Drafts {
  const fallback = new Map<string, string>();
  const known = new Map<Place, string | null>();
  const prefixOf = (who: string): string => `${PREFIX}${who || "visitor"}:${videoId}:`;
  const prefix = prefixOf(speaker);

  const get = (key: string): string | null => {
    try {
      return storage.getItem(key) ?? fallback.get(key) ?? null;
    } catch {
      return fallback.get(key) ?? null;
    }
  };
  const put = (key: string, text: string): void => {
    try {
      storage.setItem(key, text);
      fallback.delete(key);
    } catch {
      fallback.set(key, text);
    }
  };
  const drop = (key: string): void => {
    fallback.delete(key);
    try {
      storage.removeItem(key);
    } catch {
      // Refused: nothing was kept there either.
    }
  };

  function save(place: Place, draft: Omit<Stored, "at">): void {
    const text = JSON.stringify({ ...draft, at: now() });
    put(prefix + place, text);
    known.set(place, text);
  }

  function read(place: Place): Stored | null {
    const text = get(prefix + place);
    known.set(place, text);
    return parsed(text);
  }

  function forget(place: Place): void {
    if (get(prefix + place) === (known.get(place) ?? null)) drop(prefix + place);
    known.set(place, null);
  }

  sweep(storage, now() - KEPT_MS);
  if (isGuest && speaker !== "") adopt(storage, prefixOf(""), prefix);

  return {
    read,
    forget,
    places() {
      const keys = [...keysOf(storage, prefix), ...fallback.keys()];
      return new Set(keys.map((key) => key.slice(prefix.length) as Place));
    },
    keep(place, draft) {
      const text = get(prefix + place);
      const theirs = parsed(text);
      if (theirs && text !== (known.get(place) ?? null) && !draft.body.includes(theirs.body)) {
        known.set(place, text);
        return theirs;
      }
      if (draft.body.trim() === "") {
        known.set(place, text);
        forget(place);
      } else save(place, theirs?.tried ? { ...draft, tried: theirs.tried } : { ...draft });
      return null;
    },
    clientIdFor(place, draft) {
      const stored = parsed(get(prefix + place));
      if (stored?.tried && JSON.stringify(stored.tried.draft) === JSON.stringify(draft)) return stored.tried.clientId;
      const clientId = newClientId();
      const { body, timestamp_ms, team_only } = draft;
      const base = stored?.seen === undefined ? {} : { seen: stored.seen };
      save(place, { body, timestamp_ms, team_only, mentions: stored?.mentions ?? [], ...base, tried: { clientId, draft } });
      return clientId;
    },
    watch(listener) {
      const onStorage = (event: Event): void => {
        const { key, newValue } = event as StorageEvent;
        if (!key?.startsWith(prefix)) return;
        const place = key.slice(prefix.length) as Place;
        known.set(place, newValue);
        listener(place, parsed(newValue));
      };
      events?.addEventListener("storage", onStorage);
      return () => events?.removeEventListener("storage", onStorage);
    },
  };
}

/** Returns what is stored as `text`; null for nothing, and for what is none of ours. */
function parsed(text: string | null): Stored | null {
  if (text === null) return null;
  try {
    const stored = JSON.parse(text) as Partial<Stored> | null;
    if (typeof stored?.body !== "string") return null;
    return { at: 0, timestamp_ms: null, team_only: false, mentions: [], ...stored, body: stored.body };
  } catch {
    return null;
  }
}

function keysOf(storage: DraftStorage, prefix: string): string[] {
  try {
    const keys = Array.from({ length: storage.length }, (_, index) => storage.key(index) ?? "");
    return keys.filter((key) => key.startsWith(prefix));
  } catch {
    return [];
  }
}

/** Removes drafts last written before `before`, of whomever. */
function sweep(storage: DraftStorage, before: number): void {
  for (const key of keysOf(storage, PREFIX)) {
    if ((parsed(storage.getItem(key))?.at ?? 0) < before) storage.removeItem(key);
  }
}

/** Gives what a visitor has typed to the guest they have become; where the guest has a draft already, that stays. */
function adopt(storage: DraftStorage, from: string, to: string): void {
  for (const key of keysOf(storage, from)) {
    const target = to + key.slice(from.length);
    try {
      if (storage.getItem(target) === null) storage.setItem(target, storage.getItem(key)!);
      storage.removeItem(key);
    } catch {
      return; // full: they stay where they are
    }
  }
}
