/** A share link as its author edits it: what has changed, and its rules in a few words. Pure; no DOM. */
import type { Values } from "../../core/ts/texts.ts";
import { type Expiry, fromField, momentAfter, toField } from "./expiry.ts";

export type Conversation = "all" | "own" | "none";

export interface ShareLink {
  readonly id: string;
  readonly url: string;
  readonly name: string;
  readonly has_password: boolean;
  readonly expires_at: string | null;
  readonly can_comment: boolean;
  readonly can_download: boolean;
  readonly needs_name: boolean;
  readonly conversation: Conversation;
  readonly last_used_at: string | null;
  readonly revoked_at: string | null;
}

/** What the form of a link holds. */
export interface Wanted {
  readonly name: string;
  readonly expiry: Expiry;
  /** As a datetime-local field holds it; counts for the expiry "date". */
  readonly moment: string;
  readonly password: string;
  readonly removesPassword: boolean;
  readonly canComment: boolean;
  readonly canDownload: boolean;
  readonly needsName: boolean;
  readonly conversation: Conversation;
}

/** One piece of a line: the name of a text of the page, and what stands in it. */
export interface Words {
  readonly text: string;
  readonly values?: Values;
}

export type Changes = Record<string, string | boolean | null>;

/**
 * Returns what the form changes of the link, as a PATCH takes it: nothing that was left as it was, so that two tabs
 * do not undo each other. "moment_missing" where a date is wanted and none is given.
 */
export function changesOf(link: ShareLink, wanted: Wanted, now: Date): Changes | "moment_missing" {
  const changes: Changes = {};
  if (wanted.name.trim() !== link.name) changes["name"] = wanted.name.trim();
  if (wanted.canComment !== link.can_comment) changes["can_comment"] = wanted.canComment;
  if (wanted.canDownload !== link.can_download) changes["can_download"] = wanted.canDownload;
  if (wanted.needsName !== link.needs_name) changes["needs_name"] = wanted.needsName;
  if (wanted.conversation !== link.conversation) changes["conversation"] = wanted.conversation;
  if (wanted.removesPassword) changes["password"] = "";
  else if (wanted.password !== "") changes["password"] = wanted.password;
  if (wanted.expiry === "never") {
    if (link.expires_at !== null) changes["expires_at"] = null;
  } else if (wanted.expiry !== "date") {
    changes["expires_at"] = momentAfter(wanted.expiry, now);
  } else if (wanted.moment !== toField(link.expires_at)) {
    const moment = fromField(wanted.moment);
    if (moment === null) return "moment_missing";
    changes["expires_at"] = moment;
  } else if (link.expires_at === null) {
    return "moment_missing";
  }
  return changes;
}

/** Returns whether whoever has the link gets to the video now, other things being right. */
export function isOpen(link: ShareLink, now: Date): boolean {
  return link.revoked_at === null && (link.expires_at === null || new Date(link.expires_at) > now);
}

/** Returns the link that Copy link on the page gives: the oldest open one of a list that is newest first. */
export function linkToCopy(links: readonly ShareLink[], now: Date): ShareLink | null {
  return links.filter((link) => isOpen(link, now)).at(-1) ?? null;
}

/** Returns the link's rules in words, what differs from an ordinary link alone. `formatted` shows a moment. */
export function rulesOf(link: ShareLink, now: Date, formatted: (moment: string) => string): Words[] {
  const words: Words[] = [];
  if (link.expires_at !== null) {
    const text = isOpen(link, now) ? "share_until" : "share_expired";
    words.push({ text, values: { moment: formatted(link.expires_at) } });
  }
  if (link.has_password) words.push({ text: "share_password" });
  if (link.needs_name) words.push({ text: "share_asks_name" });
  if (!link.can_comment) words.push({ text: "share_no_comments" });
  if (link.can_download) words.push({ text: "share_downloads" });
  if (link.conversation === "own") words.push({ text: "share_own" });
  if (link.conversation === "none") words.push({ text: "share_none" });
  return words.length > 0 ? words : [{ text: "share_plain" }];
}
