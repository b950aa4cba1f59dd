/**
 * What can be watched now, and which of the page's states that means.
 *
 * `GET /api/v1/videos/{id}/playback/` is asked until the video plays here or is known never to. The state is a pure
 * function of the answer and of what this browser can decode, so that the same video may play for one person and be
 * "being prepared for this browser" for another.
 */

export type VideoStatus = "recording" | "uploading" | "processing" | "ready" | "failed";

export interface Rendition {
  readonly name: string;
  /** As in a codecs parameter: "avc1.640028,mp4a.40.2". */
  readonly codecs: string;
  /** Pixels; null when there is sound alone. */
  readonly height: number | null;
}

export interface CaptionTrack {
  readonly id: string;
  readonly url: string;
  readonly language: string;
  readonly label: string;
}

/** The body of the playback endpoint. */
export interface Playback {
  readonly status: VideoStatus;
  readonly playable: boolean;
  /** The server ended the recording, since the rest never arrived. */
  readonly ends_early: boolean;
  /** 0 to 1, null while nobody can say. */
  readonly progress: number | null;
  readonly duration_ms: number | null;
  readonly playlist_url: string | null;
  readonly renditions: readonly Rendition[];
  readonly poster_url: string | null;
  readonly storyboard_url: string | null;
  /** Where `Waveform` is (waveform.ts); null where there is no sound, or nobody has listened to it yet. */
  readonly waveform_url: string | null;
  readonly captions: readonly CaptionTrack[];
  readonly download_url: string | null;
  /** Why it failed, as the contract names it and in words; null while it has not. */
  readonly failure_code: string | null;
  readonly failure_detail: string | null;
}

/** What the watch page shows in the video's place. */
export type Stage =
  | { readonly kind: "recording" }
  | { readonly kind: "uploading" }
  | { readonly kind: "processing"; readonly progress: number | null }
  /** It plays somewhere, but no rendition plays in this browser yet. */
  | { readonly kind: "preparing"; readonly progress: number | null }
  /** Everything is done and still nothing plays here. */
  | { readonly kind: "unsupported" }
  | { readonly kind: "failed" }
  | { readonly kind: "playing"; readonly audioOnly: boolean };

/** Whether this browser can decode a rendition of these codecs. */
export type CanPlay = (codecs: string) => boolean;

/** Returns the stage for an answer, by what `canPlay` says of each rendition. */
export function stageOf(playback: Playback, canPlay: CanPlay): Stage {
  const { status, progress } = playback;
  if (playback.playable && playback.playlist_url !== null) {
    const here = playback.renditions.filter((rendition) => canPlay(rendition.codecs));
    // Without a list of renditions the playlist itself decides.
    if (here.length > 0 || playback.renditions.length === 0) {
      return { kind: "playing", audioOnly: here.length > 0 && here.every((rendition) => rendition.height === null) };
    }
    return status === "ready" ? { kind: "unsupported" } : { kind: "preparing", progress };
  }
  if (status === "recording" || status === "uploading" || status === "failed") return { kind: status };
  return { kind: "processing", progress };
}

/** Waits between questions while it is processed: quick at first, because a short recording is done in seconds. */
const PROCESSING_MS = [1000, 1000, 1500, 2000, 2000, 3000, 4000, 6000, 8000, 10_000] as const;
/** While somebody still records or uploads: minutes are usual. */
const RECORDING_MS = [3000, 5000, 8000, 15_000] as const;
/** While it plays and more of it is made: the poster, the download, other sizes. */
const MORE_MS = [1000, 2000, 3000, 5000, 10_000, 30_000] as const;
/** While what plays ends early and its author's browser may still bring the rest. */
const REST_MS = [30_000] as const;
const HIDDEN_FACTOR = 5; // nobody looks; coming back asks at once

/** What the wait until the next question depends on, besides the stage. */
export interface Circumstances {
  readonly hidden?: boolean;
  /** What a server named that refused for the moment (429, 503). */
  readonly retryAfterMs?: number | null;
  readonly endsEarly?: boolean;
  /** Its status says that more of it is made. */
  readonly isProcessing?: boolean;
}

/**
 * Returns the milliseconds until the next question, null when nothing more is to come.
 *
 * `asked` counts the questions since the stage was entered.
 */
export function nextQuestionMs(
  stage: Stage["kind"],
  asked: number,
  { hidden = false, retryAfterMs = null, endsEarly = false, isProcessing = false }: Circumstances = {},
): number | null {
  const waits = waitsOf(stage, endsEarly, isProcessing);
  if (waits === null) return null;
  const wait = waits[Math.min(asked, waits.length - 1)]! * (hidden ? HIDDEN_FACTOR : 1);
  return Math.max(wait, retryAfterMs ?? 0);
}

function waitsOf(stage: Stage["kind"], endsEarly: boolean, isProcessing: boolean): readonly number[] | null {
  switch (stage) {
    case "recording":
    case "uploading":
      return RECORDING_MS;
    case "processing":
    case "preparing":
      return PROCESSING_MS;
    case "playing":
      return isProcessing ? MORE_MS : endsEarly ? REST_MS : null;
    case "failed":
    case "unsupported":
      return null;
  }
}

/** Returns a `CanPlay` for this browser: by MSE where there is one (also Safari's ManagedMediaSource), else natively. */
export function canPlayHere(): CanPlay {
  const scope = globalThis as { MediaSource?: typeof MediaSource; ManagedMediaSource?: typeof MediaSource };
  const source = scope.MediaSource ?? scope.ManagedMediaSource;
  const probe = document.createElement("video");
  return (codecs) => {
    const type = `video/mp4; codecs="${codecs}"`;
    return source ? source.isTypeSupported(type) : probe.canPlayType(type) !== "";
  };
}
