/**
 * The box in which a comment, an answer or an edit is written.
 *
 * The time follows the player until the first letter, then it stays where the thought began; it can be typed over
 * ("1:20"), set to now, or taken off. Nothing typed is ever lost: it is kept as a draft at each letter, stays in the
 * box when sending fails, with the server's sentence below it, and is forgotten only when the server has it.
 */
import { ApiError } from "../../core/ts/api.ts";
import { newClientId } from "../../core/ts/client-id.ts";
import { failureSentence } from "../../core/ts/failure.ts";
import type { Texts } from "../../core/ts/texts.ts";
import { formatTimestamp, parseTimestamp } from "../../videos/ts/timestamps.ts";
import type { Draft } from "./comment.ts";
import type { Drafts, KeptDraft, Place } from "./drafts.ts";
import { type MentionPicker, mountMentionPicker } from "./mention-picker.ts";
import type { Colleague } from "./mention-search.ts";

/** Who speaks: a guest says their name once, before the first comment. */
export interface Identity {
  needsName(): boolean;
  introduce(name: string, clientId: string): Promise<void>;
  /** The server no longer knows who speaks (its cookie is gone): the name is asked for again. */
  forgotten(): void;
  /** Whether this failure means that the session has ended; the conversation then waits for the next sign-in. */
  isSignedOut(error: unknown): Promise<boolean>;
}

/** The player's clock, where there is a player. */
export interface Clock {
  /** Null while nothing plays here. */
  currentMs(): number | null;
  /** Called at the first letter: whoever writes does not want to miss what is said. */
  pause(): void;
}

export interface ComposerOptions {
  readonly place: Place;
  readonly parent: string | null;
  readonly drafts: Drafts;
  readonly identity: Identity;
  readonly texts: Texts;
  /** Only where a comment can stand at a time: new threads. */
  readonly clock?: Clock;
  /** What the box begins with when there is no draft (an edit), and whom that names. */
  readonly body?: string;
  readonly mentions?: readonly Colleague[];
  /** For an edit: `edited_at` of that text. */
  readonly seen?: string | null;
  /** Whether one may write for the team only; "always": what is written here is. */
  readonly teamOnly: "never" | "offered" | "always";
  /** Finds colleagues to name; absent for guests, who learn no names. */
  readonly findColleagues?: ((piece: string) => Promise<Colleague[]>) | undefined;
  /** The words on the button. */
  label(timestampMs: number | null): string;
  /** Who will read it; null where that is known already (an edit). */
  audience(teamOnly: boolean): string | null;
  /** Resolves once the server has it. `seen`: of the text that an edit began from, which may be older than the one shown. */
  send(draft: Draft, clientId: string, seen: string | null): Promise<void>;
  onCancel?(): void;
}

export interface Composer {
  focus(): void;
  /** The player's time moved, a player came, or who reads this has changed. */
  tick(): void;
  /** `edited_at` of the text that an edit began from. */
  seen(): string | null;
  /** The newer text was shown: what is written here takes its place from now on. */
  rebase(seen: string | null): void;
  /** A sentence below the box; "" takes it away. */
  say(sentence: string): void;
  /** Other words on Cancel, for when it means something else. */
  nameCancel(words: string): void;
  /** Another tab has changed the draft of this place; null: it was sent or emptied there. */
  follow(draft: KeptDraft | null): void;
  /** Nothing can be sent any more (`isClosed`); the text stays, to be copied. */
  close(isClosed: boolean): void;
  undo(): void;
}

/** As the server counts: signs, not the halves of which a browser makes an emoji. A box that cut off would lose words. */
const MOST_SIGNS = 10_000;

let boxes = 0;

