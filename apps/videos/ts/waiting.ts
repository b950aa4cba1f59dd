/** Asking the playback endpoint until all of the video is made and plays here, or is known never to. */
import { ApiError, type Api } from "../../core/ts/api.ts";
import { playbackPath } from "./api-paths.ts";
import { type CanPlay, type Playback, type Stage, nextQuestionMs, stageOf } from "./playback.ts";

export interface Waiting {
  /** Asks at once, as after Retry. */
  askNow(): void;
  undo(): void;
}

/**
 * Calls `onStage` for every answer, and `onGone` once when the video is no longer shown to this viewer.
 * A lost connection is not told: the last stage stays and the question is asked again.
 */
export function mountWaiting(
  api: Api,
  videoId: string,
  canPlay: CanPlay,
  /** The answer that came with the page, null to ask for it. */
  first: Playback | null,
  listeners: { onStage(stage: Stage, playback: Playback): void; onGone(error: ApiError): void },
): Waiting {
  const stop = new AbortController();
  let kind: Stage["kind"] = "processing";
  let endsEarly = false;
  let isProcessing = false;
  let asked = 0;
  let timer = 0;
  let asking = false;

  function take(playback: Playback): void {
    const stage = stageOf(playback, canPlay);
    asked = stage.kind === kind ? asked + 1 : 0;
    kind = stage.kind;
    endsEarly = playback.ends_early;
    isProcessing = playback.status === "processing";
    listeners.onStage(stage, playback);
  }

  function schedule(retryAfterMs: number | null): void {
    const wait = nextQuestionMs(kind, asked, { hidden: document.hidden, retryAfterMs, endsEarly, isProcessing });
    clearTimeout(timer);
    if (wait !== null && !stop.signal.aborted) timer = window.setTimeout(() => void question(), wait);
  }

  async function question(): Promise<void> {
    if (asking || stop.signal.aborted) return;
    asking = true;
    clearTimeout(timer);
    let retryAfterMs: number | null = null;
    try {
      const answer = await api.ask(playbackPath(videoId), { signal: stop.signal });
      take(answer.body as Playback);
    } catch (error) {
      if (stop.signal.aborted) return;
      asked += 1;
      if (!(error instanceof ApiError)) throw error;
      if (!error.mayPass) {
        undo();
        listeners.onGone(error);
        return;
      }
      retryAfterMs = error.retryAfterMs;
    } finally {
      asking = false;
    }
    schedule(retryAfterMs);
  }

  const onVisible = (): void => {
    if (!document.hidden && nextQuestionMs(kind, 0, { endsEarly, isProcessing }) !== null) void question();
  };

  function undo(): void {
    stop.abort();
    clearTimeout(timer);
    document.removeEventListener("visibilitychange", onVisible);
  }

  document.addEventListener("visibilitychange", onVisible);
  if (first) {
    take(first);
    schedule(null);
  } else void question();
  return {
    askNow() {
      asked = 0;
      kind = "processing";
      void question();
    },
    undo,
  };
}
