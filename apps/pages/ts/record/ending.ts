/** After Stop: a look at what was recorded, its title and description, and Done. */
import { partOf, setText } from "../../../core/ts/parts.ts";
import type { Texts } from "../../../core/ts/texts.ts";
import type { UploadClient } from "../../../uploads/ts/client.ts";
import { untilDone, Waiter } from "../../../uploads/ts/retry.ts";
import { saying, wordsSentence } from "./sentences.ts";
import type { RecordSession } from "./session.ts";
import { WordsKeeper } from "./words.ts";

export interface Ending {
  render(): void;
  /** Saves the words, makes the video news for others and opens its page. Stays, and says why, when that fails. */
  finish(): Promise<void>;
  /** Whether something that was typed is not saved yet. */
  readonly would_lose: boolean;
  /** The network or the person is back. */
  wake(): void;
  close(): void;
}

/** Later than any recording ends: where a browser is sent to find the end of a file that does not tell its length. */
const BEYOND_THE_END_S = 1e7;

export function mountEnding(
  root: HTMLElement,
  session: RecordSession,
  { client, texts, open }: { client: UploadClient; texts: Texts; open: (video_id: string) => void },
): Ending {
  const form = partOf<HTMLFormElement>(root, "words");
  const title = form.elements.namedItem("title") as HTMLInputElement;
  const description = form.elements.namedItem("description") as HTMLTextAreaElement;
  const review = partOf<HTMLVideoElement>(root, "review");
  const done = partOf<HTMLButtonElement>(root, "done");
  const waiter = new Waiter();
  const leaving = new AbortController();
  let video_id: string | null = null;
  let shown: Blob | null = null;
  let isFinishing = false;
  let problem: unknown = null;
  const say = saying(texts);
  const words = new WordsKeeper({
    send: (changed) => client.describe(video_id ?? "", changed),
    onChange: () => render(),
  });

  const render = (): void => {
    const id = session.video?.id ?? null;
    if (id !== video_id && video_id !== null) {
      words.forget();
      form.reset();
    }
    video_id = id;
    show(session.state.name === "discarding" ? null : session.recorded);
    setText(partOf(root, "words-problem"), say(wordsSentence(words.problem ?? problem)));
    const hasWords = title.value !== "" || description.value !== "";
    const isSaved = words.is_saved && hasWords;
    setText(partOf(root, "words-said"), words.problem ? "" : words.is_saving ? texts("saving") : isSaved ? texts("saved") : "");
    if (isFinishing) done.setAttribute("aria-disabled", "true");
    else done.removeAttribute("aria-disabled");
  };

  const show = (recorded: Blob | null): void => {
    if (recorded === shown) return;
    if (review.src) URL.revokeObjectURL(review.src);
    shown = recorded;
    if (recorded) review.src = URL.createObjectURL(recorded);
    else review.removeAttribute("src");
    review.load();
  };
  // A file that was written while it was recorded does not say how long it is; at its end the browser knows.
  const onMetadata = (): void => {
    if (Number.isFinite(review.duration)) return;
    review.addEventListener("seeked", () => void (review.currentTime = 0), { once: true });
    review.currentTime = BEYOND_THE_END_S;
  };
  const onInput = (): void => words.type({ title: title.value, description: description.value });
  const onSubmit = (event: Event): void => {
    event.preventDefault(); // Enter in the title.
    void words.save();
  };
  review.addEventListener("loadedmetadata", onMetadata);
  form.addEventListener("input", onInput);
  form.addEventListener("submit", onSubmit);

  return {
    render,
    async finish() {
      const id = video_id;
      if (isFinishing || id === null) return;
      [isFinishing, problem] = [true, null];
      render();
      try {
        if (!(await words.save())) return;
        const onTrouble = (trouble: unknown): void => {
          problem = trouble;
          render();
        };
        await untilDone(() => client.send(id), { waiter, signal: leaving.signal, onTrouble });
        open(id);
      } catch (error) {
        problem = error;
      } finally {
        isFinishing = false;
        render();
      }
    },
    get would_lose() {
      return !words.is_saved;
    },
    wake() {
      waiter.wake();
      words.wake();
    },
    close() {
      show(null);
      leaving.abort();
      words.forget();
      review.removeEventListener("loadedmetadata", onMetadata);
      form.removeEventListener("input", onInput);
      form.removeEventListener("submit", onSubmit);
    },
  };
}
