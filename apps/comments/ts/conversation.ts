/**
 * The conversation beside a video: reads it, shows it, takes part in it, and keeps up with what others write.
 *
 * The rows live in one map (threads.ts), fed by polls and by the answers to one's own posts alike; after each change
 * the threads are shown again from it. The player comes and goes (a video may still be processed), so it is handed in
 * by `setPlayer`; without one there are no times and no marks, and everything else works.
 */
import { ApiError } from "../../core/ts/api.ts";
import { failureSentence } from "../../core/ts/failure.ts";
import type { Texts } from "../../core/ts/texts.ts";
import type { Player } from "../../videos/ts/player.ts";
import { makeBoxes } from "./boxes.ts";
import type { Audience, Changes, CommentRow, CommentsApi } from "./comment.ts";
import type { Identity } from "./composer.ts";
import { askToDelete } from "./deleting.ts";
import type { Drafts } from "./drafts.ts";
import { mountKeyboardRoom } from "./keyboard.ts";
import { type Markers, mountMarkers } from "./markers.ts";
import { mountPolling } from "./polling.ts";
import { closeChoice, toggleChoice, toggleReaction } from "./reactions.ts";
import { EMPTY, type Rows, type Thread, countKept, merge, stepFrom, threadAt, threadsOf } from "./threads.ts";
import { mountThreadList } from "./thread-list.ts";
import { mountTroubleLine, standstillOf } from "./trouble.ts";
import { isWalkingKey, showWalkingKeys } from "./walking.ts";

export interface ConversationOptions {
  readonly api: CommentsApi;
  readonly drafts: Drafts;
  readonly texts: Texts;
  readonly canComment: boolean;
  readonly needsName: boolean;
  /** Whether one sees the video as a member, and not by a link alone. */
  readonly isMember: boolean;
  readonly isSignedIn: boolean;
  /** Who speaks, as the server names them; "" for a visitor. */
  readonly speaker: string;
  /** `?comment=`: the one to seek and scroll to once it is there. */
  readonly wanted: string | null;
  /** Says a sentence to screen readers. */
  announce(sentence: string): void;
  /** Called before something in the conversation is shown to the person: it may lie behind another tab. */
  bringForward(): void;
  /** Called when this viewer may not read it any more: the video beside it may be gone too. */
  lost(): void;
}

export interface Conversation {
  /** Whether N and P lead from comment to comment. */
  setKeys(areOn: boolean): void;
  setPlayer(player: Player | null): void;
  undo(): void;
}