/** Mounts the box on a clone of #composer-template. */
export function mountComposer(form: HTMLFormElement, options: ComposerOptions): Composer {
  const { drafts, place, texts, clock } = options;
  const field = <T extends HTMLElement = HTMLInputElement>(name: string): T => form.elements.namedItem(name) as unknown as T;
  const [body, timed, time] = [field<HTMLTextAreaElement>("body"), field("timed"), field("time")];
  const [name, teamOnly] = [field("name"), field("team_only")];
  const find = (selector: string): HTMLElement => form.querySelector<HTMLElement>(selector)!;
  const [timeRow, nameRow, teamRow, nowButton] = [find("[data-time]"), find("[data-name]"), find("[data-team]"), find("[data-now]")];
  const [submit, label, cancel] = [find("[type=submit]"), find("[data-submit-label]"), find("[data-cancel]")];
  const [audience, complaint, error, signIn] = [find("[data-audience]"), find("[data-complaint]"), find("[data-error]"), find("[data-sign-in]")];
  const guestKey = newClientId();
  audience.id = `audience-${(boxes += 1)}`;
  body.setAttribute("aria-describedby", audience.id);

  /** Where the comment will stand once that is settled; null while it follows the player. */
  let pinned: number | null = null;
  let sending = false;
  let closed = false;
  /** What the box held when it was last the same as the draft: by this a change of another tab is told from one's own. */
  let inStep = "";
  let picker: MentionPicker | null = null;
  let seen = options.seen;

  function timestamp(): number | null {
    if (!clock || !timed.checked) return null;
    return pinned ?? clock.currentMs();
  }

  function mentioned(): readonly Colleague[] {
    return picker?.named() ?? [];
  }

  function draftNow(): Draft {
    return {
      body: body.value.trim(),
      timestamp_ms: timestamp(),
      parent: options.parent,
      team_only: teamOnly.checked,
      mentions: mentioned().map((person) => person.id),
    };
  }

  function show(): void {
    const now = clock?.currentMs() ?? null;
    timeRow.hidden = !clock || (now === null && pinned === null);
    nameRow.hidden = !options.identity.needsName();
    name.required = !nameRow.hidden;
    teamRow.hidden = options.teamOnly === "never";
    teamOnly.disabled = options.teamOnly === "always";
    const at = timestamp();
    time.disabled = !timed.checked;
    if (document.activeElement !== time) time.value = formatTimestamp(at ?? pinned ?? now ?? 0);
    nowButton.hidden = at === null || now === null || formatTimestamp(at) === formatTimestamp(now);
    const words = options.label(at);
    if (label.textContent !== words) label.textContent = words;
    submit.setAttribute("aria-disabled", String(sending || closed));
    const readers = options.audience(teamOnly.checked);
    if (audience.textContent !== (readers ?? "")) audience.textContent = readers ?? "";
    audience.hidden = !readers;
    form.toggleAttribute("data-begun", body.value !== "");
  }

  function say(sentence: string): void {
    error.textContent = sentence;
    complaint.hidden = sentence === "";
    signIn.hidden = true;
  }

  function keep(): void {
    const kept = { body: body.value, timestamp_ms: timestamp(), team_only: teamOnly.checked, mentions: mentioned() };
    const theirs = drafts.keep(place, seen === undefined ? kept : { ...kept, seen });
    if (theirs) {
      body.value = `${body.value}\n\n${theirs.body}`;
      // What one of the two texts was meant for the team alone, both are: never the other way round.
      if (theirs.team_only && options.teamOnly !== "never") teamOnly.checked = true;
      say(texts("merged"));
      keep();
      return;
    }
    inStep = body.value;
  }

  function fill(draft: KeptDraft): void {
    body.value = draft.body;
    inStep = draft.body;
    if (draft.seen !== undefined) seen = draft.seen;
    if (options.teamOnly === "offered") teamOnly.checked = draft.team_only;
    if (!clock) return;
    pinned = draft.timestamp_ms;
    timed.checked = draft.timestamp_ms !== null;
  }

  function onBody(): void {
    if (clock && body.value.trim() === "") pinned = null;
    else if (clock && pinned === null) {
      pinned = clock.currentMs();
      // Begun before there was a player: it is about the whole video, whatever the player shows when it comes.
      if (pinned === null) timed.checked = false;
      else clock.pause();
    }
    say("");
    keep();
    show();
  }

  function onTime(): void {
    const typed = parseTimestamp(time.value);
    if (typed === null) say(texts("error_time"));
    else {
      pinned = typed;
      say("");
    }
    time.value = formatTimestamp(timestamp() ?? 0);
    keep();
    show();
  }

  const onNow = (): void => {
    pinned = clock?.currentMs() ?? pinned;
    keep();
    show();
    body.focus();
  };

  function onChoice(): void {
    if (timed.checked && body.value.trim() !== "") pinned ??= clock?.currentMs() ?? null;
    keep();
    show();
  }

  async function send(): Promise<void> {
    if (sending || closed) return;
    const draft = draftNow();
    if (draft.body === "") {
      body.focus();
      return;
    }
    const over = [...draft.body].length - MOST_SIGNS;
    if (over > 0) {
      say(texts("error_too_long", { count: over }));
      body.focus();
      return;
    }
    if (options.identity.needsName() && name.value.trim() === "") {
      say(texts("error_name"));
      name.focus();
      return;
    }
    sending = true;
    say("");
    show();
    try {
      if (options.identity.needsName()) await options.identity.introduce(name.value.trim(), guestKey);
      await options.send(draft, drafts.clientIdFor(place, draft), seen ?? null);
      // What was typed while it was on its way is the beginning of the next one.
      const rest = body.value.trim() === draft.body ? "" : body.value;
      drafts.forget(place);
      body.value = rest;
      inStep = rest;
      pinned = null;
      timed.checked = true;
      if (options.teamOnly === "offered" && rest === "") teamOnly.checked = false;
      if (rest !== "") keep();
    } catch (failure) {
      if (failure instanceof ApiError && failure.code === "name_needed") options.identity.forgotten();
      const isSignedOut = await options.identity.isSignedOut(failure);
      say(isSignedOut ? texts("error_signed_out") : failureSentence(failure, texts));
      signIn.hidden = !isSignedOut;
    } finally {
      sending = false;
      show();
    }
  }

  const onSubmit = (event: Event): void => {
    event.preventDefault();
    void send();
  };
  const onKey = (event: KeyboardEvent): void => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      void send();
    }
    if (event.key === "Escape" && options.onCancel && body.value.trim() === (options.body ?? "").trim()) {
      event.stopPropagation();
      options.onCancel();
    }
  };
  const onCancel = (): void => {
    drafts.forget(place);
    options.onCancel?.();
  };

  const kept = drafts.read(place);
  teamOnly.checked = options.teamOnly === "always";
  body.value = options.body ?? "";
  if (kept) fill(kept);
  inStep = body.value;
  if (options.findColleagues) {
    picker = mountMentionPicker(body, {
      list: find("[data-mentions]"),
      chosen: kept?.mentions ?? options.mentions ?? [],
      find: options.findColleagues,
      onTaken: onBody,
    });
  }
  cancel.hidden = !options.onCancel;
  say("");
  show();

  form.addEventListener("submit", onSubmit);
  form.addEventListener("keydown", onKey);
  body.addEventListener("input", onBody);
  time.addEventListener("change", onTime);
  nowButton.addEventListener("click", onNow);
  timed.addEventListener("change", onChoice);
  teamOnly.addEventListener("change", onChoice);
  cancel.addEventListener("click", onCancel);

  return {
    focus() {
      body.focus();
      body.setSelectionRange(body.value.length, body.value.length);
    },
    tick: show,
    seen: () => seen ?? null,
    rebase(now) {
      seen = now;
      keep();
      show();
    },
    say,
    nameCancel(words) {
      find("[data-cancel-label]").textContent = words;
    },
    follow(draft) {
      if (sending || body.value !== inStep) return; // one's own words come first; keep() puts both together
      if (draft) fill(draft);
      else if (!options.onCancel) {
        body.value = inStep = "";
        pinned = null;
      }
      show();
    },
    close(isClosed) {
      closed = isClosed;
      show();
    },
    undo() {
      picker?.undo();
      form.removeEventListener("submit", onSubmit);
      form.removeEventListener("keydown", onKey);
      body.removeEventListener("input", onBody);
      time.removeEventListener("change", onTime);
      nowButton.removeEventListener("click", onNow);
      timed.removeEventListener("change", onChoice);
      teamOnly.removeEventListener("change", onChoice);
      cancel.removeEventListener("click", onCancel);
    },
  };
}
