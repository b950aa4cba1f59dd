/**
 * What is seen while the watch page stays open.
 *
 * Opening it counted on the server. Two things can happen after that: the video becomes playable, and others write.
 * What others wrote counts as read up to the cursor of the last poll that was answered while the page was in front of
 * somebody, and is told when the page is left or hidden: one request, however long they stayed.
 */
import type { CommentsApi } from "../../comments/ts/comment.ts";
import { ApiError, type Api } from "../../core/ts/api.ts";
import { seenPath } from "../../videos/ts/api-paths.ts";

/** How far the conversation was read, and how far of that the server knows; null before the first answer. */
export interface Reading {
  readonly read: string | null;
  readonly told: string | null;
}

export const UNREAD: Reading = { read: null, told: null };

/** Returns the reading after an answer with this cursor. What the first one brought was there when the page opened. */
export function afterAnswer(reading: Reading, cursor: string | null, hidden: boolean): Reading {
  if (hidden || cursor === null) return reading;
  return { read: cursor, told: reading.told ?? cursor };
}

/** Returns the cursor that the server is to be told, null for none. */
export function toTell(reading: Reading): string | null {
  return reading.read === reading.told ? null : reading.read;
}

export interface SeenPage {
  /** Says that the video is seen now. */
  tell(): void;
  /** Returns the same comments, watched for how far they were read. */
  reading(comments: CommentsApi): CommentsApi;
  undo(): void;
}

export function mountSeen(api: Api, videoId: string): SeenPage {
  let reading = UNREAD;

  async function put(body: { after?: string }): Promise<void> {
    try {
      await api.ask(seenPath(videoId), { method: "PUT", body, keepalive: true });
    } catch (error) {
      // It stays new for them, which is the lesser harm.
      if (!(error instanceof ApiError)) throw error;
    }
  }

  const onVisibility = (): void => {
    const after = document.hidden ? toTell(reading) : null;
    if (after === null) return;
    reading = { read: after, told: after };
    void put({ after });
  };
  document.addEventListener("visibilitychange", onVisibility);
  return {
    tell: () => void put({}),
    reading: (comments) => ({
      ...comments,
      async changes(after, etag) {
        const changes = await comments.changes(after, etag);
        reading = afterAnswer(reading, changes.after, document.hidden);
        return changes;
      },
    }),
    undo: () => document.removeEventListener("visibilitychange", onVisibility),
  };
}
