/**
 * The conversation beside a video: reads it, shows it, takes part in it, and keeps up with what others write.
 *
 * The rows live in one map (threads.ts), fed by polls and by the answers to one's own posts alike; after each change
 * the threads are shown again from it. The player comes and goes (a video may still be processed), so it is handed in
 * by `setPlayer`; without one there are no times and no marks, and everything else works.
 */
import type { Texts } from "../../core/ts/texts.ts";
import type { Player } from "../../videos/ts/player.ts";
import { formatTimestamp } from "../../videos/ts/timestamps.ts";
import { type Changes, type CommentRow, type CommentsApi, newerFrom } from "./comment.ts";
import { type Composer, type ComposerOptions, type Identity, failureSentence, mountComposer } from "./composer.ts";
import type { Drafts } from "./drafts.ts";
import { mountKeyboardInset } from "./keyboard.ts";
import { type Markers, mountMarkers } from "./markers.ts";
import { mountPolling } from "./polling.ts";
import { EMPTY, type Rows, type Thread, countKept, merge, threadAt, threadsOf } from "./threads.ts";
import { type ThreadView, cloneTemplate, makeThreadView } from "./thread-view.ts";

export interface ConversationOptions {
  readonly api: CommentsApi;
  readonly drafts: Drafts;
  readonly texts: Texts;
  readonly canComment: boolean;
  readonly needsName: boolean;
  /** `?comment=`: the one to seek and scroll to once it is there. */
  readonly wanted: string | null;
  /** Says a sentence to screen readers. */
  announce(sentence: string): void;
}

export interface Conversation {
  setPlayer(player: Player | null): void;
  undo(): void;
}

