/**
 * The poster of a video, for its author: a frame of the player, a picture of one's own, or the one that we choose.
 *
 * A picture is there with the answer. A frame is made by a worker: the playback endpoint is asked until the poster has
 * another address, which each picture has.
 */
import type { Api } from "../../core/ts/api.ts";
import type { Texts } from "../../core/ts/texts.ts";
import { playbackPath, posterPath, videoPath } from "./api-paths.ts";

/** What the server takes at most (media/given_pictures.py); it says so itself, after all has been sent. */
const LARGEST_PICTURE_BYTES = 15_000_000;
/** Waits between questions for a poster that is being made, ms: seconds as a rule, longer where others are in front. */
export const WAITS_MS = [500, 1000, 1000, 2000, 2000, 4000, 4000, 8000, 8000, 15_000] as const;

export interface PosterPanelOptions {
  readonly api: Api;
  readonly videoId: string;
  readonly texts: Texts;
  readonly posterUrl: string | null;
  /** Where the player is, ms; null while it shows no picture. */
  readonly currentMs: () => number | null;
  /** What an error says, in words of the page where it has none of its own. */
  readonly sentenceFor: (error: unknown) => string;
  /** Hears of every other poster; null for none. */
  readonly onPoster: (url: string | null) => void;
}

export interface PosterPanel {
  /** To be called when the player has come or gone: without one there is no frame to use. */
  playerChanged(): void;
  undo(): void;
}

/**
 * Returns the address of the poster once it is another one than `before`, null where it is not for as long as `waits`
 * say. Rejects with ApiError.
 */
export async function otherPoster(
  api: Api,
  videoId: string,
  before: string | null,
  { waits = WAITS_MS, wait = pause }: { waits?: readonly number[]; wait?: (ms: number) => Promise<void> } = {},
): Promise<string | null> {
  for (const ms of waits) {
    await wait(ms);
    const { poster_url: now } = (await api.ask(playbackPath(videoId))).body as { poster_url: string | null };
    if (now !== null && now !== before) return now;
  }
  return null;
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** Mounts the panel. */
export function mountPosterPanel(root: HTMLElement, options: PosterPanelOptions): PosterPanel {
  const { api, videoId, texts } = options;
  const find = <T extends HTMLElement>(selector: string): T => root.querySelector<T>(selector) as T;
  const [frame, ours, error, status] = [find("[data-frame]"), find("[data-ours]"), find("[data-error]"), find("[data-status]")];
  const picture = find<HTMLImageElement>("[data-picture]");
  const file = find<HTMLInputElement>("[data-file]");
  let shownUrl = options.posterUrl;
  let busy = false;

  function show(url: string | null): void {
    shownUrl = url;
    picture.hidden = url === null;
    if (url !== null) picture.src = url;
    options.onPoster(url);
  }

  /** Does one thing at a time, and says how it went. `change` resolves with the new poster, null for "later". */
  async function carryOut(change: () => Promise<string | null>, isOurs: boolean): Promise<void> {
    if (busy) return;
    busy = true;
    error.hidden = true;
    status.textContent = texts("poster_on_its_way");
    try {
      const url = await change();
      if (url !== null) show(url);
      status.textContent = texts(url === null ? "poster_later" : "saved");
      ours.hidden = isOurs;
      if (isOurs) frame.focus(); // the button that was pressed is gone
    } catch (failure) {
      status.textContent = "";
      complain(options.sentenceFor(failure));
    } finally {
      busy = false;
    }
  }

  function complain(sentence: string): void {
    error.textContent = sentence;
    error.hidden = false;
  }

  const onFrame = (): void => {
    const poster_ms = options.currentMs();
    if (poster_ms === null) return;
    void carryOut(async () => {
      const answer = await api.ask(videoPath(videoId), { method: "PATCH", body: { poster_ms } });
      // What was uploaded has stepped back by now, and the frame before it is shown until this one is made.
      return otherPoster(api, videoId, (answer.body as { poster_url: string | null }).poster_url);
    }, false);
  };
  const onOurs = (): void => {
    void carryOut(async () => {
      const before = shownUrl;
      await api.ask(posterPath(videoId), { method: "DELETE" });
      return otherPoster(api, videoId, before);
    }, true);
  };
  const onFile = (): void => {
    const picked = file.files?.[0];
    file.value = ""; // so that the same file, mended, is noticed
    if (!picked) return;
    if (picked.size > LARGEST_PICTURE_BYTES) {
      status.textContent = "";
      return complain(texts("poster_too_large"));
    }
    void carryOut(async () => {
      const answer = await api.ask(posterPath(videoId), { method: "PUT", file: picked });
      return (answer.body as { poster_url: string | null }).poster_url;
    }, false);
  };

  frame.addEventListener("click", onFrame);
  ours.addEventListener("click", onOurs);
  file.addEventListener("change", onFile);
  root.hidden = false;
  const playerChanged = (): void => {
    if (options.currentMs() === null) frame.setAttribute("aria-disabled", "true");
    else frame.removeAttribute("aria-disabled");
  };
  return {
    playerChanged,
    undo() {
      frame.removeEventListener("click", onFrame);
      ours.removeEventListener("click", onOurs);
      file.removeEventListener("change", onFile);
      root.hidden = true;
    },
  };
}
