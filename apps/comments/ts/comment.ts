/** A comment as the API gives it, and where the API keeps them. Both stand here alone. */
import { ApiError } from "../../core/ts/api.ts";
import type { Api } from "../../core/ts/api.ts";
import { videoPath } from "../../videos/ts/api-paths.ts";
import type { Colleague } from "./mention-search.ts";

export interface CommentRow {
  readonly id: string;
  /** What was typed, for who edits it. "" once it is deleted. */
  readonly body: string;
  /** The same as HTML, made safe by the server (apps/comments/markup.py): the one thing that is not textContent. */
  readonly body_html: string;
  /** Where in the video it was said; null for the video as a whole. */
  readonly timestamp_ms: number | null;
  readonly end_ms: number | null;
  /** What it answers; null for the first of a thread. */
  readonly parent: string | null;
  /** The id of its thread's first comment; for that one, its own. */
  readonly thread: string | null;
  readonly author: { readonly name: string; readonly is_guest: boolean };
  readonly mine: boolean;
  readonly team_only: boolean;
  readonly created_at: string;
  readonly edited_at: string | null;
  readonly resolved_at: string | null;
  readonly deleted_at: string | null;
  readonly reactions: readonly Reaction[];
  readonly mentions: readonly Colleague[];
}

export interface Reaction {
  readonly id: string;
  readonly emoji: string;
  readonly name: string;
  readonly mine: boolean;
}

/** What a person is about to say. */
export interface Draft {
  readonly body: string;
  readonly timestamp_ms: number | null;
  readonly parent: string | null;
  readonly team_only: boolean;
  /** Ids of the members whom the words name. */
  readonly mentions: readonly string[];
}

/** Sentences that say who will read what one writes; see apps/comments/audience.py. */
export interface Audience {
  readonly everyone: string;
  readonly team: string | null;
  readonly answer: string | null;
}

/** One answer of the list: what changed since a cursor, in the order of the changes. */
export interface Changes {
  readonly rows: readonly CommentRow[];
  /** The cursor to ask with for what changes from now on. */
  readonly after: string | null;
  /** Whether there is more to ask for right now. */
  readonly more: boolean;
  /** Stands for "nothing changed since this cursor"; of use with the same cursor only. */
  readonly etag: string | null;
  /** What one may see has changed: what came before is void, and these are the first rows anew. */
  readonly reset: boolean;
  /** Null where nothing changed. */
  readonly audience: Audience | null;
  /** Who would write now, as the server names them; undefined where nothing changed. */
  readonly speaker: string | null | undefined;
}

export const commentsPath = (videoId: string): string => `${videoPath(videoId)}comments/`;
export const commentPath = (commentId: string): string => `/comments/${encodeURIComponent(commentId)}/`;

const LARGEST_PAGE = 1000;

/** Everything a conversation asks of the server, for one video. */
export interface CommentsApi {
  /** `after`: null for the beginning, else the cursor of an earlier answer, with its ETag if that was the same. */
  changes(after: string | null, etag: string | null): Promise<Changes>;
  /** The same `clientId` again makes no second comment. */
  add(draft: Draft, clientId: string): Promise<CommentRow>;
  /** Rejects with `edit_conflict` when it was changed since `seen`; see `newerFrom`. */
  edit(id: string, body: string, seen: string | null, mentions: readonly string[]): Promise<CommentRow>;
  remove(id: string): Promise<void>;
  resolve(id: string, resolved: boolean): Promise<CommentRow>;
  react(id: string, emoji: string): Promise<Reaction>;
  takeBack(id: string, reactionId: string): Promise<void>;
  /** The members whose name contains `piece` and who see the video: whom one may name. */
  colleagues(piece: string): Promise<Colleague[]>;
  /** Whether a session that has ended is what went wrong: asked when a request was refused. */
  isSignedOut(): Promise<boolean>;
  /** Tells the server who speaks; it answers with a cookie. */
  introduce(name: string, clientId: string): Promise<void>;
}

export function makeCommentsApi(api: Api, videoId: string, shareToken: string | undefined): CommentsApi {
  const path = commentsPath(videoId);
  return {
    async changes(after, etag) {
      // The first page is small, so that there is something to read at once; the others bring as much as is given.
      const query = after === null ? "" : `?page_size=${LARGEST_PAGE}&after=${encodeURIComponent(after)}`;
      const answer = await api.ask(path + query, { etag });
      if (answer.notModified) return { rows: [], after, more: false, etag, reset: false, audience: null, speaker: undefined };
      const body = answer.body as Omit<Changes, "rows" | "more" | "etag"> & { results: CommentRow[]; next: string | null };
      const { after: cursor, reset, audience, speaker, results: rows } = body;
      return { rows, after: cursor, more: body.next !== null, etag: answer.etag, reset, audience, speaker };
    },
    async add(draft, clientId) {
      const body = {
        client_id: clientId,
        body: draft.body,
        ...(draft.timestamp_ms === null ? {} : { timestamp_ms: draft.timestamp_ms }),
        ...(draft.parent === null ? {} : { parent: draft.parent }),
        ...(draft.team_only ? { team_only: true } : {}),
        ...(draft.mentions.length === 0 ? {} : { mentions: draft.mentions }),
      };
      return (await api.ask(path, { method: "POST", body })).body as CommentRow;
    },
    async edit(id, body, seen, mentions) {
      const asked = { body, edited_at: seen, mentions };
      return (await api.ask(commentPath(id), { method: "PATCH", body: asked })).body as CommentRow;
    },
    async remove(id) {
      await api.ask(commentPath(id), { method: "DELETE" });
    },
    async resolve(id, resolved) {
      const path = `${commentPath(id)}${resolved ? "resolve" : "reopen"}/`;
      return (await api.ask(path, { method: "POST", body: {} })).body as CommentRow;
    },
    async react(id, emoji) {
      return (await api.ask(`${commentPath(id)}reactions/`, { method: "PUT", body: { emoji } })).body as Reaction;
    },
    async takeBack(id, reactionId) {
      await api.ask(`${commentPath(id)}reactions/${encodeURIComponent(reactionId)}/`, { method: "DELETE" });
    },
    async colleagues(piece) {
      const found = await api.ask(`${videoPath(videoId)}members/?search=${encodeURIComponent(piece)}`);
      const { results } = found.body as { results: (Colleague & { sees_it: boolean; is_me: boolean })[] };
      return results.filter((person) => person.sees_it && !person.is_me).map(({ id, name }) => ({ id, name }));
    },
    async isSignedOut() {
      try {
        await api.ask("/videos/?page_size=1");
        return false;
      } catch (error) {
        return error instanceof ApiError && error.status === 401;
      }
    },
    async introduce(name, clientId) {
      await api.ask("/guests/", { method: "POST", body: { client_id: clientId, share_token: shareToken ?? "", name } });
    },
  };
}

/** Returns the newer comment that an edit_conflict brings, null for any other error. */
export function newerFrom(error: unknown): CommentRow | null {
  if (!(error instanceof ApiError) || error.code !== "edit_conflict") return null;
  const newer = error.body["comment"];
  return typeof newer === "object" && newer !== null ? (newer as CommentRow) : null;
}
