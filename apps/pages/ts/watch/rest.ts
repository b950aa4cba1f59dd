/** The rest of a recording that arrived late and could not be published: its author may try again. */
import type { Api } from "../../../core/ts/api.ts";
import { failureSentence } from "../../../core/ts/failure.ts";
import type { Texts } from "../../../core/ts/texts.ts";
import { retryPath } from "../../../videos/ts/api-paths.ts";

export interface RestOptions {
  readonly api: Api;
  readonly videoId: string;
  readonly texts: Texts;
}

/** Makes Retry work in `note`; once it is asked for, the note says so and the button goes. Returns an undo. */
export function mountRest(note: HTMLElement, { api, videoId, texts }: RestOptions): () => void {
  const button = note.querySelector<HTMLElement>("[data-rest-retry]")!;
  const text = note.querySelector<HTMLElement>("[data-rest-text]")!;
  const complaint = note.querySelector<HTMLElement>("[data-rest-error]")!;
  let asking = false;

  async function retry(): Promise<void> {
    if (asking) return;
    asking = true;
    button.setAttribute("aria-disabled", "true");
    complaint.hidden = true;
    try {
      await api.ask(retryPath(videoId), { method: "POST", body: {} });
      text.textContent = texts("rest_retried");
      text.tabIndex = -1;
      text.focus(); // the button that had the focus goes
      button.remove();
    } catch (error) {
      complaint.textContent = failureSentence(error, texts);
      complaint.hidden = false;
    } finally {
      asking = false;
      button.removeAttribute("aria-disabled");
    }
  }

  const onClick = (): void => void retry();
  button.addEventListener("click", onClick);
  return () => button.removeEventListener("click", onClick);
}
