/** A guest's wish to hear of answers by e-mail: asked for, waiting for the button in the mail, or on. */
import { type Api, ApiError } from "../../core/ts/api.ts";
import { failureSentence } from "../../core/ts/failure.ts";
import type { Texts } from "../../core/ts/texts.ts";

export type MailState = "off" | "asked" | "on";

export const answerMailPath = (videoId: string): string => `/videos/${encodeURIComponent(videoId)}/answer-mail/`;

/** Returns the IANA name of this browser's zone, "UTC" where it tells none (some hide it). */
export function browserTimeZone(format: Pick<Intl.DateTimeFormat, "resolvedOptions"> = new Intl.DateTimeFormat()): string {
  return format.resolvedOptions().timeZone || "UTC";
}

/** Returns whether an answer refuses the zone alone: a server may know fewer of them than a browser. */
export function refusesZone(error: unknown): boolean {
  if (!(error instanceof ApiError) || error.code !== "invalid") return false;
  const fields = error.body["fields"];
  return typeof fields === "object" && fields !== null && Object.keys(fields).join() === "time_zone";
}

export interface AnswerMailOptions {
  readonly api: Api;
  readonly videoId: string;
  readonly texts: Texts;
  announce(sentence: string): void;
}

export interface AnswerMail {
  /** Asks how it stands and shows it. */
  show(): Promise<void>;
}

export function mountAnswerMail(root: HTMLElement, options: AnswerMailOptions): AnswerMail {
  const { api, texts, announce } = options;
  const path = answerMailPath(options.videoId);
  const find = <E extends HTMLElement>(selector: string): E => root.querySelector<E>(selector)!;
  const form = find<HTMLFormElement>("[data-ask]");
  const [email, complaint, asked] = [find<HTMLInputElement>("[name=email]"), find("[data-error]"), find("[data-asked-text]")];
  let busy = false;

  function showState(state: MailState): void {
    for (const part of root.querySelectorAll<HTMLElement>("[data-state]")) part.hidden = part.dataset["state"] !== state;
  }

  function complain(sentence: string): void {
    complaint.textContent = sentence;
    complaint.hidden = sentence === "";
    email.setAttribute("aria-invalid", String(sentence !== ""));
  }

  async function put(timeZone: string): Promise<MailState> {
    const body = { email: email.value.trim(), time_zone: timeZone };
    return ((await api.ask(path, { method: "PUT", body })).body as { state: MailState }).state;
  }

  async function ask(): Promise<void> {
    if (busy) return;
    if (email.value.trim() === "" || !email.checkValidity()) {
      complain(texts("mail_no_address"));
      email.focus();
      return;
    }
    busy = true;
    complain("");
    try {
      const zone = browserTimeZone();
      const state = await put(zone).catch((error: unknown) => {
        if (!refusesZone(error)) throw error;
        return put("UTC");
      });
      asked.textContent = texts("mail_asked", { email: email.value.trim() });
      showState(state);
      if (state === "asked") asked.focus();
    } catch (error) {
      complain(error instanceof ApiError && error.code === "invalid" ? texts("mail_no_address") : failureSentence(error, texts));
    } finally {
      busy = false;
    }
  }

  async function stop(): Promise<void> {
    try {
      await api.ask(path, { method: "DELETE" });
      showState("off");
      announce(texts("mail_stopped"));
      find("summary").focus();
    } catch (error) {
      announce(failureSentence(error, texts));
    }
  }

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    void ask();
  });
  find("[data-other]").addEventListener("click", () => {
    showState("off");
    find<HTMLDetailsElement>("details").open = true;
    email.focus();
  });
  find("[data-stop]").addEventListener("click", () => void stop());
  return {
    async show() {
      try {
        showState(((await api.ask(path)).body as { state: MailState }).state);
      } catch {
        showState("off"); // asking then says what is wrong
      }
    },
  };
}
