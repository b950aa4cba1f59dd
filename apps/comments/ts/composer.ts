/**
 * The box in which a comment, an answer or an edit is written.
 *
 * The time follows the player until the first letter, then it stays where the thought began; it can be typed over
 * ("1:20") or taken off. Nothing typed is ever lost: it is kept as a draft at each letter, stays in the box when
 * sending fails, with the server's sentence below it, and is forgotten only when the server has it.
 */
import { ApiError } from "../../core/ts/api.ts";
import { newClientId } from "../../core/ts/client-id.ts";
import type { Texts } from "../../core/ts/texts.ts";
import { formatTimestamp, parseTimestamp } from "../../videos/ts/timestamps.ts";
import type { Draft } from "./comment.ts";
import type { Drafts, Place } from "./drafts.ts";

/** Who speaks: a guest says their name once, before the first comment. */
export interface Identity {
  needsName(): boolean;
  introduce(name: string, clientId: string): Promise<void>;
  /** The server no longer knows who speaks (its cookie is gone): the name is asked for again. */
  forgotten(): void;
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
  /** What the box begins with when there is no draft (an edit). */
  readonly body?: string;
  /** The words on the button. */
  label(timestampMs: number | null): string;
  /** Resolves once the server has it. */
  send(draft: Draft, clientId: string): Promise<void>;
  onCancel?(): void;
}

export interface Composer {
  focus(): void;
  /** The player's time moved, or a player came. */
  tick(): void;
  /** A sentence below the box; "" takes it away. */
  say(sentence: string): void;
  undo(): void;
}

/** Returns the sentence for a failure: the server's own where it gave one, else the page's. */
export function failureSentence(error: unknown, texts: Texts): string {
  if (error instanceof ApiError && error.code !== "network" && error.detail !== "") return error.detail;
  return texts(error instanceof ApiError && error.code === "network" ? "error_network" : "error_unknown");
}

/** Mounts the box on a clone of #composer-template. */
export function mountComposer(form: HTMLFormElement, options: ComposerOptions): Composer {
  const { drafts, place, texts, clock } = options;
  const body = form.elements.namedItem("body") as HTMLTextAreaElement;
  const timed = form.elements.namedItem("timed") as HTMLInputElement;
  const time = form.elements.namedItem("time") as HTMLInputElement;
  const name = form.elements.namedItem("name") as HTMLInputElement;
  const find = (selector: string): HTMLElement => form.querySelector<HTMLElement>(selector)!;
  const [timeRow, nameRow, error] = [find("[data-time]"), find("[data-name]"), find("[data-error]")];
  const [submit, label, cancel] = [find("[type=submit]"), find("[data-submit-label]"), find("[data-cancel]")];
  const guestKey = newClientId();

  /** Where the comment will stand once that is settled; null while it follows the player. */
  let pinned: number | null = null;
  let sending = false;

  function timestamp(): number | null {
    if (!clock || !timed.checked) return null;
    return pinned ?? clock.currentMs();
  }

  function draftNow(): Draft {
    return { body: body.value.trim(), timestamp_ms: timestamp(), parent: options.parent };
  }

  function show(): void {
    timeRow.hidden = !clock || (clock.currentMs() === null && pinned === null);
    nameRow.hidden = !options.identity.needsName();
    name.required = !nameRow.hidden;
    const at = timestamp();
    time.disabled = !timed.checked;
    if (document.activeElement !== time) time.value = formatTimestamp(at ?? pinned ?? clock?.currentMs() ?? 0);
    const words = options.label(at);
    if (label.textContent !== words) label.textContent = words;
    submit.setAttribute("aria-disabled", String(sending));
    form.toggleAttribute("data-begun", body.value !== "");
  }

  function say(sentence: string): void {
    error.textContent = sentence;
    error.hidden = sentence === "";
  }

  function keep(): void {
    drafts.keep(place, { body: body.value, timestamp_ms: timestamp() });
  }

  function onBody(): void {
    if (clock && body.value.trim() === "") pinned = null;
    else if (clock && pinned === null) {
      pinned = clock.currentMs();
      // Begun before there was a player: it is about the whole video, whatever the player shows when it comes.
      if (pinned === null) timed.checked = false;
      else clock.pause();
    }
    keep();
    say("");
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

  function onTimed(): void {
    keep();
    show();
  }

  async function send(): Promise<void> {
    if (sending) return;
    const draft = draftNow();
    if (draft.body === "") {
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
      await options.send(draft, drafts.clientIdFor(place, draft));
      // What was typed while it was on its way is the beginning of the next one.
      const rest = body.value.trim() === draft.body ? "" : body.value;
      drafts.forget(place);
      body.value = rest;
      pinned = null;
      timed.checked = true;
      if (rest !== "") keep();
    } catch (failure) {
      if (failure instanceof ApiError && failure.code === "name_needed") options.identity.forgotten();
      say(failureSentence(failure, texts));
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
  body.value = kept?.body ?? options.body ?? "";
  if (kept && clock) {
    pinned = kept.timestamp_ms;
    timed.checked = kept.timestamp_ms !== null;
  }
  cancel.hidden = !options.onCancel;
  say("");
  show();

  form.addEventListener("submit", onSubmit);
  form.addEventListener("keydown", onKey);
  body.addEventListener("input", onBody);
  time.addEventListener("change", onTime);
  timed.addEventListener("change", onTimed);
  cancel.addEventListener("click", onCancel);

  return {
    focus() {
      body.focus();
      body.setSelectionRange(body.value.length, body.value.length);
    },
    tick: show,
    say,
    undo() {
      form.removeEventListener("submit", onSubmit);
      form.removeEventListener("keydown", onKey);
      body.removeEventListener("input", onBody);
      time.removeEventListener("change", onTime);
      timed.removeEventListener("change", onTimed);
      cancel.removeEventListener("click", onCancel);
    },
  };
}
