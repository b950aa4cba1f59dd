/**
 * One thread on the page, made from #thread-template and #comment-template and kept in step with its rows.
 *
 * Elements are changed in place, never made anew: an open answer, a selection or a focus survives what others write.
 * People's words reach the page by textContent alone.
 */
import type { Texts } from "../../core/ts/texts.ts";
import { formatTimestamp } from "../../videos/ts/timestamps.ts";
import type { CommentRow } from "./comment.ts";
import type { Thread } from "./threads.ts";
import { dateLanguages, formatWhen } from "./when.ts";

export interface ThreadView {
  readonly element: HTMLElement;
  update(thread: Thread, canComment: boolean): void;
}

const find = <T extends HTMLElement = HTMLElement>(root: ParentNode, selector: string): T =>
  root.querySelector<T>(selector)!;

/** Returns a clone of the template with that id; its one root element. */
export function cloneTemplate(id: string): HTMLElement {
  const template = document.getElementById(id) as HTMLTemplateElement;
  return template.content.firstElementChild!.cloneNode(true) as HTMLElement;
}

export function makeThreadView(id: string, texts: Texts): ThreadView {
  const element = cloneTemplate("thread-template");
  element.dataset["thread"] = id;
  const first = find(element, "[data-first]");
  const replies = find(element, "[data-replies]");
  const answers = new Map<string, HTMLElement>();
  const firstComment = cloneTemplate("comment-template");
  first.append(firstComment);
  return {
    element,
    update(thread, canComment) {
      showComment(firstComment, thread.first, texts, canComment);
      find(element, "[data-reply]").hidden = !canComment;
      const kept = new Set(thread.replies.map((reply) => reply.id));
      for (const [replyId, item] of answers) {
        if (kept.has(replyId)) continue;
        item.remove();
        answers.delete(replyId);
      }
      thread.replies.forEach((reply, index) => {
        let item = answers.get(reply.id);
        if (!item) {
          item = document.createElement("li");
          item.append(cloneTemplate("comment-template"));
          answers.set(reply.id, item);
        }
        showComment(item.firstElementChild as HTMLElement, reply, texts, canComment);
        if (replies.children[index] !== item) replies.insertBefore(item, replies.children[index] ?? null);
      });
      replies.hidden = thread.replies.length === 0;
    },
  };
}

function showComment(element: HTMLElement, row: CommentRow, texts: Texts, canComment: boolean): void {
  const deleted = row.deleted_at !== null;
  element.dataset["comment"] = row.id;
  element.id = `comment-${row.id}`;
  setText(find(element, "[data-initial]"), deleted ? "" : firstLetter(row.author.name));
  element.toggleAttribute("data-guest", row.author.is_guest);
  find(element, "[data-head]").hidden = deleted;
  element.toggleAttribute("data-deleted", deleted);
  setText(find(element, "[data-author]"), row.author.name);
  find(element, "[data-guest-label]").hidden = !row.author.is_guest;
  find(element, "[data-team-label]").hidden = !row.team_only;
  find(element, "[data-edited-label]").hidden = row.edited_at === null;
  const moment = find<HTMLButtonElement>(element, "[data-moment]");
  moment.hidden = row.timestamp_ms === null || deleted;
  if (row.timestamp_ms !== null) {
    moment.dataset["timestampMs"] = String(row.timestamp_ms);
    setText(find(moment, "[data-moment-time]"), formatTimestamp(row.timestamp_ms));
  }
  const languages = dateLanguages(document.documentElement.lang, navigator.languages);
  const when = find<HTMLTimeElement>(element, "time");
  when.dateTime = row.created_at;
  setText(when, formatWhen(new Date(row.created_at), new Date(), languages));
  setText(find(element, "[data-body]"), deleted ? texts("comment_deleted") : row.body);
  find(element, "[data-own]").hidden = !row.mine || deleted || !canComment;
}

/** Writes only what is different, so that a selection in the text survives a poll. */
function setText(element: HTMLElement, text: string): void {
  if (element.textContent !== text) element.textContent = text;
}

function firstLetter(name: string): string {
  return [...name.trim()][0]?.toLocaleUpperCase() ?? "";
}
