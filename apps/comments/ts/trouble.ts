/**
 * Why a conversation stands still, and what can be done about it: a pure core and the line that says it.
 *
 * What passes by itself (no connection, a busy server) is not among it: that is asked for again and again.
 */
import { ApiError } from "../../core/ts/api.ts";
import type { Texts } from "../../core/ts/texts.ts";

export type Standstill = "signed_out" | "gone" | "expired" | "name" | "password" | "other";

/** Returns why nothing more can be asked after this error; `isSignedOut`: the session it was opened with has ended. */
export function standstillOf(error: unknown, isSignedOut: boolean): Standstill {
  if (isSignedOut) return "signed_out";
  if (!(error instanceof ApiError)) return "gone";
  if (error.status === 410) return "expired";
  if (error.code === "name_needed") return "name";
  if (error.code === "password_needed") return "password";
  return "gone";
}

export interface TroubleLine {
  /** A sentence for what passes; "" when it has. */
  pass(sentence: string): void;
  stand(why: Standstill): void;
}

export function mountTroubleLine(line: HTMLElement, texts: Texts): TroubleLine {
  const text = line.querySelector<HTMLElement>("[data-trouble-text]")!;
  const signIn = line.querySelector<HTMLAnchorElement>("[data-sign-in]")!;
  const reload = line.querySelector<HTMLElement>("[data-reload]")!;
  leadBack(line);
  reload.addEventListener("click", () => location.reload());
  return {
    pass(sentence) {
      line.hidden = sentence === "";
      text.textContent = sentence;
      signIn.hidden = reload.hidden = true;
    },
    stand(why) {
      line.hidden = false;
      text.textContent = texts(`conversation_${why}`);
      signIn.hidden = why !== "signed_out";
      reload.hidden = why !== "name" && why !== "password" && why !== "other";
    },
  };
}

/** Lets the links to the sign-in in `root` lead back to this page, where the draft is. */
export function leadBack(root: ParentNode): void {
  for (const link of root.querySelectorAll<HTMLAnchorElement>("[data-sign-in]")) {
    link.search = `?${new URLSearchParams({ next: location.pathname + location.search })}`;
  }
}
