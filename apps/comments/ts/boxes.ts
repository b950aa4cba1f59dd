/** The open boxes of a conversation: the one for new threads, answers in their threads, edits in their comments. */
import { ApiError } from "../../core/ts/api.ts";
import type { Texts } from "../../core/ts/texts.ts";
import { formatTimestamp } from "../../videos/ts/timestamps.ts";
import { type Audience, type CommentRow, type CommentsApi, newerFrom } from "./comment.ts";
import { type Clock, type Composer, type ComposerOptions, type Identity, mountComposer } from "./composer.ts";
import type { Drafts, Place } from "./drafts.ts";
import { cloneTemplate } from "./thread-view.ts";
import { leadBack } from "./trouble.ts";

export interface BoxesOptions {
  readonly api: CommentsApi;
  readonly drafts: Drafts;
  readonly texts: Texts;
  readonly identity: Identity;
  readonly clock: Clock;
  readonly isMember: boolean;
  audience(): Audience | null;
  row(id: string): CommentRow | undefined;
  /** The server has answered with this row. */
  take(row: CommentRow): void;
  announce(sentence: string): void;
}

export interface Boxes {
  openNew(into: HTMLElement): void;
  /** Opens the answer in the element of its thread; `focus` where a person asked for it. */
  openReply(thread: HTMLElement, threadId: string, focus: boolean): void;
  openEdit(comment: HTMLElement, id: string, focus: boolean): void;
  /** Ids of the comments somebody is writing at: they stay in sight even if they are deleted meanwhile. */
  held(): Set<string>;
  /** Times, names or readers have changed. */
  tick(): void;
  tickNew(): void;
  /** Nothing can be sent any more, or again. */
  close(isClosed: boolean): void;
  undo(): void;
}

