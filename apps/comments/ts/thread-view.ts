/**
 * One thread on the page, made from #thread-template and #comment-template and kept in step with its rows.
 *
 * Elements are changed in place, never made anew: an open answer, a selection or a focus survives what others write.
 * People's words reach the page by textContent alone, but for `body_html`, which the server has made safe.
 */
import type { Texts } from "../../core/ts/texts.ts";
import { formatTimestamp } from "../../videos/ts/timestamps.ts";
import type { CommentRow } from "./comment.ts";
import { initialOf } from "./initial.ts";
import { showReactions } from "./reactions.ts";
import type { Thread } from "./threads.ts";
import { dateLanguages, formatWhen } from "./when.ts";

/** What the person may do here. */
export interface Rights {
  readonly canComment: boolean;
  /** A member may resolve any thread, everybody else their own. */
  readonly isMember: boolean;
  /** Whether there is a name to react under. */
  readonly canReact: boolean;
}

export interface ThreadView {
  readonly element: HTMLElement;
  update(thread: Thread, rights: Rights): void;
  /** Unfolds what hides the comment: a resolved thread, or its earlier answers. */
  uncover(commentId: string): void;
}

/** How many answers of a thread stand in the page at first: the latest. */
const ANSWERS = 30;

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
  const [body, replies] = [find(element, "[data-thread-body]"), find(element, "[data-replies]")];
  const [fold, more] = [find(element, "[data-fold]"), find(element, "[data-more-replies]")];
  const answers = new Map<string, HTMLElement>();
  const firstComment = cloneTemplate("comment-template");
  find(element, "[data-first]").append(firstComment);
  let shown: { thread: Thread; rights: Rights } | null = null;
  let isUnfolded = false;
  let showsAll = false;

  function update(thread: Thread, rights: Rights): void {
    shown = { thread, rights };
    showComment(firstComment, thread.first, texts, rights);
    showFold(thread, rights);
    const hidden = showsAll ? 0 : Math.max(0, thread.replies.length - ANSWERS);
    more.hidden = hidden === 0;
    more.textContent = hidden > 0 ? texts("more_replies", { count: hidden }) : "";
    const latest = thread.replies.slice(hidden);
    const kept = new Set(latest.map((reply) => reply.id));
    for (const [replyId, item] of answers) {
      if (kept.has(replyId)) continue;
      item.remove();
      answers.delete(replyId);
    }
    latest.forEach((reply, index) => {
      let item = answers.get(reply.id);
      if (!item) {
        item = document.createElement("li");
        item.append(cloneTemplate("comment-template"));
        answers.set(reply.id, item);
      }
      showComment(item.firstElementChild as HTMLElement, reply, texts, rights);
      if (replies.children[index] !== item) replies.insertBefore(item, replies.children[index] ?? null);
    });
    replies.hidden = latest.length === 0;
  }

  function showFold({ first, replies: answers }: Thread, rights: Rights): void {
    const isResolved = first.resolved_at !== null && first.deleted_at === null;
    element.toggleAttribute("data-resolved", isResolved);
    fold.hidden = !isResolved;
    body.hidden = isResolved && !isUnfolded;
    fold.setAttribute("aria-expanded", String(isUnfolded));
    if (isResolved) {
      const values = { name: first.author.name, count: answers.length + 1 };
      const at = first.timestamp_ms;
      const words = at === null ? texts("fold", values) : texts("fold_at", { ...values, time: formatTimestamp(at) });
      setText(find(fold, "[data-fold-text]"), words);
    }
    const mayResolve = rights.canComment && first.deleted_at === null && (rights.isMember || first.mine);
    find(element, "[data-resolve]").hidden = !mayResolve || isResolved;
    find(element, "[data-reopen]").hidden = !mayResolve || !isResolved;
    // An open box stands in the button's place.
    find(element, "[data-reply]").hidden = !rights.canComment || find(element, "[data-reply-box]").childElementCount > 0;
  }

  fold.addEventListener("click", () => {
    isUnfolded = !isUnfolded;
    if (shown) update(shown.thread, shown.rights);
  });
  more.addEventListener("click", () => {
    showsAll = true;
    if (shown) update(shown.thread, shown.rights);
    replies.querySelector<HTMLElement>(".comment")?.focus();
  });

  return {
    element,
    update,
    uncover(commentId) {
      if (!shown) return;
      isUnfolded = true;
      if (commentId !== shown.thread.first.id && !answers.has(commentId)) showsAll = true;
      update(shown.thread, shown.rights);
    },
  };
}

function showComment(element: HTMLElement, row: CommentRow, texts: Texts, rights: Rights): void {
  const deleted = row.deleted_at !== null;
  element.dataset["comment"] = row.id;
  element.id = `comment-${row.id}`;
  setText(find(element, "[data-initial]"), deleted ? "" : initialOf(row.author.name));
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
  showBody(find(element, "[data-body]"), deleted ? null : row.body_html, texts);
  showReactions(element, row, texts, rights.canReact && !deleted);
  find(element, "[data-own]").hidden = !row.mine || deleted || !rights.canComment;
}

/** What each body shows: compared as it came, for a browser writes HTML back in its own way. */
const bodies = new WeakMap<HTMLElement, string>();

function showBody(element: HTMLElement, html: string | null, texts: Texts): void {
  const wanted = html ?? "";
  if (bodies.get(element) === wanted && html !== null) return;
  bodies.set(element, wanted);
  if (html === null) setText(element, texts("comment_deleted"));
  else element.innerHTML = html;
}

/** Writes only what is different, so that a selection in the text survives a poll. */
function setText(element: HTMLElement, text: string): void {
  if (element.textContent !== text) element.textContent = text;
}
