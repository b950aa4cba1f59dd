/** Rows for the tests of the conversation, as the API gives them. */
import type { CommentRow } from "../../../apps/comments/ts/comment.ts";

let minute = 0;

/** Returns a comment with that id; each one is written a minute after the one before. */
export function row(id: string, over: Partial<CommentRow> = {}): CommentRow {
  minute += 1;
  return {
    id,
    body: `words of ${id}`,
    body_html: `<p>words of ${id}</p>`,
    timestamp_ms: null,
    end_ms: null,
    parent: null,
    thread: over.parent ?? id,
    author: { name: "Kim", is_guest: true },
    mine: false,
    team_only: false,
    created_at: new Date(Date.UTC(2026, 10, 1, 9, minute)).toISOString(),
    edited_at: null,
    resolved_at: null,
    deleted_at: null,
    reactions: [],
    mentions: [],
    ...over,
  };
}

export const DELETED = { body: "", deleted_at: "2026-11-02T10:00:00.000000Z" } as const;
