/** A comment as the API gives it, and where the API keeps them. Both stand here alone. */
import { ApiError } from "../../core/ts/api.ts";
import type { Api } from "../../core/ts/api.ts";
import { videoPath } from "../../videos/ts/api-paths.ts";

export interface CommentRow {
  readonly id: string;
  /** Plain text; shown by textContent alone. "" once it is deleted. */
  readonly body: string;
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
}

/** What a person is about to say. */
export interface Draft {
  readonly body: string;
  readonly timestamp_ms: number | null;
  readonly parent: string | null;
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
}

export const commentsPath = (videoId: string): string => `${videoPath(videoId)}comments/`;
export const commentPath = (commentId: string): string => `/comments/${encodeURIComponent(commentId)}/`;

/** Everything a conversation asks of the server, for one video. */
export interface CommentsApi {
  /** `after`: null for the beginning, else the cursor of an earlier answer, with its ETag if that was the same. */
  changes(after: string | null, etag: string | null): Promise<Changes>;
  /** The same `clientId` again makes no second comment. */
  add(draft: Draft, clientId: string): Promise<CommentRow>;
  /** Rejects with `edit_conflict` when it was changed since `seen`; see `newerFrom`. */
  edit(id: string, body: string, seen: string | null): Promise<CommentRow>;
  remove(id: string): Promise<void>;
  /** Tells the server who speaks; it answers with a cookie. */
  introduce(name: string, clientId: string): Promise<void>;
}

export function makeCommentsApi(api: Api, videoId: string, shareToken: string | undefined): CommentsApi {
  const path = commentsPath(videoId);
  return {
    async changes(after, etag) {
      const answer = await api.ask(after === null ? path : `${path}?after=${encodeURIComponent(after)}`, { etag });
      if (answer.notModified) return { rows: [], after, more: false, etag };
      const body = answer.body as { results: CommentRow[]; next: string | null; after: string };
      return { rows: body.results, after: body.after, more: body.next !== null, etag: answer.etag };
    },
    async add(draft, clientId) {
      const body = {
        client_id: clientId,
        body: draft.body,
        ...(draft.timestamp_ms === null ? {} : { timestamp_ms: draft.timestamp_ms }),
        ...(draft.parent === null ? {} : { parent: draft.parent }),
      };
      return (await api.ask(path, { method: "POST", body })).body as CommentRow;
    },
    async edit(id, body, seen) {
      return (await api.ask(commentPath(id), { method: "PATCH", body: { body, edited_at: seen } })).body as CommentRow;
    },
    async remove(id) {
      await api.ask(commentPath(id), { method: "DELETE" });
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