export function mountConversation(root: HTMLElement, options: ConversationOptions): Conversation {
  const { api, drafts, texts, canComment, announce } = options;
  const find = <T extends HTMLElement>(selector: string): T => root.querySelector<T>(selector)!;
  const [list, empty, trouble] = [find("[data-threads]"), find("[data-empty]"), find("[data-trouble]")];
  const counter = find("[data-count]");
  const dialog = find<HTMLDialogElement>("[data-delete-dialog]");

  let rows: Rows = EMPTY;
  let threads: readonly Thread[] = [];
  let loaded = false;
  let wanted = options.wanted;
  let player: Player | null = null;
  let markers: Markers | null = null;
  let stopListening: (() => void) | null = null;
  let needsName = options.needsName;
  const views = new Map<string, ThreadView>();
  /** Open boxes by place; the one for new threads among them. */
  const composers = new Map<string, { composer: Composer; form: HTMLElement }>();

  const identity: Identity = {
    needsName: () => needsName,
    async introduce(name, clientId) {
      await api.introduce(name, clientId);
      setNeedsName(false);
    },
    forgotten: () => setNeedsName(true),
  };

  function setNeedsName(needed: boolean): void {
    needsName = needed;
    for (const { composer } of composers.values()) composer.tick();
  }

  // --- showing -------------------------------------------------------------------------------------------------

  function take(changes: readonly CommentRow[]): void {
    const merged = merge(rows, changes);
    if (merged === rows) return;
    rows = merged;
    show();
  }

  function show(): void {
    threads = threadsOf(rows);
    const kept = new Set(threads.map((thread) => thread.id));
    for (const [id, view] of views) {
      if (kept.has(id)) continue;
      view.element.remove();
      views.delete(id);
    }
    threads.forEach((thread, index) => {
      let view = views.get(thread.id);
      if (!view) {
        view = makeThreadView(thread.id, texts);
        views.set(thread.id, view);
      }
      view.update(thread, canComment);
      if (list.children[index] !== view.element) list.insertBefore(view.element, list.children[index] ?? null);
      // A draft of an answer that a reload interrupted opens its box again.
      if (canComment && drafts.read(`reply:${thread.id}`)) openReply(thread.id, false);
    });
    const count = countKept(rows);
    counter.textContent = count > 0 ? texts("comments", { count }) : "";
    list.hidden = threads.length === 0;
    empty.hidden = !loaded || threads.length > 0;
    markers?.update(threads.filter((thread) => thread.first.deleted_at === null));
    highlight();
  }

  function highlight(): void {
    const now = player?.currentMs() ?? null;
    const current = now === null || !player!.hasStarted() ? null : threadAt(threads, now);
    for (const [id, view] of views) view.element.toggleAttribute("data-now", id === current);
  }

  function reveal(id: string, seek: boolean): void {
    const row = rows.get(id);
    const element = document.getElementById(`comment-${id}`);
    if (!row || !element) return;
    const thread = rows.get(row.thread ?? row.parent ?? row.id) ?? row;
    if (seek && thread.timestamp_ms !== null) player?.seek(thread.timestamp_ms);
    element.scrollIntoView({ block: "center", behavior: "smooth" });
    element.focus({ preventScroll: true });
    element.setAttribute("data-wanted", "");
    window.setTimeout(() => element.removeAttribute("data-wanted"), 4000); // long enough to be found by the eye
  }

  function revealWanted(): void {
    if (wanted === null || !rows.has(wanted)) return;
    const id = wanted;
    wanted = player ? null : wanted; // without a player yet, it seeks again when one comes
    reveal(id, true);
  }

  // --- writing -------------------------------------------------------------------------------------------------

  function open(form: HTMLElement, composing: ComposerOptions): Composer {
    const composer = mountComposer(form as HTMLFormElement, composing);
    composers.set(composing.place, { composer, form });
    return composer;
  }

  function close(place: string): void {
    const found = composers.get(place);
    found?.composer.undo();
    found?.form.remove();
    composers.delete(place);
  }

  function openNew(): void {
    const form = cloneTemplate("composer-template");
    find("[data-new]").append(form);
    open(form, {
      place: "new",
      parent: null,
      drafts,
      identity,
      texts,
      clock: { currentMs: () => player?.currentMs() ?? null, pause: () => player?.pause() },
      label: (at) => (at === null ? texts("comment") : texts("comment_at", { time: formatTimestamp(at) })),
      async send(draft, clientId) {
        const row = await api.add(draft, clientId);
        take([row]);
        announce(texts("posted"));
        document.getElementById(`comment-${row.id}`)?.scrollIntoView({ block: "nearest", behavior: "smooth" });
      },
    });
  }

  function openReply(threadId: string, focus = true): void {
    const place = `reply:${threadId}` as const;
    const view = views.get(threadId);
    if (!view) return;
    const button = view.element.querySelector<HTMLElement>("[data-reply]")!;
    let composer = composers.get(place)?.composer;
    if (!composer) {
      const form = cloneTemplate("composer-template");
      view.element.querySelector("[data-reply-box]")!.append(form);
      button.hidden = true;
      const done = (): void => {
        close(place);
        button.hidden = false;
        button.focus();
      };
      composer = open(form, {
        place,
        parent: threadId,
        drafts,
        identity,
        texts,
        label: () => texts("reply"),
        async send(draft, clientId) {
          take([await api.add(draft, clientId)]);
          announce(texts("posted"));
          queueMicrotask(done);
        },
        onCancel: done,
      });
    }
    button.hidden = true;
    if (focus) composer.focus();
  }

  function openEdit(id: string): void {
    const place = `edit:${id}` as const;
    const element = document.getElementById(`comment-${id}`);
    const row = rows.get(id);
    if (!element || !row || composers.has(place)) return;
    const form = cloneTemplate("composer-template");
    let seen = row.edited_at;
    element.querySelector("[data-edit-box]")!.append(form);
    element.toggleAttribute("data-editing", true);
    const note = element.querySelector("[data-conflict-note]")!;
    const done = (): void => {
      close(place);
      note.textContent = "";
      element.toggleAttribute("data-editing", false);
      element.querySelector<HTMLElement>("[data-edit]")?.focus();
    };
    const composer = open(form, {
      place,
      parent: row.parent,
      drafts,
      identity: { needsName: () => false, introduce: () => Promise.resolve(), forgotten: () => undefined },
      texts,
      body: row.body,
      label: () => texts("save"),
      async send(draft) {
        try {
          take([await api.edit(id, draft.body, seen)]);
        } catch (error) {
          const newer = newerFrom(error);
          if (!newer) throw error;
          // Somebody (oneself, in another tab) was quicker. Both texts are shown; Save then means "mine".
          seen = newer.edited_at;
          take([newer]);
          note.textContent = texts("conflict");
          throw error;
        }
        announce(texts("saved"));
        queueMicrotask(done);
      },
      onCancel: done,
    });
    composer.focus();
  }

  function askDelete(id: string): void {
    const complaint = dialog.querySelector<HTMLElement>("[data-error]")!;
    complaint.hidden = true;
    dialog.returnValue = "";
    dialog.showModal();
    const confirm = dialog.querySelector<HTMLButtonElement>("[data-confirm]")!;
    confirm.onclick = () => void remove(id, complaint);
  }

  async function remove(id: string, complaint: HTMLElement): Promise<void> {
    const row = rows.get(id);
    if (!row) return;
    try {
      await api.remove(id);
    } catch (error) {
      complaint.textContent = failureSentence(error, texts);
      complaint.hidden = false;
      return;
    }
    dialog.close();
    const list = root.querySelector<HTMLElement>("[data-heading]");
    take([{ ...row, body: "", deleted_at: new Date().toISOString() }]);
    announce(texts("deleted"));
    list?.focus();
  }

  // --- events --------------------------------------------------------------------------------------------------

  const onClick = (event: Event): void => {
    const target = event.target as Element;
    const moment = target.closest<HTMLElement>("[data-timestamp-ms]");
    if (moment) {
      player?.seek(Number(moment.dataset["timestampMs"]));
      return;
    }
    const comment = target.closest<HTMLElement>("[data-comment]")?.dataset["comment"];
    const thread = target.closest<HTMLElement>("[data-thread]")?.dataset["thread"];
    if (target.closest("[data-reply]") && thread) openReply(thread);
    else if (target.closest("[data-edit]") && comment) openEdit(comment);
    else if (target.closest("[data-delete]") && comment) askDelete(comment);
  };
  root.addEventListener("click", onClick);

  let after: string | null = null;
  let etag: string | null = null;
  const stopPolling = mountPolling(
    async () => {
      let news = false;
      try {
        for (let more = true; more; ) {
          const changes: Changes = await api.changes(after, etag);
          etag = changes.after === after ? changes.etag : null;
          ({ after, more } = changes);
          const before = rows;
          const others = changes.rows.filter((row) => !row.mine && row.deleted_at === null && !rows.has(row.id)).length;
          take(changes.rows);
          news ||= rows !== before;
          if (loaded && others > 0) announce(texts("new_comments", { count: others }));
        }
      } catch (error) {
        if (!loaded) {
          trouble.textContent = texts("conversation_trouble");
          trouble.hidden = false;
        }
        throw error;
      }
      trouble.hidden = true;
      if (!loaded) {
        loaded = true;
        show();
        revealWanted();
      }
      return news;
    },
    (error) => {
      trouble.textContent = failureSentence(error, texts);
      trouble.hidden = false;
    },
  );

  if (canComment) openNew();
  const stopInset = mountKeyboardInset(root);

  return {
    setPlayer(now) {
      stopListening?.();
      markers?.undo();
      markers = null;
      player = now;
      if (now) {
        markers = mountMarkers(now.markersHost, {
          texts,
          durationMs: () => now.durationMs(),
          onChoose(mark) {
            now.seek(mark.timestampMs);
            reveal(mark.threads[0]!.id, false);
          },
        });
        stopListening = now.onTime(() => {
          composers.get("new")?.composer.tick();
          highlight();
        });
      }
      show();
      composers.get("new")?.composer.tick();
      revealWanted();
    },
    undo() {
      stopPolling();
      stopInset();
      stopListening?.();
      markers?.undo();
      root.removeEventListener("click", onClick);
      for (const place of [...composers.keys()]) close(place);
      list.replaceChildren();
    },
  };
}
