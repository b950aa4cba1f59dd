/**
 * From rows that arrive in any order to the conversation as it is read: a pure core without DOM, clock or network.
 *
 * Rows come from the first list, from polls and from one's own posts; the same row may come twice, and an older state
 * of it after a newer one. Whatever the order, the same rows end in the same conversation.
 */
import type { CommentRow } from "./comment.ts";

export type Rows = ReadonlyMap<string, CommentRow>;

export interface Thread {
  /** The thread's id: that of its first comment. */
  readonly id: string;
  /** The first comment; deleted ones stay only while somebody's answer hangs on them. */
  readonly first: CommentRow;
  /** Kept answers, oldest first. */
  readonly replies: readonly CommentRow[];
}

export const EMPTY: Rows = new Map();

/** Returns `rows` with `changes` taken in; `rows` itself when nothing in them is news. */
export function merge(rows: Rows, changes: readonly CommentRow[]): Rows {
  let merged: Map<string, CommentRow> | null = null;
  for (const change of changes) {
    const known = (merged ?? rows).get(change.id);
    if (known && !supersedes(change, known)) continue;
    merged ??= new Map(rows);
    merged.set(change.id, change);
  }
  return merged ?? rows;
}

/** Whether `change` may replace `known`: a deletion is final, and of two texts the one edited later wins. */
function supersedes(change: CommentRow, known: CommentRow): boolean {
  if (known.deleted_at !== null && change.deleted_at === null) return false;
  if (change.deleted_at === null && (change.edited_at ?? "") < (known.edited_at ?? "")) return false;
  return JSON.stringify(change) !== JSON.stringify(known);
}

/**
 * Returns the threads in the order they are read: those at a time along the video, then those about the whole of it;
 * among equals the older first. Of the deleted, `held` stay too: somebody is writing there.
 */
export function threadsOf(rows: Rows, held: ReadonlySet<string> = new Set()): Thread[] {
  const groups = new Map<string, CommentRow[]>();
  for (const row of rows.values()) {
    const id = row.thread ?? row.parent ?? row.id;
    const group = groups.get(id);
    if (group) group.push(row);
    else groups.set(id, [row]);
  }
  const isKept = (row: CommentRow): boolean => row.deleted_at === null || held.has(row.id);
  const threads: Thread[] = [];
  for (const [id, members] of groups) {
    members.sort(byAge);
    // An answer can arrive before what it answers: it stands first until then, rather than not at all.
    const first = members.find((row) => row.id === id) ?? members.find(isKept);
    if (!first) continue;
    const replies = members.filter((row) => row !== first && isKept(row));
    if (!isKept(first) && replies.length === 0) continue;
    threads.push({ id, first, replies });
  }
  return threads.sort(byPlace);
}

function byAge(a: CommentRow, b: CommentRow): number {
  return compare(a.created_at, b.created_at) || compare(a.id, b.id);
}

function byPlace(a: Thread, b: Thread): number {
  const [x, y] = [a.first.timestamp_ms, b.first.timestamp_ms];
  if (x !== y) return x === null ? 1 : y === null ? -1 : x - y;
  return byAge(a.first, b.first);
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** Returns how many comments people can read: deleted ones are not counted. */
export function countKept(rows: Rows): number {
  let kept = 0;
  for (const row of rows.values()) if (row.deleted_at === null) kept += 1;
  return kept;
}

/** Returns the id of the thread whose moment was reached last at `nowMs`, within `withinMs` of it; null for none. */
export function threadAt(threads: readonly Thread[], nowMs: number, withinMs = 8000): string | null {
  let found: string | null = null;
  for (const { id, first } of threads) {
    const at = first.timestamp_ms;
    if (at !== null && at <= nowMs && nowMs < at + withinMs) found = id;
  }
  return found;
}

/**
 * Returns the index of the thread that a step leads to, null at the end of the road. From the thread `fromId` where
 * there is one; else from the moment `nowMs` the video shows, so that a first step goes to what is said next.
 */
export function stepFrom(threads: readonly Thread[], fromId: string | null, nowMs: number, step: 1 | -1): number | null {
  const at = threads.findIndex((thread) => thread.id === fromId);
  if (at >= 0) return threads[at + step] ? at + step : null;
  const later = threads.findIndex(({ first }) => first.timestamp_ms === null || first.timestamp_ms >= nowMs);
  const to = step === 1 ? later : (later < 0 ? threads.length : later) - 1;
  return threads[to] ? to : null;
}
