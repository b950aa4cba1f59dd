/**
 * A guest's own link: asked for once they have spoken, copied or handed to the phone's share sheet, and taken back.
 *
 * It is asked for when it is shown and not when it is copied: a browser gives clipboard and share sheet to a click
 * alone, and an answer from a server may come too late for that.
 */
import type { Api } from "../../core/ts/api.ts";
import { failureSentence } from "../../core/ts/failure.ts";
import type { Texts } from "../../core/ts/texts.ts";
import { personalLinkPath } from "./api-paths.ts";

export interface PersonalLinkOptions {
  readonly api: Api;
  readonly videoId: string;
  readonly texts: Texts;
  announce(sentence: string): void;
  /** They have copied, sent or taken back their link, or said "Not now". */
  onSettled(): void;
  /** The browser's share sheet; absent where there is none, as on a plain http address. */
  readonly share?: ((what: { url: string }) => Promise<void>) | undefined;
}

export interface PersonalLink {
  /** Asks for the link and shows it. Harmless when it is there. */
  show(): Promise<void>;
}

type State = "kept" | "revoked" | "link-trouble";

export function mountPersonalLink(root: HTMLElement, options: PersonalLinkOptions): PersonalLink {
  const { api, texts } = options;
  const path = personalLinkPath(options.videoId);
  const find = <E extends HTMLElement>(selector: string): E => root.querySelector<E>(selector)!;
  const [copy, send, revoke] = [find("[data-copy-personal]"), find("[data-send]"), find("[data-revoke]")];
  let url = "";
  let busy = false;

  function showState(state: State): void {
    for (const name of ["kept", "revoked", "link-trouble"] as const) find(`[data-${name}]`).hidden = name !== state;
  }

  async function ask(method: "POST" | "DELETE"): Promise<boolean> {
    if (busy) return false;
    busy = true;
    try {
      const answer = await api.ask(path, { method });
      url = method === "POST" ? (answer.body as { url: string }).url : "";
      return true;
    } catch (error) {
      find("[data-link-trouble-text]").textContent = failureSentence(error, texts);
      showState("link-trouble");
      return false;
    } finally {
      busy = false;
    }
  }

  async function show(): Promise<void> {
    if (url === "" && !(await ask("POST"))) return;
    copy.dataset["copy"] = url;
    send.hidden = options.share === undefined;
    showState("kept");
  }

  copy.addEventListener("click", () => options.onSettled());
  send.addEventListener("click", () => {
    // Rejects when the sheet is closed without choosing, which is no trouble.
    options.share?.({ url }).then(options.onSettled, () => undefined);
  });
  revoke.addEventListener("click", () => {
    void ask("DELETE").then((gone) => {
      if (!gone) return;
      showState("revoked");
      options.announce(texts("personal_revoked"));
      find("[data-revoked] [data-again]").focus();
      options.onSettled();
    });
  });
  for (const again of root.querySelectorAll<HTMLElement>("[data-again]")) {
    again.addEventListener("click", () => void show().then(() => copy.focus()));
  }
  find("[data-later]").addEventListener("click", () => options.onSettled());
  return { show };
}
