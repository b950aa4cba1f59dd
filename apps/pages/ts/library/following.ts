/** Cards whose video is still being made follow it, a question for each at a time, until it plays or has failed. */
import { ApiError, type Api } from "../../../core/ts/api.ts";
import type { Texts } from "../../../core/ts/texts.ts";
import { playbackPath } from "../../../videos/ts/api-paths.ts";
import type { Playback } from "../../../videos/ts/playback.ts";

/** Waits between rounds, ms: quick while a short recording is being made, then ever more patient. */
const ROUNDS_MS = [2000, 3000, 5000, 8000, 15_000, 30_000] as const;
/** At most this many are followed: a library full of abandoned recordings must not ask without end. */
const FOLLOWED = 8;

/** What a card shows of an answer. */
export interface CardState {
  /** Name of the text, null for nothing to say: it plays. */
  readonly text: "state_recording" | "state_uploading" | "state_processing" | "state_processing_percent" | "state_failed" | null;
  readonly percent: number | null;
  /** Whether it may still change. */
  readonly pending: boolean;
}

/**
 * Returns what a card says of `playback`. What plays is done here once it has its picture: the rungs still to come change
 * nothing on a card.
 */
export function cardStateOf(playback: Pick<Playback, "status" | "playable" | "progress" | "poster_url">): CardState {
  if (playback.playable || playback.status === "ready") {
    return { text: null, percent: null, pending: playback.status === "processing" && playback.poster_url === null };
  }
  if (playback.status === "failed") return { text: "state_failed", percent: null, pending: false };
  if (playback.status === "processing" && (playback.progress ?? 0) > 0) {
    return { text: "state_processing_percent", percent: Math.floor(playback.progress! * 100), pending: true };
  }
  return { text: `state_${playback.status}`, percent: null, pending: true };
}

export function mountFollowing(library: HTMLElement, { api, texts }: { api: Api; texts: Texts }): () => void {
  const stop = new AbortController();
  const settled = new Set<Element>();
  let round = 0;
  let timer = 0;
  let asking = false;

  function pending(): HTMLElement[] {
    const cards = [...library.querySelectorAll<HTMLElement>("[data-card]")];
    return cards.filter((card) => !settled.has(card) && isPending(card.dataset["status"])).slice(0, FOLLOWED);
  }

  async function ask(): Promise<void> {
    if (asking || stop.signal.aborted) return;
    asking = true;
    clearTimeout(timer);
    for (const card of pending()) {
      try {
        const answer = await api.ask(playbackPath(card.dataset["videoId"]!), { signal: stop.signal });
        const playback = answer.body as Playback;
        if (!cardStateOf(playback).pending) settled.add(card);
        showCard(card, playback, texts);
      } catch (error) {
        if (stop.signal.aborted) return;
        if (!(error instanceof ApiError)) throw error;
        if (!error.mayPass) settled.add(card);
      }
    }
    asking = false;
    round += 1;
    schedule();
  }

  function schedule(): void {
    clearTimeout(timer);
    if (document.hidden || pending().length === 0 || stop.signal.aborted) return;
    timer = window.setTimeout(() => void ask(), ROUNDS_MS[Math.min(round, ROUNDS_MS.length - 1)]);
  }

  const onVisible = (): void => {
    if (document.hidden) clearTimeout(timer);
    else if (pending().length > 0) void ask();
  };
  const onMore = (): void => {
    round = 0;
    schedule();
  };
  document.addEventListener("visibilitychange", onVisible);
  library.addEventListener("cards-added", onMore);
  schedule();
  return () => {
    stop.abort();
    clearTimeout(timer);
    document.removeEventListener("visibilitychange", onVisible);
    library.removeEventListener("cards-added", onMore);
  };
}

function isPending(status: string | undefined): boolean {
  return status !== "ready" && status !== "failed";
}

function showCard(card: HTMLElement, playback: Playback, texts: Texts): void {
  const find = (selector: string): HTMLElement => card.querySelector<HTMLElement>(selector)!;
  const { text, percent } = cardStateOf(playback);
  card.dataset["status"] = playback.status;
  find("[data-state]").hidden = text === null;
  if (text !== null) find("[data-state]").textContent = texts(text, percent === null ? {} : { percent });
  find("[data-reason]").hidden = playback.failure_detail === null;
  find("[data-reason]").textContent = playback.failure_detail ?? "";
  if (playback.poster_url !== null) {
    (find("[data-poster]") as HTMLImageElement).src = playback.poster_url;
    find("[data-poster]").hidden = false;
  }
  if (playback.duration_ms !== null) {
    find("[data-minutes]").textContent = texts("minutes", { count: Math.max(1, Math.ceil(playback.duration_ms / 60_000)) });
    find("[data-minutes]").hidden = false;
  }
}
