/**
 * What a guest may keep to come back, below the comments: it appears with their first comment.
 *
 * Right after that it stands where it is seen, above the box; once it was used or put off it rests below the comments,
 * and is there again whenever they come back.
 */
import { mountAnswerMail } from "../../../attention/ts/answer-mail.ts";
import type { CommentsApi } from "../../../comments/ts/comment.ts";
import type { Api } from "../../../core/ts/api.ts";
import type { Texts } from "../../../core/ts/texts.ts";
import { mountPersonalLink } from "../../../sharing/ts/personal-link.ts";

export interface WayBackOptions {
  readonly api: Api;
  readonly videoId: string;
  readonly texts: Texts;
  announce(sentence: string): void;
}

export interface WayBack {
  /** Something the guest wrote has been posted. */
  posted(): void;
}

/** Returns the API with `posted` called after each comment that the server has taken. */
export function tellingWhenPosted(api: CommentsApi, posted: () => void): CommentsApi {
  return {
    ...api,
    async add(...comment) {
      const row = await api.add(...comment);
      posted();
      return row;
    },
  };
}

/**
 * On a phone the box folds when it is left. It does so now, and not at the first touch of the card, which would move
 * away from under the finger.
 */
function leaveTheBox(conversation: HTMLElement): void {
  const focused = document.activeElement;
  const isPhone = window.matchMedia("(max-width: 56.24rem)").matches;
  if (isPhone && focused instanceof HTMLElement && conversation.contains(focused) && focused.closest("form")) focused.blur();
}

/** Moves the card into the conversation; a guest who has spoken before sees it at once. */
export function mountWayBack(card: HTMLElement, conversation: HTMLElement, options: WayBackOptions): WayBack {
  const { api, videoId, texts, announce } = options;
  const later = card.querySelector<HTMLElement>("[data-later]")!;
  const settle = (): void => {
    if (later.contains(document.activeElement)) card.querySelector<HTMLElement>("[data-copy-personal]")?.focus();
    later.hidden = true;
    card.removeAttribute("data-fresh");
  };
  const share = typeof navigator.share === "function" ? (what: { url: string }) => navigator.share(what) : undefined;
  const link = mountPersonalLink(card, { api, videoId, texts, announce, share, onSettled: settle });
  const mailRoot = card.querySelector<HTMLElement>("[data-answer-mail]");
  const mail = mailRoot && mountAnswerMail(mailRoot, { api, videoId, texts, announce });
  mailRoot?.querySelector("details")?.addEventListener("toggle", (event) => {
    if (!(event.target as HTMLDetailsElement).open) return;
    settle(); // what unfolds may be higher than what box and video leave
    card.scrollIntoView({ block: "nearest" });
  });
  conversation.querySelector("[data-threads]")!.parentElement!.append(card);

  let shown = false;
  async function show(fresh: boolean): Promise<void> {
    if (shown) return;
    shown = true;
    await Promise.all([link.show(), mail?.show()]);
    if (fresh) leaveTheBox(conversation);
    later.hidden = !fresh;
    card.toggleAttribute("data-fresh", fresh);
    card.hidden = false;
    if (fresh) announce(texts("personal_ready"));
  }

  if (card.dataset["hasSpoken"] === "true") void show(false);
  return { posted: () => void show(true) };
}