export function makeBoxes(options: BoxesOptions): Boxes {
  const { api, drafts, texts, announce, take } = options;
  const open = new Map<Place, { composer: Composer; form: HTMLElement; holds: string | null }>();
  let closed = false;

  function mount(into: HTMLElement, composing: Omit<ComposerOptions, "drafts" | "texts">, holds: string | null): Composer {
    const form = cloneTemplate("composer-template");
    into.append(form);
    leadBack(form);
    const composer = mountComposer(form as HTMLFormElement, { ...composing, drafts, texts });
    composer.close(closed);
    open.set(composing.place, { composer, form, holds });
    return composer;
  }

  function shut(place: Place): void {
    const found = open.get(place);
    found?.composer.undo();
    found?.form.remove();
    open.delete(place);
  }

  /** Who reads an open comment, or one for the team. */
  const readers = (teamOnly: boolean): string | null => {
    const audience = options.audience();
    return audience === null ? null : teamOnly ? audience.team : audience.everyone;
  };
  const common = {
    identity: options.identity,
    findColleagues: options.isMember ? (piece: string) => api.colleagues(piece) : undefined,
  };

  function openNew(into: HTMLElement): void {
    const composing = {
      ...common,
      place: "new" as const,
      parent: null,
      clock: options.clock,
      teamOnly: options.isMember ? ("offered" as const) : ("never" as const),
      audience: readers,
      label: (at: number | null) => (at === null ? texts("comment") : texts("comment_at", { time: formatTimestamp(at) })),
      async send(...[draft, clientId]: Parameters<ComposerOptions["send"]>) {
        const row = await api.add(draft, clientId);
        take(row);
        announce(texts("posted"));
        document.getElementById(`comment-${row.id}`)?.scrollIntoView({ block: "nearest", behavior: "smooth" });
      },
    };
    mount(into, composing, null);
  }

  function openReply(thread: HTMLElement, threadId: string, focus: boolean): void {
    const place: Place = `reply:${threadId}`;
    const button = thread.querySelector<HTMLElement>("[data-reply]")!;
    button.hidden = true;
    let composer = open.get(place)?.composer;
    if (!composer) {
      const done = (): void => {
        shut(place);
        button.hidden = false;
        button.focus();
      };
      const first = options.row(threadId);
      const composing = {
        ...common,
        place,
        parent: threadId,
        teamOnly: !options.isMember ? ("never" as const) : first?.team_only ? ("always" as const) : ("offered" as const),
        audience(teamOnly: boolean) {
          const pattern = options.audience()?.answer;
          const isToGuest = !teamOnly && first?.author.is_guest && pattern;
          return isToGuest ? pattern.replace("{name}", () => `\u2068${first.author.name}\u2069`) : readers(teamOnly);
        },
        label: () => texts("reply"),
        async send(...[draft, clientId]: Parameters<ComposerOptions["send"]>) {
          take(await api.add(draft, clientId));
          announce(texts("posted"));
          queueMicrotask(done);
        },
        onCancel: done,
      };
      composer = mount(thread.querySelector<HTMLElement>("[data-reply-box]")!, composing, threadId);
    }
    if (focus) composer.focus();
  }

  function openEdit(element: HTMLElement, id: string, focus: boolean): void {
    const place: Place = `edit:${id}`;
    const row = options.row(id);
    if (!row || open.has(place)) return;
    // An edit that was saved, and whose answer was lost: nothing of it is left to be written.
    if (drafts.read(place)?.body.trim() === row.body) {
      drafts.forget(place);
      if (!focus) return;
    }
    element.toggleAttribute("data-editing", true);
    const note = element.querySelector("[data-conflict-note]")!;
    let isInConflict = false;
    const done = (): void => {
      shut(place);
      note.textContent = "";
      element.toggleAttribute("data-editing", false);
      element.querySelector<HTMLElement>("[data-edit]")?.focus();
    };
    /** Somebody (oneself, in another tab) was quicker. Both texts are shown; Save then means "mine". */
    const showNewer = (newer: CommentRow): void => {
      isInConflict = true;
      note.textContent = texts("newer_text");
      composer.nameCancel(texts("keep_newer"));
      composer.rebase(newer.edited_at);
    };
    const composing = {
      ...common,
      identity: { ...options.identity, needsName: () => false },
      place,
      parent: row.parent,
      teamOnly: "never" as const,
      body: row.body,
      mentions: row.mentions,
      seen: row.edited_at,
      audience: () => null,
      label: () => texts(isInConflict ? "save_mine" : "save"),
      async send(...[draft, , seen]: Parameters<ComposerOptions["send"]>) {
        try {
          take(await api.edit(id, draft.body, seen, draft.mentions));
        } catch (error) {
          if (error instanceof ApiError && error.status === 404) throw new ApiError(404, error.code, texts("edited_away"));
          const newer = newerFrom(error);
          if (!newer) throw error;
          take(newer);
          showNewer(newer);
          throw new ApiError(409, "edit_conflict", texts("conflict"));
        }
        announce(texts("saved"));
        queueMicrotask(done);
      },
      onCancel: done,
    };
    const composer = mount(element.querySelector<HTMLElement>("[data-edit-box]")!, composing, id);
    if (composer.seen() !== row.edited_at) {
      showNewer(row);
      composer.say(texts("conflict"));
    }
    if (focus) composer.focus();
  }

  const stopWatching = drafts.watch((place, draft) => open.get(place)?.composer.follow(draft));

  return {
    openNew,
    openReply,
    openEdit,
    held: () => new Set([...open.values()].flatMap(({ holds }) => holds ?? [])),
    tick() {
      for (const { composer } of open.values()) composer.tick();
    },
    tickNew: () => open.get("new")?.composer.tick(),
    close(isClosed) {
      closed = isClosed;
      for (const { composer } of open.values()) composer.close(isClosed);
    },
    undo() {
      stopWatching();
      for (const place of [...open.keys()]) shut(place);
    },
  };
}