export function mountConversation(root: HTMLElement, options: ConversationOptions): Conversation {
  const { api, drafts, texts, canComment, isMember, announce } = options;
  const find = <T extends HTMLElement>(selector: string): T => root.querySelector<T>(selector)!;
  const [empty, counter, walk] = [find("[data-empty]"), find("[data-count]"), find("[data-walk]")];
  const dialog = find<HTMLDialogElement>("[data-delete-dialog]");
  const trouble = mountTroubleLine(find("[data-trouble]"), texts);

  let rows: Rows = EMPTY;
  let threads: readonly Thread[] = [];
  let loaded = false;
  let keysAreOn = false;
  let wanted = options.wanted;
  let player: Player | null = null;
  let markers: Markers | null = null;
  let stopListening: (() => void) | null = null;
  let needsName = options.needsName;
  /** Null: whoever the next answer names, after a guest has said a name. */
  let speaker: string | null = options.speaker;
  let audience: Audience | null = null;

  const identity: Identity = {
    needsName: () => needsName,
    async introduce(name, clientId) {
      await api.introduce(name, clientId);
      speaker = null;
      setNeedsName(false);
    },
    forgotten: () => setNeedsName(true),
    async isSignedOut(error) {
      const may = options.isSignedIn && error instanceof ApiError && [401, 403, 404].includes(error.status);
      if (!may || !(await api.isSignedOut())) return false;
      standStill(error, true);
      return true;
    },
  };

  function setNeedsName(needed: boolean): void {
    needsName = needed;
    boxes.tick();
    show();
  }

  // --- showing -------------------------------------------------------------------------------------------------

  const boxes = makeBoxes({
    api,
    drafts,
    texts,
    identity,
    clock: { currentMs: () => player?.currentMs() ?? null, pause: () => player?.pause() },
    isMember,
    audience: () => audience,
    row: (id) => rows.get(id),
    take: (row) => take([row]),
    announce,
  });
  const list = mountThreadList(root, {
    texts,
    onShown(id) {
      if (loaded) reopen(threads.find((thread) => thread.id === id));
    },
  });

  /** Opens the boxes of the thread again in which a reload has interrupted an answer or an edit. */
  function reopen(thread: Thread | undefined): void {
    const view = thread && list.view(thread.id);
    if (!view || !canComment) return;
    const places = drafts.places();
    if (places.has(`reply:${thread.id}`)) {
      view.uncover(thread.id);
      boxes.openReply(view.element, thread.id, false);
    }
    for (const row of [thread.first, ...thread.replies]) {
      if (!row.mine || row.deleted_at !== null || !places.has(`edit:${row.id}`)) continue;
      view.uncover(row.id);
      boxes.openEdit(document.getElementById(`comment-${row.id}`)!, row.id, false);
    }
  }

  function take(changes: readonly CommentRow[]): void {
    const merged = merge(rows, changes);
    if (merged === rows) return;
    rows = merged;
    show();
  }

  function show(): void {
    threads = threadsOf(rows, boxes.held());
    list.update(threads, { canComment, isMember, canReact: canComment && !needsName });
    const count = countKept(rows);
    counter.textContent = count > 0 ? texts("comments", { count }) : "";
    empty.hidden = !loaded || threads.length > 0;
    walk.hidden = threads.length < 2;
    markers?.update(threads.filter((thread) => thread.first.deleted_at === null));
    highlight();
  }

  function highlight(): void {
    const now = player?.currentMs() ?? null;
    list.highlight(now === null || !player!.hasStarted() ? null : threadAt(threads, now));
  }

  function reveal(id: string, seek: boolean): void {
    const row = rows.get(id);
    if (!row) return;
    options.bringForward();
    const threadId = row.thread ?? row.parent ?? row.id;
    list.uncover(threadId, id);
    const element = document.getElementById(`comment-${id}`);
    const at = (rows.get(threadId) ?? row).timestamp_ms;
    if (seek && at !== null) player?.seek(at);
    if (!element) return;
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

  function step(by: 1 | -1): void {
    const from = document.activeElement?.closest<HTMLElement>("[data-thread]")?.dataset["thread"] ?? walkedTo;
    const to = stepFrom(threads, from, player?.currentMs() ?? 0, by);
    if (to === null) return;
    walkedTo = threads[to]!.id;
    reveal(threads[to]!.first.id, true);
  }
  /** Where the last step led: after a click on the buttons the focus is no longer there. */
  let walkedTo: string | null = null;

  // --- acting --------------------------------------------------------------------------------------------------

  /** Carries out what a button in the conversation asks for; where it fails, says so at the top. */
  async function carryOut(action: () => Promise<CommentRow>, done = ""): Promise<void> {
    try {
      take([await action()]);
      trouble.pass("");
      if (done) announce(done);
    } catch (error) {
      if (await identity.isSignedOut(error)) return;
      trouble.pass(failureSentence(error, texts));
    }
  }

  function askDelete(row: CommentRow): void {
    askToDelete(dialog, texts, async () => {
      await api.remove(row.id).catch(async (error: unknown) => {
        // Gone already: another tab was quicker, and that is what was asked for.
        const isGone = error instanceof ApiError && error.status === 404;
        if (!isGone || (await identity.isSignedOut(error))) throw error;
      });
      take([{ ...row, body: "", body_html: "", reactions: [], mentions: [], deleted_at: new Date().toISOString() }]);
      announce(texts("deleted"));
      find("[data-heading]").focus();
    });
  }

  const onClick = (event: Event): void => {
    const target = event.target as Element;
    const on = (selector: string): HTMLElement | null => target.closest<HTMLElement>(selector);
    const moment = on("[data-timestamp-ms]");
    if (moment) {
      event.preventDefault(); // a time in a text is a link, for where there are no scripts
      player?.seek(Number(moment.dataset["timestampMs"]));
      return;
    }
    if (on("[data-next]")) step(1);
    if (on("[data-previous]")) step(-1);
    const [thread, comment] = [on("[data-thread]"), on("[data-comment]")];
    const threadId = thread?.dataset["thread"];
    const row = rows.get(comment?.dataset["comment"] ?? "");
    if (thread && threadId) {
      if (on("[data-reply]")) boxes.openReply(thread, threadId, true);
      if (on("[data-resolve]")) {
        void carryOut(() => api.resolve(threadId, true), texts("resolved")).then(() =>
          thread.querySelector<HTMLElement>("[data-fold]")!.focus(),
        );
      }
      if (on("[data-reopen]")) {
        void carryOut(() => api.resolve(threadId, false), texts("reopened")).then(() =>
          thread.querySelector<HTMLElement>("[data-resolve]")!.focus(),
        );
      }
    }
    if (!comment || !row) return;
    const emoji = on("[data-emoji]")?.dataset["emoji"];
    if (on("[data-edit]")) boxes.openEdit(comment, row.id, true);
    if (on("[data-delete]")) askDelete(row);
    if (on("[data-react]")) toggleChoice(comment);
    if (emoji) {
      const isChosen = on("[data-choice]") !== null;
      void carryOut(() => toggleReaction(api, row, emoji)).then(() => {
        if (!isChosen) return;
        closeChoice(comment);
        comment.querySelector<HTMLElement>("[data-react]")!.focus();
      });
    }
  };
  const onKey = (event: KeyboardEvent): void => {
    if (event.key === "Escape") {
      const choice = (event.target as Element).closest("[data-choice]");
      const comment = choice?.closest<HTMLElement>("[data-comment]");
      if (comment) {
        toggleChoice(comment);
        comment.querySelector<HTMLElement>("[data-react]")!.focus();
      }
      return;
    }
    if (!keysAreOn || !isWalkingKey(event)) return;
    event.preventDefault();
    step(event.key.toLowerCase() === "n" ? 1 : -1);
  };
  root.addEventListener("click", onClick);
  document.addEventListener("keydown", onKey);

  // --- keeping up ----------------------------------------------------------------------------------------------

  let after: string | null = null;
  let etag: string | null = null;
  let stopPolling: (() => void) | null = null;

  async function ask(): Promise<boolean> {
    let news = false;
    try {
      for (let more = true; more; ) {
        const changes: Changes = await api.changes(after, etag);
        if (isSomebodyElse(changes.speaker)) return false;
        etag = changes.after === after ? changes.etag : null;
        ({ after, more } = changes);
        if (changes.reset) rows = EMPTY;
        if (changes.audience) audience = changes.audience;
        const before = rows;
        const others = changes.rows.filter((row) => !row.mine && row.deleted_at === null && !rows.has(row.id)).length;
        take(changes.rows);
        if (changes.reset && rows === before) show();
        if (changes.audience) boxes.tick();
        news ||= rows !== before;
        if (loaded && others > 0 && !changes.reset) announce(texts("new_comments", { count: others }));
      }
    } catch (error) {
      if (error instanceof ApiError && error.code === "invalid" && after !== null) {
        // A cursor of before an upgrade: from the beginning, then.
        after = etag = null;
        return true;
      }
      if (!loaded) trouble.pass(texts("conversation_trouble"));
      throw error;
    }
    if (!loaded) {
      loaded = true;
      trouble.pass("");
      show();
      for (const thread of threads) reopen(thread);
      revealWanted();
    }
    return news;
  }

  /** Whoever signs in in another tab speaks here too, and must not speak with these words. */
  function isSomebodyElse(now: string | null | undefined): boolean {
    if (now === undefined) return false;
    speaker ??= now ?? "";
    if ((now ?? "") === speaker) return false;
    stopPolling?.();
    boxes.close(true);
    if (options.isSignedIn && now === null) standStill(null, true);
    else trouble.stand("other");
    return true;
  }

  function standStill(error: unknown, isSignedOut: boolean): void {
    stopPolling?.();
    const why = standstillOf(error, isSignedOut);
    trouble.stand(why);
    if (why === "signed_out") window.addEventListener("focus", goOn, { once: true });
    else {
      boxes.close(true);
      options.lost();
    }
  }

  /** Back in this tab after a sign-in elsewhere: asks again, and stands still again where that was not it. */
  function goOn(): void {
    trouble.pass("");
    boxes.close(false);
    poll();
  }

  function poll(): void {
    stopPolling?.();
    stopPolling = mountPolling(ask, (error) => {
      void identity.isSignedOut(error).then((isSignedOut) => {
        if (!isSignedOut) standStill(error, false);
      });
    });
  }

  if (canComment) boxes.openNew(find("[data-new]"));
  const stopRoom = mountKeyboardRoom(root.querySelector<HTMLElement>("[data-foot]"));
  poll();

  return {
    setKeys(areOn) {
      keysAreOn = areOn;
      showWalkingKeys(root, areOn);
    },
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
          boxes.tickNew();
          highlight();
        });
      }
      show();
      boxes.tickNew();
      revealWanted();
    },
    undo() {
      stopPolling?.();
      stopRoom();
      stopListening?.();
      markers?.undo();
      window.removeEventListener("focus", goOn);
      root.removeEventListener("click", onClick);
      document.removeEventListener("keydown", onKey);
      boxes.undo();
      list.undo();
    },
  };
}
